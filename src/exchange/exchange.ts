import type { GatewayRequest } from "./http.ts";
import type { JsonBody } from "./json-body.ts";
import type { Losses } from "./loss.ts";
import type { Principal } from "./principal.ts";
import type { ModelRequest } from "./request.ts";

/** What walks the line: a model call, a tool call, or a message to an agent. */
export type ExchangeKind = "model" | "tool" | "agent";

/**
 * One exchange between a client and whoever answers it. The stages of the line fill it in, in order; a field that a
 * later stage sets is undefined before it.
 */
export interface Exchange {
  readonly id: string;
  readonly kind: ExchangeKind;
  /** Milliseconds since the epoch, and a monotonic reading for durations. */
  readonly startedAt: number;
  readonly startedTick: number;
  readonly http: GatewayRequest;
  /** Aborted when the client leaves, when a deadline passes or when the gateway drains past its limit. */
  readonly signal: AbortSignal;
  readonly body: JsonBody;
  /** The model name as the caller wrote it. */
  readonly model: string;
  readonly stream: boolean;
  /** The whole request in the common vocabulary, read on first use: rules and translations ask for it. */
  read(): ModelRequest;
  readonly losses: Losses;
  principal?: Principal;
}
