import { Fault } from "../../../exchange/index.ts";
import { directoryOperations } from "../directory-operations.ts";
import { organisationSchemas } from "../schemas/directory.ts";

/** Organisations: seen by those who act within them, made and changed by those who act for the whole installation. */
export const organisationRows = directoryOperations({
  kind: "organisation",
  collection: "organisations",
  noun: "an organisation",
  plural: "organisations",
  schemas: organisationSchemas,
  owner: { read: "organisation", write: "installation" },
  ownedBy: "itself",
  fields: { optional: ["models", "metadata", "limits", "budget"], lists: [] },
  async removed({ id }, { repeats }) {
    try {
      await repeats.forget(id);
    } catch (cause) {
      const message = `${id} is removed. What was kept for repeats of its requests could not be erased now: it goes by itself, within \`idempotency.keepHours\`.`;
      throw new Fault("store_unavailable", { message, cause });
    }
  },
});
