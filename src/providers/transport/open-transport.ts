import type { GuardOptions } from "./address-guard.ts";
import { SocketTransport } from "./socket-transport.ts";
import type { Transport } from "./transport.ts";

export interface TransportOptions extends GuardOptions {
  /** PEM of the certificate authorities to trust, in place of the runtime's own list. */
  readonly certificateAuthorities?: string;
}

/** The transport, over the sockets of the runtime that runs this. */
export async function openTransport(options: TransportOptions = {}): Promise<Transport> {
  const runtime = typeof Bun === "undefined" ? await import("./node-link.ts") : (await import("./bun-link.ts")).bunRuntime();
  return new SocketTransport(runtime, options);
}
