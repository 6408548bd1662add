import * as z from "zod/mini";
import { count, named, pageQuery, pageSchema, time } from "./named.ts";

const outcome = z.enum(["asked", "done", "refused"]);
const wanted = z.optional(z.string().check(z.maxLength(256)));
/** Of one actor or object by its id; `until` is not included. */
export const auditQuery = z.strictObject({
  ...pageQuery.shape,
  actor: wanted,
  operation: wanted,
  object: wanted,
  organisation: wanted,
  outcome: z.optional(outcome),
  since: z.optional(time),
  until: z.optional(time),
});

export const auditCheckpoint = named("AuditCheckpoint", z.object({ seq: count, hash: z.string(), at: time, signature: z.string() }));

const chained = named("ChainedLine", z.object({ seq: count, hash: z.string(), line: z.string() }));
/** A page of the log as it is chained: `hash` is SHA-256 over the hash before, `seq` and `line`, as `sluice audit verify` has it. */
export const auditExport = named(
  "AuditExport",
  z.object({ data: z.array(chained), next: z.nullable(z.string()), checkpoint: z.nullable(auditCheckpoint) }),
);
export const auditVerdict = named(
  "AuditVerdict",
  z.object({ lines: count, whole: z.boolean(), flaws: z.array(z.object({ seq: count, problem: z.string() })) }),
);

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
      outcome,
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
