import * as z from "zod/mini";
import { weakness } from "../secrets/index.ts";
import { isNetwork } from "./networks.ts";

const modelGlobs = z
  .array(z.string().check(z.minLength(1)))
  .check(z.describe("Names of models that may be called; `*` stands for any text. Default: all."));

function faultOf(text: unknown): string | undefined {
  if (typeof text !== "string") return undefined;
  return /^[\x21-\x7e]*$/.test(text) ? weakness(text) : "holds other characters than visible ASCII";
}

/** One entry of `teams`. */
export const teamOptions = z.strictObject({ models: z.optional(modelGlobs) }).check(z.describe("What the keys of a team may do."));

/** One entry of `keys`: a virtual key whose value comes from a file or a secret. */
export const keyOptions = z
  .strictObject({
    name: z.string().check(z.minLength(1), z.maxLength(100), z.describe("What people call the key.")),
    team: z.optional(z.string().check(z.minLength(1), z.describe("A name of `teams`."))),
    value: z.string().check(
      z.refine((text) => faultOf(text) === undefined, {
        error: (issue) => `a key that cannot be guessed: this one ${faultOf(issue.input)}`,
      }),
      z.describe("What clients send. Take it from an environment variable; `openssl rand -hex 32` makes a good one."),
    ),
    models: z.optional(modelGlobs),
    networks: z.optional(
      z
        .array(z.string().check(z.refine(isNetwork, "a network, as 10.0.0.0/8 or 2001:db8::/32, or an address")))
        .check(z.describe("Where the key may come from: the address of the connection. Default: from anywhere.")),
    ),
    metadata: z.optional(
      z
        .record(z.string().check(z.regex(/^[A-Za-z0-9_.-]{1,64}$/)), z.string().check(z.maxLength(256)))
        .check(z.describe("Labels that go into the records of its calls.")),
    ),
    scopes: z.optional(
      z
        .array(z.string().check(z.regex(/^\/[^\s*]*\*?$/, "the path of an endpoint, as /v1/chat/completions or /v1/*")))
        .check(z.describe("Endpoints that the key may use, as `/v1/chat/completions` or `/v1/*`. Default: all.")),
    ),
    mayPassUser: z.optional(
      z
        .boolean()
        .check(
          z.describe(
            "Whether whoever has the key is believed when saying which of its users a request is for (`x-sluice-user`). Default false.",
          ),
        ),
    ),
    expires: z.optional(
      z.string().check(
        z.regex(/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/, "a date, as 2027-01-31 or 2027-01-31T12:00:00Z"),
        z.refine((text) => !Number.isNaN(Date.parse(text)), "a date that exists"),
        z.describe("When the key stops working; a date alone means its first moment in UTC."),
      ),
    ),
  })
  .check(z.describe("A virtual key that the file owns; others are made by `sluice keys create`."));
