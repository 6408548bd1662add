import * as z from "zod/mini";
import { scaleDecimal } from "../exchange/index.ts";

const webhook = z
  .strictObject({
    url: z
      .string()
      .check(z.regex(/^https?:\/\/[^\s/?#@]+[^\s#]*$/, "a URL that starts with https:// or http://"), z.describe("Where it is posted to.")),
    secret: z.string().check(z.minLength(16), z.describe("What it is signed with (Standard Webhooks): `whsec_` and base64, or any text.")),
    allowPrivateNetwork: z.optional(z.boolean().check(z.describe("Whether it may be at a private or loopback address. Default false."))),
  })
  .check(z.describe("A web address that gets JSON."));

const address = z.string().check(z.regex(/^[^\s@<>,;]+@[^\s@<>,;]+$/, "an address, as ops@example.com"));
const mail = z
  .strictObject({
    host: z.string().check(z.minLength(1), z.describe("The SMTP server.")),
    port: z.optional(z.int().check(z.gte(1), z.lte(65_535), z.describe("Default 587."))),
    tls: z.optional(
      z
        .enum(["required", "implicit", "none"])
        .check(
          z.describe(
            "`required`: STARTTLS; `implicit`: TLS from the beginning; `none`: in the clear. Default `required`, and `implicit` at port 465.",
          ),
        ),
    ),
    user: z.optional(z.string().check(z.minLength(1), z.describe("Default: no log-in."))),
    password: z.optional(z.string().check(z.minLength(1), z.describe("Its password."))),
    allowPrivateNetwork: z.optional(
      z
        .boolean()
        .check(z.describe("Whether it may be at a private or loopback address. Default: where `host` is one, or a name without a dot.")),
    ),
    from: address.check(z.describe("Whom it comes from.")),
    to: z.array(address).check(z.minLength(1), z.maxLength(50), z.describe("Who gets it.")),
  })
  .check(z.describe("Mail over SMTP."));

/** The document's part `alerts`. */
export const alertOptions = z
  .strictObject({
    targets: z
      .record(
        z.string().check(z.regex(/^[A-Za-z0-9][\w.-]*$/, "a name made of letters, digits, `.`, `_` and `-`")),
        z.union([z.strictObject({ webhook }), z.strictObject({ mail })]),
      )
      .check(z.describe("Who can be told, by a name of your own: `webhook` or `mail`.")),
  })
  .check(z.describe("Who is told when a limit or a budget is used to a part of it (`alerts` there)."));

export type AlertTargetOptions = z.output<typeof alertOptions>["targets"][string];

const percent = (most: number, doc: string) =>
  z.optional(
    z.number().check(
      z.gte(0),
      z.lte(most),
      z.refine((value) => scaleDecimal(String(value), 4)?.exact === true, "a percentage with at most four decimals"),
      z.describe(doc),
    ),
  );
const globs = (of: string) => z.optional(z.array(z.string().check(z.minLength(1), z.maxLength(256))).check(z.minLength(1), z.describe(of)));
const amount = z.number().check(
  z.gte(0),
  z.lte(1_000_000_000),
  z.refine((value) => scaleDecimal(String(value), 9)?.exact === true, "an amount with at most nine decimals"),
);

const volumeStep = z.strictObject({
  aboveUsd: amount.check(z.describe("Dollars of provider cost in the month from which on the step holds.")),
  discountPercent: percent(100, "Taken off the price of what lies above, in place of the rule's own discount."),
});

const internalPrice = z.strictObject({
  organisations: globs("Organisations that it is for, as ids; `*` stands for any letters. Default: all."),
  teams: globs("Teams that it is for. Default: all."),
  models: globs("Models that it is for, as provider/model of who answers. Default: all."),
  markupPercent: percent(10_000, "Put on top of what the provider is owed. Default 0."),
  discountPercent: percent(100, "Taken off after the markup. Default 0."),
  volume: z.optional(
    z.array(volumeStep).check(z.minLength(1), z.describe("Discounts for much, each for what lies above its bound, by team and month.")),
  ),
});

const exchangeRate = z.strictObject({
  from: z.iso.date().check(z.describe("The first day (UTC) on which it holds, as 2026-11-01.")),
  perUsd: amount.check(z.gt(0), z.describe("How much of the currency a dollar is.")),
});

/** `chargeback`: what the house charges its own people for what providers are owed. */
export const chargebackOptions = z
  .strictObject({
    currency: z.optional(
      z
        .string()
        .check(
          z.regex(/^[A-Z]{3}$/, "three capital letters, as EUR"),
          z.describe("The currency of internal prices (ISO 4217). Default USD."),
        ),
    ),
    rates: z.optional(
      z.array(exchangeRate).check(z.minLength(1), z.describe("Rates of the currency; the newest that has begun on a line's day holds.")),
    ),
    tags: z.optional(
      z
        .array(z.string().check(z.regex(/^[A-Za-z0-9_.-]{1,64}$/, "the name of a tag")))
        .check(z.maxLength(10), z.describe("Tags that lines are told apart by, beside who asked and which model answered. Default none.")),
    ),
    prices: z.optional(
      z.array(internalPrice).check(z.describe("Internal prices; the first that fits counts. Default: what the provider is owed.")),
    ),
  })
  .check(
    z.refine(({ currency = "USD", rates }) => currency === "USD" || rates !== undefined, "a currency other than USD needs `rates`"),
    z.describe("What teams are charged for what providers are owed."),
  );

export type ChargebackOptions = z.output<typeof chargebackOptions>;
