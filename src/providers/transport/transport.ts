import type { LeaveSignal, PiecedBytes } from "../../exchange/index.ts";

/** What goes to an upstream. */
export interface UpstreamRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** What faults call the upstream: its address is the operator's business, not the caller's. Default: the address. */
  readonly name?: string;
  readonly url: URL;
  /** Lower-case names. Holds the credential: never logged. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | PiecedBytes | StreamedBody | undefined;
  readonly deadlines: Deadlines;
  /** The config names this address itself, so that private and loopback targets are allowed. */
  readonly privateAllowed: boolean;
  /** Who asks may reach the machine's own metadata service, which gives credentials away: the source of a provider's credential. */
  readonly metadataAllowed?: boolean;
  /** The answer is expected as a stream of events: little of it waits here when nobody reads. Default: false. */
  readonly stream?: boolean;
}

/** A body that is sent as it is read, for what must not be in memory as a whole. */
export interface StreamedBody {
  /** In bytes, exactly. */
  readonly length: number;
  /** From the beginning. A chunk holds until the next one is asked for. */
  stream(): AsyncIterable<Uint8Array>;
}

/** All in milliseconds. */
export interface Deadlines {
  readonly connectMs: number;
  /** From sending to the first byte of the body; while a streamed body is sent, from each piece of it. */
  readonly firstEventMs: number;
  /** Between two chunks. */
  readonly idleMs: number;
  readonly totalMs: number;
}

export interface UpstreamAnswer {
  readonly status: number;
  header(name: string): string | undefined;
  /**
   * The decoded body, pulled chunk by chunk: not reading holds the upstream back. Ends with a Fault when the upstream
   * breaks off, misses a deadline, lies about its length or unpacks beyond the limit. Leaving the loop frees the socket.
   */
  readonly body: AsyncIterable<Uint8Array>;
  /**
   * The whole body in one, instead of `body`; only where that is cheaper.
   * @throws Fault as `body` does, and `upstream_too_large` beyond `limit` bytes
   */
  whole?(limit: number): Promise<Uint8Array>;
}

/** The only place that opens upstream sockets. */
export interface Transport {
  /** @throws Fault `upstream_*`, `client_gone` when `signal` aborts */
  send(request: UpstreamRequest, signal: LeaveSignal): Promise<UpstreamAnswer>;
  /**
   * Where what speaks something else than HTTP may connect to, for a name or an address: never what the config does not name.
   * @throws Fault `upstream_forbidden_address`, `upstream_unreachable`
   */
  addresses(host: string, privateAllowed: boolean): Promise<readonly string[]>;
  /** Closes idle connections. */
  close(): Promise<void>;
}
