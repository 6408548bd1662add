import type { IssuedToken, Subject, TokenDesk } from "../../auth/index.ts";
import { Fault, type GatewayRequest, type Head } from "../../exchange/index.ts";

/** Where tokens of the gateway's own are given, and who stands behind what is shown for one. */
export interface TokenExchange {
  readonly desk: TokenDesk;
  /** @throws Fault `credentials_*` */
  subjectOf(text: string, http: GatewayRequest, now: number): Promise<Subject>;
}

const encoder = new TextEncoder();
const mostBytes = 64 * 1024;
const grant = "urn:ietf:params:oauth:grant-type:token-exchange";
const type = (name: string) => `urn:ietf:params:oauth:token-type:${name}`;
const subjectTypes = new Set([type("access_token"), type("jwt"), type("id_token")]);
const tokenTypes = new Set([type("access_token"), type("jwt")]);
const several = new Set(["resource", "audience"]);

/** Answers the rows `oauth.*` of the route table. @throws Fault `route_unknown` while the config has no `identity.exchange` */
export async function answerOAuth(name: string, http: GatewayRequest, exchange: TokenExchange | undefined, now: number): Promise<Head> {
  const desk = exchange?.desk;
  const options = desk?.options;
  if (!exchange || !desk || !options)
    throw new Fault("route_unknown", { message: "This gateway gives no tokens (`identity.exchange` of the config)." });
  if (name === "oauth.keys") return json(200, desk.keySet());
  if (name === "oauth.metadata") {
    const base = options.issuer.replace(/\/$/, "");
    return json(200, {
      issuer: options.issuer,
      token_endpoint: `${base}/oauth/token`,
      jwks_uri: `${base}/.well-known/jwks.json`,
      response_types_supported: [],
      grant_types_supported: [grant],
      token_endpoint_auth_methods_supported: ["none"],
    });
  }
  try {
    return given(await exchanged(http, exchange, options, now));
  } catch (error) {
    return refusal(Fault.from(error));
  }
}

async function exchanged(
  http: GatewayRequest,
  { desk, subjectOf }: TokenExchange,
  { issuer, audience }: NonNullable<TokenDesk["options"]>,
  now: number,
): Promise<IssuedToken> {
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(http.header("content-type") ?? ""))
    throw malformed("invalid_request", "The body is a form (application/x-www-form-urlencoded).");
  const form = formOf(Buffer.from(await http.body(mostBytes)).toString("utf8"));
  const one = (name: string) => form.get(name)?.[0];
  if (one("grant_type") !== grant) throw malformed("unsupported_grant_type", `\`grant_type\` is ${grant}.`);
  const wanted = one("requested_token_type");
  if (wanted !== undefined && !tokenTypes.has(wanted))
    throw malformed("invalid_request", "`requested_token_type` is that of an access token or a JWT.");
  if (form.has("actor_token") || form.has("actor_token_type"))
    throw malformed("invalid_request", "Tokens for somebody who acts for another are not given.");
  const targets = [...(form.get("resource") ?? []), ...(form.get("audience") ?? [])];
  if (targets.some((target) => target !== issuer && target !== audience))
    throw malformed("invalid_target", "Tokens are given for this gateway only.");
  const subjectType = one("subject_token_type");
  const text = one("subject_token");
  if (text === undefined) throw malformed("invalid_request", "`subject_token` is missing.");
  if (subjectType === undefined || !subjectTypes.has(subjectType))
    throw malformed("invalid_request", "`subject_token_type` is that of an access token, an ID token or a JWT.");
  return desk.issue(await subjectOf(text, http, now), one("scope"), now);
}

/** RFC 6749, section 3.2: what is empty counts as missing, and nothing stands twice but what may. */
function formOf(text: string): ReadonlyMap<string, readonly string[]> {
  const form = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(text)) {
    if (value === "") continue;
    const before = form.get(name);
    if (before && !several.has(name)) throw malformed("invalid_request", "A parameter stands twice.");
    form.set(name, [...(before ?? []), value]);
  }
  return form;
}

function malformed(nativeCode: string, message: string): Fault {
  return new Fault("request_malformed", { message, nativeCode });
}

function given({ token, expiresInSeconds, scope }: IssuedToken): Head {
  return json(200, {
    access_token: token,
    issued_token_type: type("access_token"),
    token_type: "Bearer",
    expires_in: expiresInSeconds,
    ...(scope !== undefined && { scope }),
  });
}

/** RFC 6749, section 5.2. A subject that is not good is a bad request: whoever asks has shown no credential of their own. */
function refusal(fault: Fault): Head {
  const about = fault.code.startsWith("credentials_") && fault.code !== "credentials_unverifiable";
  const error = fault.nativeCode ?? (about ? "invalid_grant" : fault.status < 500 ? "invalid_request" : "temporarily_unavailable");
  return json(about ? 400 : fault.status, { error, error_description: fault.message });
}

function json(status: number, body: unknown): Head {
  const headers = { "content-type": "application/json", "cache-control": "no-store", pragma: "no-cache" };
  return { status, headers, body: encoder.encode(JSON.stringify(body)) };
}
