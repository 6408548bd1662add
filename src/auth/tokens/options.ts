import * as z from "zod/mini";
import { certificateOptions } from "../certificates/options.ts";

/** Asymmetric ones only: whoever can check a token of these cannot make one. */
export const tokenAlgorithms = ["ES256", "ES384", "ES512", "EdDSA", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512"] as const;
export type TokenAlgorithm = (typeof tokenAlgorithms)[number];

const text = z.string().check(z.minLength(1), z.maxLength(1000));
const name = z.string().check(z.minLength(1), z.maxLength(200));
const claimName = text.check(z.regex(/^[^\s]+$/, "the name of a claim, as `groups` or `realm_access.roles`"));

/** Keys that are fetched in the clear are whoever's who stands between; only this machine is near enough. */
const webAddress = text.check(
  z.refine((value) => isSecureAddress(value), "a URL that begins with https:// (http:// on this machine only), without a query"),
);

function isSecureAddress(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, hostname, username, password, search, hash } = new URL(value);
  if (username !== "" || password !== "" || search !== "" || hash !== "") return false;
  return protocol === "https:" || (protocol === "http:" && /^(localhost|\[::1\]|127(\.\d{1,3}){3})$/.test(hostname));
}

/** What whoever shows a credential of somebody else gets: names of teams and roles. */
export const grantOptions = z.strictObject({
  team: z.optional(name.check(z.describe("A name of `teams`."))),
  roles: z.optional(z.array(name).check(z.describe("Built-in roles, or ids of those that were made here (`role_…`)."))),
});

const exchangeOptions = z
  .strictObject({
    issuer: webAddress.check(z.describe("The address that others know this gateway by: what its tokens' `iss` says.")),
    audience: z.optional(text.check(z.describe("What its tokens' `aud` says. Default: `issuer`."))),
    lifetimeSeconds: z.optional(
      z
        .int()
        .check(
          z.gte(10),
          z.lte(86_400),
          z.describe("How long its tokens are good at most; never longer than what they were given for. Default 900."),
        ),
    ),
  })
  .check(
    z.describe("Short-lived tokens of the gateway's own for keys and tokens (RFC 8693, `POST /oauth/token`). Default: none are given."),
  );

const claims = z
  .strictObject({
    user: z.optional(
      claimName.check(
        z.describe("Whose name stands in records and limits. Default `sub`; name another only if the issuer lets nobody choose it."),
      ),
    ),
    groups: z.optional(
      claimName.check(z.describe("What `teams` and `roles` look at: a text or a list. Default `groups`. Dots lead into objects.")),
    ),
    team: z.optional(
      claimName.check(z.describe("Holds the id or the name of a team itself; of an organisation's, where there is one. Default: none.")),
    ),
    organisation: z.optional(
      claimName.check(
        z.describe(
          "Holds the id or the name of an organisation. A token that does not name one that is there and active is refused. Default: none; holders are the installation's own.",
        ),
      ),
    ),
  })
  .check(z.describe("Which claims of a token say what."));

const issuerOptions = z
  .strictObject({
    issuer: webAddress.check(z.describe("What the tokens' `iss` says, letter by letter.")),
    audience: z
      .union([text, z.array(text).check(z.minLength(1))])
      .check(z.describe("What the tokens' `aud` must hold: the name of this gateway at the issuer. Several: one of them.")),
    discovery: z.optional(
      webAddress.check(z.describe("Where the issuer describes itself. Default: `issuer` with /.well-known/openid-configuration.")),
    ),
    jwks: z.optional(webAddress.check(z.describe("Where the issuer's keys are, for one that does not describe itself."))),
    algorithms: z.optional(
      z
        .array(z.enum(tokenAlgorithms))
        .check(z.minLength(1), z.describe("What its tokens may be signed with. Default: RS256, PS256, ES256 and EdDSA.")),
    ),
    claims: z.optional(claims),
    teams: z.optional(z.record(text, name).check(z.describe("Group → team. Whoever is in several gets the first that stands here."))),
    roles: z.optional(z.record(text, name).check(z.describe("Group → role. Whoever is in several gets all of them."))),
    everyone: z.optional(
      grantOptions.check(
        z.describe(
          "What every holder of such a token gets, in no matter what group; `{}` lets all of them call models. Without it, a token that no team and no role is for is refused.",
        ),
      ),
    ),
    models: z.optional(
      z.array(z.string().check(z.minLength(1))).check(z.describe("Names of models (globs) that such tokens may call. Default: all.")),
    ),
    clockSkewSeconds: z.optional(z.int().check(z.gte(0), z.lte(300), z.describe("How far the issuer's clock may be off. Default 30."))),
    maxAgeSeconds: z.optional(
      z
        .int()
        .check(
          z.gte(1),
          z.describe("Tokens that were issued longer ago are refused, and so are those that do not say when. Default: any age."),
        ),
    ),
    mayPassUser: z.optional(
      z
        .boolean()
        .check(z.describe("Whether such callers are believed when they say which of their users a request is for. Default false.")),
    ),
    allowPrivateNetwork: z.optional(
      z.boolean().check(z.describe("Whether the issuer may be at a private or loopback address. Default false.")),
    ),
  })
  .check(z.describe("An authorization server whose tokens are taken."));

/** The document's part `identity`. */
export const identityOptions = z
  .strictObject({
    issuers: z.optional(
      z
        .record(z.string().check(z.regex(/^[A-Za-z0-9][\w.-]{0,63}$/, "a name made of letters, digits, `.`, `_` and `-`")), issuerOptions)
        .check(z.describe("Authorization servers (OpenID Connect, OAuth 2.1) whose JWTs are taken as credentials, by a name of your own.")),
    ),
    usersFromBody: z.optional(
      z
        .boolean()
        .check(
          z.describe(
            "Whether those who may pass users (`mayPassUser`) do so in the body too: `safety_identifier` or `user` of OpenAI, `metadata.user_id` of Anthropic. Default false: only in `x-sluice-user`.",
          ),
        ),
    ),
    exchange: z.optional(exchangeOptions),
    certificates: z.optional(
      z
        .array(certificateOptions)
        .check(
          z.describe(
            "Whom clients' certificates stand for where a request has no other credential (`tls.clientCa`); the first rule that fits counts.",
          ),
        ),
    ),
  })
  .check(z.describe("Who is believed about who is asking, beside virtual keys."));

export type ExchangeOptions = z.output<typeof exchangeOptions>;
export type IdentityOptions = z.output<typeof identityOptions>;
export type IssuerOptions = z.output<typeof issuerOptions>;
