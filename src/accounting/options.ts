import * as z from "zod/mini";
import { scaleDecimal } from "../exchange/index.ts";

/** Six decimals of a dollar for a million tokens are one pico-dollar for one: what is finer cannot be charged exactly. */
const exact = z.refine((dollars) => scaleDecimal(String(dollars), 6)?.exact === true, "an amount with at most six decimals");
const exactEach = z.refine((dollars) => scaleDecimal(String(dollars), 12)?.exact === true, "an amount with at most twelve decimals");
const each = (doc: string) => z.optional(z.number().check(z.gte(0), z.lte(1_000), exactEach, z.describe(doc)));
const rate = (doc: string) => z.optional(z.number().check(z.gte(0), z.lte(1_000_000), exact, z.describe(doc)));

const rates = {
  input: rate("Tokens that go in, not cached."),
  output: rate("Tokens that come out, reasoning included."),
  cacheRead: rate("Tokens read from the provider's prompt cache."),
  cacheWrite: rate("Tokens written to the provider's prompt cache."),
  cacheWrite5m: rate("Tokens written to the prompt cache for 5 minutes."),
  cacheWrite30m: rate("Tokens written to the prompt cache for 30 minutes."),
  cacheWrite1h: rate("Tokens written to the prompt cache for an hour."),
  cacheWrite12h: rate("Tokens written to the prompt cache for 12 hours."),
  reasoning: rate("Reasoning tokens, where they cost something else than output."),
  inputAudio: rate("Audio that goes in."),
  inputImage: rate("Images that go in."),
  cacheReadAudio: rate("Audio read from the prompt cache."),
  outputAudio: rate("Audio that comes out."),
  outputImage: rate("Images that come out."),
  request: each("Dollars for one request."),
  webSearch: each("Dollars for one search of the web."),
  image: each("Dollars for one picture that comes out."),
  audioSecond: each("Dollars for a second of sound, heard or made."),
  character: rate("Characters that are spoken."),
  search: each("Dollars for one search of a reranker."),
};

const stepOptions = z.strictObject({
  inputTokens: z
    .number()
    .check(z.int(), z.gte(1), z.describe("With more input tokens than these, cached ones included, the whole request costs this.")),
  ...rates,
});

const above = z.optional(
  z.array(stepOptions).check(
    z.minLength(1),
    z.refine(
      (steps) => steps.every((step, at) => at === 0 || step.inputTokens > (steps[at - 1]?.inputTokens ?? 0)),
      "thresholds that rise",
    ),
    z.describe("Rates for long prompts, by rising thresholds; what is left out costs what it costs below."),
  ),
);

/** What one service tier, or the standard one, costs. */
const tierOptions = z.strictObject({ ...rates, above });

/** One entry of `prices`, over the catalog's. The names are those of `Rates`; what is left out costs what its kind costs. */
export const priceOptions = z
  .strictObject({
    ...rates,
    above,
    tiers: z.optional(
      z
        .record(z.string().check(z.regex(/^[\w.-]{1,64}$/, "the name of a tier as answers tell it, as `priority`")), tierOptions)
        .check(
          z.describe(
            "What service tiers cost that cost something else, by the name that answers tell (`batch`, `flex`, `priority`, `fast`); what is left out costs what it costs without. Until the answer has come the dearest is set aside.",
          ),
        ),
    ),
  })
  .check(
    z.describe("Dollars per million tokens or characters; `request`, `webSearch`, `image`, `audioSecond` and `search` in dollars each."),
  );

export type PriceOptions = z.output<typeof priceOptions>;
export type TierOptions = z.output<typeof tierOptions>;
