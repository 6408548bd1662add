import type { GuardOptions } from "./address-guard.ts";
import type { OriginOptions } from "./bun-origin.ts";
import type { Transport } from "./transport.ts";

export interface TransportOptions extends GuardOptions, OriginOptions {
  /** PEM of further certificate authorities to trust, in place of the runtime's own list. */
  readonly certificateAuthorities?: string;
}

/** The transport of the runtime that runs this. */
export async function openTransport(options: TransportOptions = {}): Promise<Transport> {
  if (typeof Bun !== "undefined") {
    const { BunTransport } = await import("./bun-transport.ts");
    return new BunTransport({ proxied: proxyIsSet(process.env), ...options });
  }
  const { openNodeTransport } = await import("./node-transport.ts");
  return openNodeTransport(options);
}

function proxyIsSet(env: Readonly<Record<string, string | undefined>>): boolean {
  return [env.HTTP_PROXY, env.http_proxy, env.HTTPS_PROXY, env.https_proxy].some((value) => value !== undefined && value !== "");
}
