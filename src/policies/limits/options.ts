import * as z from "zod/mini";
import { isZone } from "./window.ts";

const count = (doc: string) => z.optional(z.int().check(z.gte(0), z.lte(1_000_000_000_000_000), z.describe(doc)));
const zone = z.optional(
  z
    .string()
    .check(
      z.refine(isZone, { error: "a time zone, as Europe/Lisbon or UTC" }),
      z.describe("Whose days, weeks and months are counted, as `Europe/Lisbon`. Default `UTC`."),
    ),
);

const instead = z.optional(
  z
    .strictObject({ use: z.string().check(z.minLength(1), z.maxLength(256), z.describe("A name of `models`.")) })
    .check(
      z.describe(
        "What is done with a request that does not fit, instead of refusing it: it goes to another, cheaper model, where its caller may call that one.",
      ),
    ),
);

const alerts = z.optional(
  z
    .array(
      z.strictObject({
        at: z.number().check(z.gt(0), z.lte(1), z.describe("A part of the limit, as 0.8.")),
        to: z
          .array(z.string().check(z.minLength(1), z.maxLength(200)))
          .check(z.minLength(1), z.maxLength(10), z.describe("Names of `alerts.targets`.")),
      }),
    )
    .check(z.minLength(1), z.maxLength(5), z.describe("Who is told when so much is used: once in each window.")),
);

/** `limits` of a key, a team, a user, an application, an organisation, a model or a provider. */
export const limitOptions = z
  .strictObject({
    requestsPerMinute: count("Requests in a minute."),
    requestsPerHour: count("Requests in an hour."),
    requestsPerDay: count("Requests in a day of the calendar."),
    requestsPerWeek: count("Requests in a week of the calendar."),
    requestsPerMonth: count("Requests in a month of the calendar."),
    requestsPerQuarter: count("Requests in a quarter of the calendar."),
    requestsPerYear: count("Requests in a year of the calendar."),
    tokensPerMinute: count("Tokens, of input and output, in a minute."),
    tokensPerHour: count("Tokens in an hour."),
    tokensPerDay: count("Tokens in a day of the calendar."),
    tokensPerWeek: count("Tokens in a week of the calendar."),
    tokensPerMonth: count("Tokens in a month of the calendar."),
    tokensPerQuarter: count("Tokens in a quarter of the calendar."),
    tokensPerYear: count("Tokens in a year of the calendar."),
    inputTokensPerMinute: count("Tokens of input in a minute."),
    inputTokensPerHour: count("Tokens of input in an hour."),
    inputTokensPerDay: count("Tokens of input in a day of the calendar."),
    inputTokensPerWeek: count("Tokens of input in a week of the calendar."),
    inputTokensPerMonth: count("Tokens of input in a month of the calendar."),
    inputTokensPerQuarter: count("Tokens of input in a quarter of the calendar."),
    inputTokensPerYear: count("Tokens of input in a year of the calendar."),
    outputTokensPerMinute: count("Tokens of output in a minute."),
    outputTokensPerHour: count("Tokens of output in an hour."),
    outputTokensPerDay: count("Tokens of output in a day of the calendar."),
    outputTokensPerWeek: count("Tokens of output in a week of the calendar."),
    outputTokensPerMonth: count("Tokens of output in a month of the calendar."),
    outputTokensPerQuarter: count("Tokens of output in a quarter of the calendar."),
    outputTokensPerYear: count("Tokens of output in a year of the calendar."),
    concurrency: count("Requests under way at a time."),
    window: z.optional(
      z
        .enum(["bucket", "sliding", "calendar"])
        .check(
          z.describe(
            "How minutes and hours are counted. `bucket`: the whole limit at once, then evenly; `sliding`: never more than the limit in any stretch; `calendar`: from the minute's or hour's beginning. Default `bucket`.",
          ),
        ),
    ),
    zone,
    // biome-ignore lint/suspicious/noThenProperty: nobody awaits options
    then: instead,
    alerts,
  })
  .check(z.describe("How much may be asked for; the first limit that is reached refuses with 429."));

const budget = z.strictObject({
  usd: z.number().check(z.gte(0), z.lte(9_000_000), z.describe("Dollars.")),
  per: z
    .enum(["hour", "day", "week", "month", "quarter", "year", "ever"])
    .check(z.describe("Until when it has to last; then it begins anew.")),
  zone,
  // biome-ignore lint/suspicious/noThenProperty: nobody awaits options
  then: instead,
  alerts,
});

/** `budget` of the same. */
export const budgetOptions = z
  .union([budget, z.array(budget).check(z.minLength(1), z.maxLength(7))])
  .check(
    z.describe("How much may be spent. What a request may cost at most is set aside before it is sent, so that nothing is overspent."),
  );

export type LimitOptions = z.output<typeof limitOptions>;
export type BudgetOptions = z.output<typeof budgetOptions>;
