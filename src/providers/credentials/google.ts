import { createPrivateKey, type KeyObject, sign } from "node:crypto";
import { join } from "node:path";
import type { LeaveSignal } from "../../exchange/index.ts";
import type { Secret } from "../../secrets/index.ts";
import type { Grant, Token } from "./grant.ts";
import { formOf, isLoopback, objectOf, parsed, type Reply, refused, refusedBy, type SourceTools, secureUrl } from "./source.ts";

export interface GoogleOptions {
  /** `default`: as Google's libraries look for them, the metadata server last. `found`: the same without that server. */
  readonly from: "default" | "found" | "service-account" | "metadata";
  /** A file with a service account's key, or a signed-in user's. */
  readonly file?: string;
  /** The same as text. */
  readonly json?: Secret;
}

const scope = "https://www.googleapis.com/auth/cloud-platform";
const tokenEndpoint = "https://oauth2.googleapis.com/token";
const assertionSeconds = 3600;

/**
 * An access token of Google's. Sources in the order of "application default credentials" (cloud.google.com/docs/authentication):
 * the file that GOOGLE_APPLICATION_CREDENTIALS names, the file of `gcloud auth application-default login`, the metadata server.
 *
 * @throws Fault `upstream_credentials`, `upstream_*` where a source cannot be reached
 */
export async function googleToken(options: GoogleOptions, tools: SourceTools, signal: LeaveSignal): Promise<Grant<Token>> {
  if (options.from === "metadata") return metadataToken(tools, signal);
  if (options.json !== undefined) return keyToken("The service account in the config", options.json.reveal(), tools, signal);
  const named = options.file ?? tools.environment.GOOGLE_APPLICATION_CREDENTIALS;
  const file = named ?? wellKnownFile(tools.environment);
  const text = file === undefined ? undefined : await tools.readFile(file);
  if (file !== undefined && text !== undefined) return keyToken(`The file ${file}`, text, tools, signal);
  if (named !== undefined) throw refused(`The credential's file ${named} is not there.`);
  if (options.from === "default") return metadataToken(tools, signal);
  throw refused(
    "No credential of Google's was found: set GOOGLE_APPLICATION_CREDENTIALS, run `gcloud auth application-default login`, or set `credential` on the provider.",
  );
}

/** Where `gcloud auth application-default login` puts what it got. */
function wellKnownFile({ CLOUDSDK_CONFIG, HOME, APPDATA }: SourceTools["environment"]): string | undefined {
  const folder = CLOUDSDK_CONFIG ?? (HOME ? join(HOME, ".config/gcloud") : APPDATA ? join(APPDATA, "gcloud") : undefined);
  return folder && join(folder, "application_default_credentials.json");
}

async function keyToken(what: string, text: string, tools: SourceTools, signal: LeaveSignal): Promise<Grant<Token>> {
  const key = parsed(text);
  if (!isFields(key)) throw refused(`${what} is no JSON object.`);
  if (key.type === "service_account") return serviceAccountToken(what, key, tools, signal);
  if (key.type === "authorized_user") return userToken(what, key, tools, signal);
  throw refused(
    `${what} holds a credential of the type ${JSON.stringify(String(key.type).slice(0, 40))}: service_account and authorized_user are supported.`,
  );
}

/** RFC 7523: a JWT, signed with the account's key, is exchanged for a token. */
async function serviceAccountToken(what: string, key: Fields, tools: SourceTools, signal: LeaveSignal): Promise<Grant<Token>> {
  const { client_email: issuer, private_key: pem, private_key_id: keyId, token_uri: uri = tokenEndpoint } = key;
  if (typeof issuer !== "string" || typeof pem !== "string" || typeof uri !== "string") {
    throw refused(`${what} lacks the service account's client_email or private_key.`);
  }
  const url = secureUrl(uri, `The token_uri of ${what}`);
  const issuedAt = Math.floor(tools.now() / 1000);
  const claims = { iss: issuer, scope, aud: uri, iat: issuedAt, exp: issuedAt + assertionSeconds };
  const header = { alg: "RS256", typ: "JWT", ...(typeof keyId === "string" && { kid: keyId }) };
  const assertion = signedJwt(header, claims, privateKey(what, pem));
  const form = formOf({ grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion });
  return tokenOf("Google's token endpoint", await tools.ask({ url, ...form }, signal), tools);
}

async function userToken(what: string, key: Fields, tools: SourceTools, signal: LeaveSignal): Promise<Grant<Token>> {
  const { client_id, client_secret, refresh_token, token_uri: uri = tokenEndpoint } = key;
  if (typeof client_id !== "string" || typeof client_secret !== "string" || typeof refresh_token !== "string" || typeof uri !== "string") {
    throw refused(`${what} lacks the user's client_id, client_secret or refresh_token.`);
  }
  const url = secureUrl(uri, `The token_uri of ${what}`);
  const form = formOf({ grant_type: "refresh_token", client_id, client_secret, refresh_token });
  const { value, endsAtMs } = tokenOf("Google's token endpoint", await tools.ask({ url, ...form }, signal), tools);
  // A user's token names no project of its own to be billed.
  const project = tools.environment.GOOGLE_CLOUD_QUOTA_PROJECT ?? key.quota_project_id;
  return { value: typeof project === "string" ? { ...value, headers: { "x-goog-user-project": project } } : value, endsAtMs };
}

/** The account that the machine runs as. */
async function metadataToken(tools: SourceTools, signal: LeaveSignal): Promise<Grant<Token>> {
  const host = tools.environment.GCE_METADATA_HOST ?? "metadata.google.internal";
  const url = new URL(`http://${host}/computeMetadata/v1/instance/service-accounts/default/token`);
  const reply = await tools.ask({ url, headers: { "metadata-flavor": "Google" }, metadata: true }, signal);
  // What answers at this address elsewhere is somebody else.
  if (reply.header("metadata-flavor") !== "Google" && !isLoopback(url.hostname))
    throw refused("What answered is not Google's metadata server.");
  return tokenOf("Google's metadata server", reply, tools);
}

function tokenOf(who: string, reply: Reply, tools: SourceTools): Grant<Token> {
  if (reply.status !== 200) throw refusedBy(who, reply);
  const { access_token: token, expires_in: seconds } = objectOf(who, reply);
  if (typeof token !== "string" || token === "" || typeof seconds !== "number") throw refused(`${who} answered without a token.`);
  return { value: { token }, endsAtMs: tools.now() + seconds * 1000 };
}

function privateKey(what: string, pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw refused(`The private_key of ${what} is no key in PEM.`);
  }
}

/** A JSON Web Token, signed by RS256 (RFC 7515, RFC 7518 section 3.3). */
function signedJwt(header: object, claims: object, key: KeyObject): string {
  const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  return `${text}.${sign("RSA-SHA256", Buffer.from(text), key).toString("base64url")}`;
}

type Fields = Readonly<Record<string, unknown>>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
