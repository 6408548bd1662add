import { Fault } from "./fault.ts";
import type { Flow } from "./flow.ts";
import type { LeaveSignal } from "./leaving.ts";

/**
 * The boundary between the engine and any runtime: a small request and a small answer. Listeners make the first and
 * send the second; tests and embedders use `gateway.fetch`, which does both for web-standard values.
 */
export interface GatewayRequest {
  readonly method: string;
  /** Path without query, as it came: no decoding, no dot segments resolved. */
  readonly path: string;
  readonly query: string;
  header(name: string): string | undefined;
  headerNames(): Iterable<string>;
  /** The whole body. @throws Fault `request_too_large` beyond `limit` bytes, `client_gone` */
  body(limit: number): Promise<Uint8Array>;
  /**
   * The body as it comes, in place of `body`; not reading holds the client back. @param limit in bytes, of the whole
   * @throws Fault `request_too_large`, `client_gone`
   */
  stream(limit: number): AsyncIterable<Uint8Array>;
  /** Aborts when the client leaves. */
  readonly signal: LeaveSignal;
  /** Ends the exchange from our side: `signal` aborts with the fault as its reason. */
  cancel(fault: Fault): void;
  /** The address of the client, where it is known: the TCP peer, or whom the proxies that the config trusts name. */
  readonly peer?: string;
  /** What the client proved to be when the connection was made, where an authority that the config names has signed it. */
  readonly certificate?: ClientCertificate;
}

/** A client's X.509 certificate that was found good. Names are as the certificate has them. */
export interface ClientCertificate {
  /** Of its subject, where it has exactly one. */
  readonly commonName: string | undefined;
  /** Its alternative names. */
  readonly dns: readonly string[];
  readonly uris: readonly string[];
  /** SHA-256 of the whole certificate, in base64url (RFC 8705). */
  readonly thumbprint: string;
  /** From then on it is refused, in milliseconds since the epoch. */
  readonly endsAt: number;
}

/** Status and headers; the bytes come after it. */
export interface Head {
  readonly status: number;
  readonly headers: Record<string, string>;
  /**
   * The whole body, or a stream of it, sent on as it comes. A stream is drawn beside the line: when it ends the line is
   * taken up again by `next()`, when it fails by `throw()`, and may then have last bytes to say.
   */
  readonly body: Uint8Array | Flow<Uint8Array>;
}

/** What every listener says of a body beyond the limit. */
export function bodyTooLarge(limit: number, setting: "maxBodyBytes" | "maxUploadBytes" = "maxBodyBytes"): Fault {
  return new Fault("request_too_large", { message: `The body is larger than ${limit} bytes (${setting}).` });
}
