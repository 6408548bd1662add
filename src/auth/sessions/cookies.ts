import type { GatewayRequest } from "../../exchange/index.ts";

/** `__Host-`: browsers take it over TLS (or from this machine) only, for this host only, and give it to no other. */
export const sessionCookie = "__Host-sluice-session";

/** A cookie's value; undefined where it is not there, or there twice with different values, so that nobody has to guess. */
export function cookieIn(http: Pick<GatewayRequest, "header">, name: string): string | undefined {
  const values = new Set<string>();
  for (const pair of (http.header("cookie") ?? "").split(/[;,]/)) {
    const equals = pair.indexOf("=");
    if (equals > 0 && pair.slice(0, equals).trim() === name) values.add(pair.slice(equals + 1).trim());
  }
  return values.size === 1 ? values.values().next().value : undefined;
}

/** The value of a `set-cookie` header. @param sameSite `Lax` comes along when another site leads here, `Strict` does not */
export function cookieText(name: string, value: string, sameSite: "Strict" | "Lax", maxAgeSeconds: number): string {
  return `${name}=${value}; Path=/; Secure; HttpOnly; SameSite=${sameSite}; Max-Age=${maxAgeSeconds}`;
}
