import type { TlsOptions } from "../document/tls-options.ts";

/** Where the listener's certificate is, and what clients have to show. */
export interface TlsConfig {
  readonly cert: string;
  readonly key: string;
  readonly clientCa: string | undefined;
  readonly clientAuth: "none" | "optional" | "required";
}

export function resolveTls({ cert, key, clientCa, clientAuth }: TlsOptions): TlsConfig {
  return { cert, key, clientCa, clientAuth: clientAuth ?? (clientCa === undefined ? "none" : "optional") };
}
