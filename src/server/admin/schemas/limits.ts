import * as z from "zod/mini";
import { named, pageQuery, pageSchema, time } from "./named.ts";

export const limitSchema = named(
  "Limit",
  z.object({
    /** Of the counter. */
    id: z.string(),
    /** As in headers: `key-requests-day`. */
    name: z.string(),
    kind: z.string(),
    /** The id of what is limited. */
    of: z.string(),
    whose: z.string(),
    measure: z.enum(["requests", "tokens", "inputTokens", "outputTokens", "nanos", "concurrency"]),
    /** In units of the measure; money in nano-dollars. */
    limit: z.int(),
    /** What requests under way may use at most is among it. */
    used: z.int(),
    left: z.int(),
    /** When it begins anew; null where it fills up by itself, or never does. */
    endsAt: z.nullable(time),
    instead: z.nullable(z.string()),
  }),
);
export const limitPage = pageSchema("LimitPage", limitSchema);
export const limitQuery = z.strictObject({
  ...pageQuery.shape,
  /** `key`, `team`, `end-user`, … */
  kind: z.optional(z.string().check(z.minLength(1), z.maxLength(80))),
  /** The id of what is limited; end users, sessions and values of tags are shown by it only. */
  of: z.optional(z.string().check(z.minLength(1), z.maxLength(600))),
  /** Only those of which at most so much of the limit is left, from 0 to 1. */
  leftAtMost: z.optional(z.coerce.number().check(z.gte(0), z.lte(1))),
});
const reason = z.string().check(z.minLength(1), z.maxLength(500));
export const limitAdditionSchema = named(
  "LimitAddition",
  z.strictObject({
    /** So much more may be used until the window ends, in units of the measure; less, where negative. */
    add: z.int().check(z.gte(-1e15), z.lte(1e15)),
    reason: z.optional(reason),
  }),
);
export const limitResetSchema = named("LimitReset", z.strictObject({ reason: z.optional(reason) }));
