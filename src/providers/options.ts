import * as z from "zod/mini";
import { dialectIds, promptIds, surfacesBeside } from "../exchange/index.ts";

const milliseconds = (doc: string) => z.optional(z.int().check(z.gte(1), z.lte(86_400_000), z.describe(doc)));

/** Deadlines of an upstream call; a model's own win over its provider's. */
export const timeoutOptions = z
  .strictObject({
    connectMs: milliseconds("To open the connection, TLS included. Default 5000."),
    firstEventMs: milliseconds("From sending the request to the first byte of the answer. Default 60000."),
    idleMs: milliseconds("Between two pieces of the answer. Default 60000."),
    totalMs: milliseconds("For the whole call. Default 600000."),
  })
  .check(z.describe("Deadlines in milliseconds."));

/** Tries after the first one fails, before anything of the answer was seen. */
export const retriesOption = z.int().check(z.gte(0), z.lte(10), z.describe("Tries after the first failure of a target. Default 2."));

/** One entry of `providers`: an upstream. */
export const providerOptions = z
  .strictObject({
    type: z.optional(z.string().check(z.describe("What kind of provider it is. May be left out when the name is a known one."))),
    baseUrl: z.optional(
      z
        .string()
        .check(
          z.regex(/^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/, "a URL that starts with https:// or http:// and holds no user name or query"),
          z.describe("Where the API is. Default: the provider's own."),
        ),
    ),
    apiKey: z.optional(
      z
        .string()
        .check(z.minLength(1), z.describe("The gateway's credential there. Default: the environment variable of the provider's own SDK.")),
    ),
    region: z.optional(z.string().check(z.minLength(1), z.describe("Where the provider runs, as you name it."))),
    dialects: z.optional(
      z
        .array(z.enum([...dialectIds, ...promptIds, ...surfacesBeside]))
        .check(z.describe("Surfaces to switch on that only some deployments of this type have.")),
    ),
    headers: z.optional(
      z
        .record(
          z.string().check(z.regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, "the name of an HTTP header")),
          z.string().check(z.regex(/^[\t\x20-\x7e\x80-\xff]*$/, "text without line breaks")),
        )
        .check(z.describe("Headers to send with every call.")),
    ),
    timeouts: z.optional(timeoutOptions),
    retries: z.optional(retriesOption),
    allowPrivateNetwork: z.optional(
      z
        .boolean()
        .check(
          z.describe("Whether the name may lead to a private, loopback or link-local address. Default: only where baseUrl names one."),
        ),
    ),
    models: z.optional(
      z
        .array(z.string().check(z.minLength(1)))
        .check(z.describe("The provider's own model names, for lists. Default: those of the catalog.")),
    ),
  })
  .check(z.describe("An upstream that answers requests."));

export type TimeoutOptions = z.output<typeof timeoutOptions>;
export type ProviderOptions = z.output<typeof providerOptions>;
