import { Fault, type GatewayRequest, type Principal } from "../exchange/index.ts";
import type { CertificateBook } from "./certificates/certificate-book.ts";
import type { Subject } from "./exchange/token-desk.ts";
import { type Holder, holderOn } from "./holder.ts";
import type { KeyIndex } from "./key-index.ts";
import type { KnownKey } from "./known-key.ts";
import { placedHolder } from "./placed-holder.ts";
import type { TokenVerifier, VerifiedToken } from "./tokens/token-verifier.ts";

/** What the matched row of the route table says about its callers. */
export interface Endpoint {
  readonly path: string;
  /** `admin`: for admin keys only; any other role is for virtual keys only. */
  readonly role: string;
}

/** Longer texts are no keys of ours and are not hashed. */
const longestKey = 512;

/** What a request shows of who sends it. */
type Shown = Pick<GatewayRequest, "header" | "peer" | "certificate">;

/** Who else is believed about who is asking, beside our own keys. */
export interface Vouchers {
  readonly tokens: TokenVerifier;
  readonly certificates: CertificateBook;
}

/**
 * Who is asking. Takes the first of `Authorization: Bearer`, `x-api-key`, `api-key` and `x-goog-api-key` that is there;
 * the others are not looked at. Where none is, a client's certificate tells. Asks no store, and answers at once for a key, and for a token that was verified already.
 * @param now milliseconds since the epoch
 * @throws Fault `credentials_missing`, `credentials_unknown`, `credentials_expired`, `credentials_forbidden`, and for a token
 *   `credentials_unverifiable`; a promise is rejected with the same
 */
export function identify(keys: KeyIndex, http: Shown, endpoint: Endpoint, now: number): Principal;
export function identify(
  keys: KeyIndex,
  http: Shown,
  endpoint: Endpoint,
  now: number,
  vouchers: Vouchers | undefined,
): Principal | Promise<Principal>;
export function identify(
  keys: KeyIndex,
  http: Shown,
  endpoint: Endpoint,
  now: number,
  vouchers?: Vouchers,
): Principal | Promise<Principal> {
  const text = credentialOf(http);
  if (text === undefined) return holderOfCertificate(keys, http, endpoint, now, vouchers);
  const known = text.length > longestKey ? undefined : keys.find(text);
  if (known !== undefined) return holderOfKey(known, http, endpoint, now);
  if (!vouchers?.tokens.takes(text)) throw new Fault("credentials_unknown");
  const verified = vouchers.tokens.verify(text, now);
  return verified instanceof Promise
    ? verified.then((token) => holderOfToken(keys, token, http, endpoint))
    : holderOfToken(keys, verified, http, endpoint);
}

function holderOfToken(keys: KeyIndex, token: VerifiedToken, http: Shown, endpoint: Endpoint): Principal {
  refuseElsewhere(token, http);
  const principal = holderOn(planeOf(endpoint), placedToken(keys, token), "token");
  refuseUncovered(principal, endpoint);
  return keys.standing.withLimits(principal);
}

/** What was given for a key stands where the key does. */
function placedToken({ standing }: KeyIndex, token: VerifiedToken): Holder {
  return token.from && "key" in token.from ? token : placedHolder(token, standing);
}

/** Who shows a credential must be where, and have what, it is bound to. @throws Fault `credentials_unknown`, `credentials_forbidden` */
function refuseElsewhere({ boundTo, networks }: Pick<VerifiedToken, "boundTo" | "networks">, http: Shown): void {
  if (boundTo !== undefined && boundTo !== http.certificate?.thumbprint)
    throw new Fault("credentials_unknown", { message: "The token is bound to a client's certificate that did not come with it." });
  if (networks !== undefined && !networks.hold(http.peer))
    throw new Fault("credentials_forbidden", { message: "The token may not be used from this address." });
}

/**
 * What a token of the gateway's own may be given for: a virtual key, or a token that calls models.
 * @throws Fault `credentials_*`
 */
