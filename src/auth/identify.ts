import { Fault, type GatewayRequest, type Principal } from "../exchange/index.ts";
import type { KeyIndex } from "./key-index.ts";

/** What the matched row of the route table says about its callers. */
export interface Endpoint {
  readonly path: string;
  /** `admin`: for admin keys only; any other role is for virtual keys only. */
  readonly role: string;
}

/** Longer texts are no keys of ours and are not hashed. */
const longestKey = 512;

/**
 * Who is asking. Takes the first of `Authorization: Bearer`, `x-api-key`, `api-key` and `x-goog-api-key` that is there;
 * the others are not looked at. Asks no store.
 * @param now milliseconds since the epoch
 * @throws Fault `credentials_missing`, `credentials_unknown`, `credentials_expired`, `credentials_forbidden`
 */
export function identify(keys: KeyIndex, http: Pick<GatewayRequest, "header">, endpoint: Endpoint, now: number): Principal {
  const text = credentialOf(http);
  if (text === undefined) throw new Fault("credentials_missing");
  const known = text.length > longestKey ? undefined : keys.find(text);
  if (known === undefined) throw new Fault("credentials_unknown");
  if (now >= known.endsAt) throw new Fault("credentials_expired");
  const { principal } = known;
  if ((principal.kind === "admin") !== (endpoint.role === "admin")) throw wrongKind(principal);
  if (principal.scopes.length > 0 && !principal.scopes.some((scope) => covers(scope, endpoint.path))) {
    throw new Fault("credentials_forbidden", {
      message: `The key may not use ${endpoint.path}. It may use ${principal.scopes.join(", ")}.`,
    });
  }
  known.lastUsedAt = now;
  return principal;
}

function credentialOf(http: Pick<GatewayRequest, "header">): string | undefined {
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
