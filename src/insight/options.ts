import * as z from "zod/mini";

const webhook = z
  .strictObject({
    url: z
      .string()
      .check(
        z.regex(/^https?:\/\/[^\s/?#@]+[^\s#]*$/, "a URL that starts with https:// or http://"),
        z.describe("*Required.* Where it is posted to."),
      ),
    secret: z
      .string()
      .check(z.minLength(16), z.describe("*Required.* What it is signed with (Standard Webhooks): `whsec_` and base64, or any text.")),
    allowPrivateNetwork: z.optional(z.boolean().check(z.describe("Whether it may be at a private or loopback address. Default false."))),
  })
  .check(z.describe("A web address that gets JSON."));

const address = z.string().check(z.regex(/^[^\s@<>,;]+@[^\s@<>,;]+$/, "an address, as ops@example.com"));
const mail = z
  .strictObject({
    host: z.string().check(z.minLength(1), z.describe("*Required.* The SMTP server.")),
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
    from: address.check(z.describe("*Required.* Whom it comes from.")),
    to: z.array(address).check(z.minLength(1), z.maxLength(50), z.describe("*Required.* Who gets it.")),
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
