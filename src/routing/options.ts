import * as z from "zod/mini";

const target = z
  .string()
  .check(z.regex(/^[^/\s]+\/\S+$/, "text of the form provider/model"), z.describe("provider/model, as `openai/gpt-5-mini`."));

const weightedTarget = z.strictObject({
  use: target,
  weight: z.optional(z.number().check(z.gte(0), z.lte(1_000_000), z.describe("Share of the requests, relative to the others. Default 1."))),
});

/** What routing must know of one entry of `models`. */
export const routeOptions = z.strictObject({
  strategy: z.optional(z.enum(["fallback", "weighted"]).check(z.describe("How a target is chosen. Default fallback: the first that can."))),
  targets: z.array(z.union([target, weightedTarget])).check(z.minLength(1), z.describe("Who can answer, in order.")),
});

/** The short form: a model with one target and nothing else. */
export const targetOption = target;
