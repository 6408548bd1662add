import * as z from "zod/mini";
import { count, named, pageSchema, time } from "./named.ts";

export const auditPage = pageSchema(
  "AuditPage",
  named(
    "AuditLine",
    z.object({
      seq: count,
      at: time,
      actor: z.object({ id: z.string(), name: z.string(), organisation: z.optional(z.string()) }),
      organisation: z.optional(z.string()),
      address: z.optional(z.string()),
      operation: z.string(),
      outcome: z.enum(["asked", "done", "refused"]),
      object: z.optional(z.string()),
      requestId: z.optional(z.string()),
      body: z.optional(z.unknown()),
      /** SHA-256 of the request's body as it came, where not all of it stands in `body`. */
      bodySha256: z.optional(z.string()),
      /** What the version that was made changed: the first thousand of `count`. */
      changed: z.optional(
        z.object({
          version: count,
          changes: z.array(z.object({ kind: z.string(), name: z.string(), action: z.string() })),
          count,
        }),
      ),
      fault: z.optional(z.string()),
    }),
  ),
);
