import * as z from "zod/mini";

/** A model's `cache`: off where it is not written. */
export const cacheOptions = z
  .strictObject({
    ttlSeconds: z.optional(z.int().check(z.gte(1), z.lte(31_536_000), z.describe("How long an answer may be given again. Default 300."))),
  })
  .check(z.describe("Answers the same request of the same key again without calling a provider."));

export type CacheOptions = z.output<typeof cacheOptions>;

/** `idempotency`: what an `Idempotency-Key` on a model call does. */
export const repeatOptions = z
  .strictObject({
    enabled: z.optional(
      z.boolean().check(z.describe("Whether the header counts. false: it is ignored, and every request is asked. Default true.")),
    ),
    keepHours: z.optional(
      z
        .int()
        .check(z.gte(1), z.lte(168), z.describe("How long a key stands for its first request, counted from when that began. Default 24.")),
    ),
    whileUnderWay: z.optional(
      z
        .enum(["wait", "refuse"])
        .check(
          z.describe(
            "What happens to a repeat while the first is under way. `wait`: it waits for the first's answer, up to `waitSeconds`. `refuse`: 409 at once. Default wait.",
          ),
        ),
    ),
    waitSeconds: z.optional(
      z
        .int()
        .check(
          z.gte(1),
          z.lte(3_600),
          z.describe(
            "How long a repeat waits for the first; then 409 with Retry-After. Default 50: many load balancers end what is silent for 60 seconds.",
          ),
        ),
    ),
    maxAnswerBytes: z.optional(
      z
        .int()
        .check(
          z.gte(1_024),
          z.lte(16_777_216),
          z.describe(
            "The longest answer that is kept. Of a longer one the key is remembered, and a repeat is refused instead of asked again. Default 4194304 (4 MB): a picture in base64.",
          ),
        ),
    ),
    maxBytes: z.optional(
      z
        .int()
        .check(
          z.gte(1_048_576),
          z.lte(1_099_511_627_776),
          z.describe(
            "How much a process keeps of all answers within `keepHours`; beyond it keys are remembered without their answers. Default 268435456 (256 MB).",
          ),
        ),
    ),
    maxKeysPerCaller: z.optional(
      z
        .int()
        .check(
          z.gte(1),
          z.lte(10_000_000),
          z.describe(
            "How many keys of one caller a process remembers within `keepHours`; the next new one is refused with 429. Default 10000.",
          ),
        ),
    ),
    onLoss: z.optional(
      z
        .enum(["refuse", "pass"])
        .check(
          z.describe(
            "What happens to a request with a key while the store of the counters does not answer. `refuse`: 503, since nobody knows whether it was asked before. `pass`: it is asked as if it had no key. Default refuse.",
          ),
        ),
    ),
  })
  .check(z.describe("What an `Idempotency-Key` on a model call does: the provider is asked once, and a repeat gets the first's answer."));

export type RepeatOptions = z.output<typeof repeatOptions>;
