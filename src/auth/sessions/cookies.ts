import type { GatewayRequest } from "../../exchange/index.ts";

/** `__Host-`: browsers take it over TLS (or from this machine) only, for this host only, and give it to no other. */
export const sessionCookie = "__Host-sluice-session";

/**
 * A cookie's value; undefined where it is not there, or there twice with different values, so that nobody has to guess. Read as browsers
 * write it (RFC 6265, 4.2.1) and no more kindly: a comma or a strange space in a sibling host's cookie would make one of ours of it.
 */
export function cookieIn(http: Pick<GatewayRequest, "header">, name: string): string | undefined {
  const values = new Set<string>();
  for (const pair of (http.header("cookie") ?? "").split(";")) {
    const own = pair.replace(/^[ \t]+/, "");
    if (own.startsWith(`${name}=`)) values.add(own.slice(name.length + 1));
  }
  return values.size === 1 ? values.values().next().value : undefined;
}

/** The value of a `set-cookie` header. @param sameSite `Lax` comes along when another site leads here, `Strict` does not */
export function cookieText(name: string, value: string, sameSite: "Strict" | "Lax", maxAgeSeconds: number): string {
  return `${name}=${value}; Path=/; Secure; HttpOnly; SameSite=${sameSite}; Max-Age=${maxAgeSeconds}`;
}
