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

/** Where a credential that has to be fetched comes from. */
export const credentialSources = [
  "default",
  "service-account",
  "client-secret",
  "workload-identity",
  "profile",
  "web-identity",
  "container",
  "metadata",
] as const;

const text = (doc: string) => z.optional(z.string().check(z.minLength(1), z.describe(doc)));

/** How the credential of a cloud is fetched, where `apiKey` is not set. */
export const credentialOptions = z
  .strictObject({
    from: z
      .enum(credentialSources)
      .check(
        z.describe(
          "`default`: the sources that the cloud's own SDK looks into, its machines' metadata service last. Google: `service-account`, `metadata`. Microsoft Entra: `client-secret`, `workload-identity`, `metadata`. AWS: `profile`, `web-identity`, `container`, `metadata`.",
        ),
      ),
    file: text("`service-account`: the file with its key, or with that of a signed-in user."),
    json: text("`service-account`: the same as text."),
    tenant: text("Entra: the tenant. Default: `AZURE_TENANT_ID`."),
    clientId: text("Entra: the application, or the managed identity. Default: `AZURE_CLIENT_ID`."),
    clientSecret: text("`client-secret`: the application's secret. Default: `AZURE_CLIENT_SECRET`."),
    tokenFile: text("`workload-identity`, `web-identity`: the file with the platform's token. Default: the variable of the cloud's SDK."),
    profile: text("`profile`, `default`: the profile in AWS's shared files. Default: `AWS_PROFILE`, then `default`."),
    role: text("`web-identity`: the ARN of the role. Default: `AWS_ROLE_ARN`."),
  })
  .check(
    z.describe(
      "How the credential of a cloud is fetched and renewed, where `apiKey` is not set. Without it, what the cloud's own SDK finds in the environment and in its files is used, and no metadata service is asked.",
    ),
  );

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
    apiKeys: z.optional(
      z
        .array(
          z.union([
            z.string().check(z.minLength(1)),
            z.strictObject({
              key: z.string().check(z.minLength(1), z.describe("The key.")),
              weight: z.optional(
                z.number().check(z.gt(0), z.lte(1_000_000), z.describe("Share of the requests, relative to the others. Default 1.")),
              ),
              account: z.optional(
                z
                  .string()
                  .check(
                    z.regex(/^[\w.-]+$/, "a name made of letters, digits, `.`, `_` and `-`"),
                    z.maxLength(100),
                    z.describe("Whose key it is. A conversation stays with the account that has sealed its thoughts or cached its prompt."),
                  ),
              ),
            }),
          ]),
        )
        .check(
          z.minLength(1),
          z.maxLength(100),
          z.describe(
            "Several keys, taken in turn; one that is refused, out of credit or limited rests. `apiKey`, where it is set, is the first.",
          ),
        ),
    ),
    keyOrder: z.optional(
      z
        .enum(["round-robin", "least-used"])
        .check(
          z.describe(
            "How the next of several keys is taken: in turn by weight, or the one with the fewest requests under way. Default `round-robin`.",
          ),
        ),
    ),
    credential: z.optional(credentialOptions),
    region: z.optional(
      z
        .string()
        .check(
          z.minLength(1),
          z.regex(/^[^\s/:?#@\\]+$/, "the name of a region, and no address"),
          z.describe(
            "Where the provider runs: the name that a cloud or a provider with regions has for it, which makes the address where `baseUrl` is not set; else a name of yours.",
          ),
        ),
    ),
    project: z.optional(
      z
        .string()
        .check(z.regex(/^[\w.:-]+$/, "a project's id"), z.describe("The project whose models are used, in clouds that have projects.")),
    ),
    zeroDataRetention: z.optional(
      z
        .boolean()
        .check(
          z.describe("Whether your contract with the provider says that it keeps nothing of what it is sent. Shown in `GET /v1/models`."),
        ),
    ),
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
          z.describe(
            "Whether the name may lead to a private or loopback address. Link-local ones and those of clouds' metadata services it never may. Default: only where baseUrl names one.",
          ),
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
export type CredentialOptions = z.output<typeof credentialOptions>;
export type ProviderOptions = z.output<typeof providerOptions>;

/** Pictures and documents that requests name by address, for upstreams that take bytes only. */
export const mediaOptions = z
  .strictObject({
    fetch: z.optional(
      z
        .boolean()
        .check(
          z.describe(
            "Fetch what a request names by address where the target's dialect takes bytes only (Bedrock, Ollama; documents for Chat Completions). Public addresses only, without redirects. Default false: such requests are refused.",
          ),
        ),
    ),
    maxBytes: z.optional(
      z.int().check(z.gte(1024), z.lte(1_073_741_824), z.describe("Of all that one request names, together. Default 20971520 (20 MB).")),
    ),
    timeoutMs: milliseconds("For each address. Default 10000."),
    hosts: z.optional(
      z
        .array(z.string().check(z.regex(/^[A-Za-z0-9.*-]+$/, "a host name, or a glob over some")))
        .check(z.describe("Hosts that may be asked, as globs (`*.example.com`). Default: all that are public.")),
    ),
  })
  .check(z.describe("Pictures and documents that requests name by address."));

export type MediaOptions = z.output<typeof mediaOptions>;