export async function subjectOf(keys: KeyIndex, { tokens }: Vouchers, text: string, http: Shown, now: number): Promise<Subject> {
  const known = text.length > longestKey ? undefined : keys.find(text);
  if (known !== undefined) {
    const { principal, endsAt, networks } = known;
    if (now >= endsAt) throw ended(known);
    if (principal.kind === "admin") throw wrongKind(principal);
    refuseElsewhere({ boundTo: undefined, networks }, http);
    known.lastUsedAt = now;
    return { principal, endsAt, networks, boundTo: undefined, from: { key: principal.keyId } };
  }
  if (!tokens.takes(text)) throw new Fault("credentials_unknown");
  const token = await tokens.verify(text, now);
  refuseElsewhere(token, http);
  const { endsAt, boundTo, networks, issuer, subject, id } = token;
  const from = token.from ?? { issuer, subject, ...(id !== undefined && { id }) };
  return { principal: holderOn("data", placedToken(keys, token), "token"), endsAt, boundTo, networks, from };
}

/** Without a key or a token, the connection itself may say who is at its other end. */
function holderOfCertificate(
  { standing }: KeyIndex,
  { certificate }: Shown,
  endpoint: Endpoint,
  now: number,
  vouchers: Vouchers | undefined,
): Principal {
  const holder = certificate && vouchers?.certificates.find(certificate, now);
  if (holder === undefined) throw new Fault("credentials_missing");
  return standing.withLimits(holderOn(planeOf(endpoint), placedHolder(holder, standing), "certificate"));
}

function planeOf({ role }: Endpoint): "admin" | "data" {
  return role === "admin" ? "admin" : "data";
}

function holderOfKey(known: KnownKey, http: Shown, endpoint: Endpoint, now: number): Principal {
  if (now >= known.endsAt) throw ended(known);
  if (known.networks !== undefined && !known.networks.hold(http.peer))
    throw new Fault("credentials_forbidden", { message: "The key may not be used from this address." });
  const { principal } = known;
  if ((principal.kind === "admin") !== (endpoint.role === "admin")) throw wrongKind(principal);
  refuseUncovered(principal, endpoint);
  known.lastUsedAt = now;
  return principal;
}

/** Whoever shows the right key may be told what is the matter with it. */
function ended({ barred, principal }: KnownKey): Fault {
  if (!barred) return new Fault("credentials_expired");
  return new Fault("credentials_unknown", {
    message: `The key ${JSON.stringify(principal.keyName)} is known, but its definition no longer fits the gateway's config, so it opens nothing until an operator mends it.`,
  });
}

/** @throws Fault `credentials_forbidden` */
export function refuseUncovered({ scopes }: Principal, { path }: Endpoint): void {
  if (scopes.length === 0 || scopes.some((scope) => covers(scope, path))) return;
  throw new Fault("credentials_forbidden", { message: `The key may not use ${path}. It may use ${scopes.join(", ")}.` });
}

export function credentialOf(http: Pick<GatewayRequest, "header">): string | undefined {
  const authorization = http.header("authorization");
  const bearer = authorization === undefined ? undefined : bearerToken(authorization);
  return bearer ?? (http.header("x-api-key") || http.header("api-key") || http.header("x-goog-api-key") || undefined);
}

/** Undefined for other schemes, and for an empty token, which SDKs send when they have no key. */
function bearerToken(authorization: string): string | undefined {
  if (authorization.length < 8 || authorization.slice(0, 7).toLowerCase() !== "bearer ") return undefined;
  return authorization.slice(7).trim() || undefined;
}

/** Scopes are paths of the route table; `*` at the end stands for any rest. */
function covers(scope: string, path: string): boolean {
  return scope.endsWith("*") ? path.startsWith(scope.slice(0, -1)) : scope === path;
}

function wrongKind(principal: Principal): Fault {
  return new Fault("credentials_forbidden", {
    message:
      principal.kind === "admin"
        ? "This is an admin key: it manages the gateway and calls no models. Use a virtual key (`sluice keys create`)."
        : "This endpoint is for admin keys.",
  });
}
