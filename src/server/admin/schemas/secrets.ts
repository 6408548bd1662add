import * as z from "zod/mini";
import { named, pageQuery, pageSchema, time } from "./named.ts";

/** A secret of another store that the config refers to: never its value. */
export const storedSecretSchema = named(
  "StoredSecret",
  z.object({
    /** `source:path` */
    id: z.string(),
    source: z.string(),
    path: z.string(),
    /** `stale`: the last reading failed, and the one before is in use. `missing`: there is none, or it has ended. */
    status: z.enum(["fresh", "stale", "missing"]),
    version: z.nullable(z.string()),
    readAt: z.nullable(time),
    expiresAt: z.nullable(time),
    /** Why the last reading failed. */
    problem: z.nullable(z.string()),
  }),
);
export const storedSecretPage = pageSchema("StoredSecretPage", storedSecretSchema);
export const storedSecretQuery = pageQuery;
export const refreshedSchema = named("RefreshedSecrets", z.object({ data: z.array(storedSecretSchema) }));
