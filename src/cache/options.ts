import * as z from "zod/mini";

/** A model's `cache`: off where it is not written. */
export const cacheOptions = z
  .strictObject({
    ttlSeconds: z.optional(z.int().check(z.gte(1), z.lte(31_536_000), z.describe("How long an answer may be given again. Default 300."))),
  })
  .check(z.describe("Answers the same request of the same key again without calling a provider."));

export type CacheOptions = z.output<typeof cacheOptions>;
