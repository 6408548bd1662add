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
      fault: z.optional(z.string()),
    }),
  ),
);
