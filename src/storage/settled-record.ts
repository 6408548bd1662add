import type { FaultCode, Usage } from "../exchange/index.ts";

/** How an exchange ended, from the caller's side. */
export type Outcome = "success" | "refused" | "failed" | "cancelled";

/** What is kept of one exchange, written once when it has settled. Times are milliseconds. */
export interface SettledRecord {
  /** The request id. Ids sort by time: that is how the newest and the oldest records are found. */
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly keyId: string;
  readonly team?: string;
  /** Whose it is: ids of the directory, and of a user also a name that people chose. */
  readonly organisation?: string;
  readonly application?: string;
  readonly user?: string;
  readonly serviceAccount?: string;
  /** For which of its users a caller asks that is believed when it says so. */
  readonly endUser?: string;
  /** The route table's name for the endpoint. */
  readonly endpoint: string;
  /** The model as the caller wrote it. */
  readonly model: string;
  /** Who answered, or was tried last; undefined when no target was reached. */
  readonly provider?: string;
  /** The model's name as the provider knows it. */
  readonly targetModel?: string;
  readonly outcome: Outcome;
  /** The status that the client got. */
  readonly status: number;
  readonly fault?: FaultCode;
  readonly stream: boolean;
  /** Undefined when nothing was used. */
  readonly usage?: Usage;
  /** Nano-dollars, a safe integer; undefined when the model has no price, or nothing was used. */
  readonly costNanos?: number;
  readonly priceVersion?: string;
  readonly durationMs: number;
  readonly firstEventMs?: number;
  /** The part of `durationMs` that was spent waiting for upstreams. */
  readonly upstreamMs?: number;
  readonly detail: RecordDetail;
}

/** What `sluice explain` shows beside the columns: JSON values only. */
export interface RecordDetail {
  readonly routeReason?: string;
  readonly attempts?: readonly unknown[];
  /** On which surface the provider was asked last, and why on that one. */
  readonly surface?: { readonly id: string; readonly reason: string } | undefined;
  readonly policies?: readonly unknown[];
  /** The limit that had no room for what was asked for, and the model that was asked instead. */
  readonly downgrade?: { readonly from: string; readonly to: string; readonly limit: string };
  readonly cache?: string;
  /** Of a request with an `Idempotency-Key`: the first of its key, whose client may not have waited for its end; or whose answer it was given; or that nobody could say. */
  readonly repeat?: { readonly first: true; readonly clientLeft?: true } | { readonly of: string } | { readonly unguarded: true };
  /** Of a model's thoughts that the caller's dialect cannot hold: in how many turns they were put back, and how many were kept. */
  readonly thoughts?: { readonly putBack: number; readonly kept: number };
  readonly warnings?: readonly unknown[];
  readonly metadata?: Readonly<Record<string, string>>;
  /** Whether what was asked and answered is kept; absent where nobody wants it to be. */
  readonly body?: { readonly kept: true } | { readonly kept: false; readonly why: string };
  /** Where the request came from: an address, or the network of one; only where the config wants it. */
  readonly client?: string;
  readonly [name: string]: unknown;
}
