import type { LeaveSignal } from "../../exchange/index.ts";
import type { Secret } from "../../secrets/index.ts";
import type { Grant, Token } from "./grant.ts";
import { formOf, objectOf, type Question, type Reply, refused, refusedBy, type SourceTools, secureUrl } from "./source.ts";

export interface EntraOptions {
  /** `default`: client secret, workload identity, managed identity, the first that is there. `found`: without the machine's. */
  readonly from: "default" | "found" | "client-secret" | "workload-identity" | "metadata";
  readonly tenant?: string;
  readonly clientId?: string;
  readonly clientSecret?: Secret;
  readonly tokenFile?: string;
}

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/**
 * An access token of Microsoft Entra for a resource. What the options leave out is looked for in the variables that Azure's own
 * SDKs read (AZURE_TENANT_ID, AZURE_CLIENT_ID, AZURE_CLIENT_SECRET, AZURE_FEDERATED_TOKEN_FILE, AZURE_AUTHORITY_HOST).
 *
 * @param resource as `https://cognitiveservices.azure.com`
 * @throws Fault `upstream_credentials`, `upstream_*` where a source cannot be reached
 */
export async function entraToken(options: EntraOptions, resource: string, tools: SourceTools, signal: LeaveSignal): Promise<Grant<Token>> {
  const { environment } = tools;
  const clientId = options.clientId ?? environment.AZURE_CLIENT_ID;
  const secret = options.clientSecret?.reveal() ?? environment.AZURE_CLIENT_SECRET;
  const file = options.tokenFile ?? environment.AZURE_FEDERATED_TOKEN_FILE;
  const chosen = options.from === "default" || options.from === "found" ? first(options.from, clientId, secret, file) : options.from;
  if (chosen === "metadata")
    return tokenOf("The managed identity", await tools.ask(identityQuestion(resource, options.clientId, tools), signal), tools);
  const tenant = options.tenant ?? environment.AZURE_TENANT_ID;
  if (!tenant || !/^[\w.-]+$/.test(tenant) || !clientId)
    throw refused("Entra needs `tenant` and `clientId`, or AZURE_TENANT_ID and AZURE_CLIENT_ID.");
  const host = environment.AZURE_AUTHORITY_HOST ?? "https://login.microsoftonline.com";
  const url = secureUrl(`${host.replace(/\/+$/, "")}/${tenant}/oauth2/v2.0/token`, "AZURE_AUTHORITY_HOST");
  const proof = chosen === "client-secret" ? secretProof(secret) : await assertionProof(file, tools);
  const form = formOf({ grant_type: "client_credentials", client_id: clientId, scope: `${resource}/.default`, ...proof });
  return tokenOf("Entra", await tools.ask({ url, ...form }, signal), tools);
}

function first(from: "default" | "found", id?: string, secret?: string, file?: string): "client-secret" | "workload-identity" | "metadata" {
  if (id && secret) return "client-secret";
  if (id && file) return "workload-identity";
  if (from === "default") return "metadata";
  throw refused(
    "No credential of Entra's was found: set `apiKey` or `credential` on the provider, or the variables that Azure's SDKs read.",
  );
}

function secretProof(secret: string | undefined): Record<string, string> {
  if (!secret) throw refused("Entra needs `clientSecret`, or AZURE_CLIENT_SECRET.");
  return { client_secret: secret };
}

/** The file is written anew by the platform: it is read for each token. */
async function assertionProof(file: string | undefined, tools: SourceTools): Promise<Record<string, string>> {
  const assertion = file && (await tools.readFile(file))?.trim();
  if (!assertion)
    throw refused(`The token file of the workload identity (${file ?? "AZURE_FEDERATED_TOKEN_FILE is not set"}) is not there or empty.`);
  return { client_assertion_type: assertionType, client_assertion: assertion };
}

/** App Service and its kin name an address of their own; elsewhere the machine's metadata service has the identity. */
function identityQuestion(resource: string, clientId: string | undefined, { environment }: SourceTools): Question {
  const { IDENTITY_ENDPOINT: endpoint, IDENTITY_HEADER: secret } = environment;
  const own = endpoint && secret ? { url: new URL(endpoint), version: "2019-08-01", headers: { "x-identity-header": secret } } : undefined;
  const host = environment.AZURE_POD_IDENTITY_AUTHORITY_HOST ?? "http://169.254.169.254";
  const { url, version, headers } = own ?? {
    url: new URL(`${host.replace(/\/+$/, "")}/metadata/identity/oauth2/token`),
    version: "2018-02-01",
    headers: { metadata: "true" },
  };
  url.searchParams.set("api-version", version);
  url.searchParams.set("resource", resource);
  if (clientId !== undefined) url.searchParams.set("client_id", clientId);
  return { url, headers, metadata: true };
}

/** Lifetimes are numbers in one form and texts in the other. */
function tokenOf(who: string, reply: Reply, tools: SourceTools): Grant<Token> {
  if (reply.status !== 200) throw refusedBy(who, reply);
  const { access_token: token, expires_in: seconds, expires_on: end } = objectOf(who, reply);
  const endsAtMs = seconds === undefined ? Number(end) * 1000 : tools.now() + Number(seconds) * 1000;
  if (typeof token !== "string" || token === "" || Number.isNaN(endsAtMs)) throw refused(`${who} answered without a token.`);
  return { value: { token }, endsAtMs };
}
