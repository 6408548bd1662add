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
});
