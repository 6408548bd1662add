import * as z from "zod/mini";

const name = z.string().check(z.minLength(1), z.maxLength(200));

/** TLS, or this machine: what goes over the wire in the clear is anybody's. */
function isSafeUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, search, hash, username, password } = new URL(text);
  if (search !== "" || hash !== "" || username !== "" || password !== "") return false;
  return protocol === "https:" || (protocol === "http:" && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname));
}

const safeUrl = z.string().check(z.refine(isSafeUrl, "a URL that begins with https:// (http:// on this machine only), without a query"));
const originUrl = z
  .string()
  .check(
    z.refine(
      (text) => isSafeUrl(text) && new URL(text).pathname === "/",
      "an https:// address without a path (http:// on this machine only)",
    ),
  );

const openIdOptions = z
  .strictObject({
    issuer: safeUrl.check(z.describe("The provider's issuer, exactly as its discovery document has it.")),
    clientId: name.check(z.describe("The client that the provider knows this gateway as.")),
    clientSecret: z.optional(
      z
        .string()
        .check(z.minLength(1), z.describe("Its secret, from an environment variable. Absent: a public client, which PKCE alone protects.")),
    ),
    scopes: z.optional(
      z
        .array(z.string().check(z.regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, "a scope")))
        .check(z.describe("What is asked for beside `openid`. Default: profile, email.")),
    ),
    userClaim: z.optional(
      name.check(
        z.describe(
          "The claim that names whoever logs in, as the directory's `userName`. Default: email, which must not be said to be unverified.",
        ),
      ),
    ),
    groupsClaim: z.optional(name.check(z.describe("The claim with the groups of whoever logs in. Default: groups."))),
    roles: z
      .record(name, name)
      .check(
        z.describe(
          "Which role the members of a group have, as `platform-team: admin`; `*` stands for everybody. Who has none may not log in.",
        ),
      ),
    organisation: z.optional(
      name.check(z.describe("The organisation that the people belong to, by id or name. Default: the installation itself.")),
    ),
    createUsers: z.optional(
      z.boolean().check(z.describe("Whether whoever has a role and is not in the directory comes into it by logging in. Default: true.")),
    ),
    allowPrivateNetwork: z.optional(
      z
        .boolean()
        .check(z.describe("Whether the provider may be at a private address. Default: only where the issuer names a loopback one.")),
    ),
  })
  .check(z.describe("An OpenID provider that people log in with. Register `<publicUrl>/auth/callback` there as redirect URI."));

/** The part `login`. */
export const loginOptions = z
  .strictObject({
    publicUrl: z.optional(
      originUrl.check(
        z.describe(
          "This gateway's address as browsers know it, as https://ai.example.com. Default: its own, where it listens on loopback.",
        ),
      ),
    ),
    idleMinutes: z.optional(
      z.number().check(z.gte(1), z.lte(1440), z.describe("A browser's session ends when nothing was heard for so long. Default 30.")),
    ),
    maxHours: z.optional(
      z.number().check(z.gte(0.1), z.lte(168), z.describe("A browser's session ends after so long in any case. Default 12.")),
    ),
    commandLineDays: z.optional(
      z
        .number()
        .check(z.gte(0.01), z.lte(90), z.describe("A log-in of the command line ends after so long; unused, after half of it. Default 7.")),
    ),
    openid: z.optional(openIdOptions),
  })
  .check(z.describe("How people log in. Without it, with an admin key only."));

export type LoginOptions = z.output<typeof loginOptions>;
