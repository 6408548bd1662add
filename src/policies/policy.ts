import type { ZodMiniType } from "zod/mini";
import type { Exchange, ExchangeKind, Piece } from "../exchange/index.ts";

/** What a policy may use of the world: nothing else. */
export interface PolicyHost {
  /** Milliseconds since the epoch. */
  now(): number;
  log(message: string): void;
}

/**
 * A policy: an id, the kinds of exchange that it takes, a schema for its options, and `setup`, called once when the
 * config loads. Built-ins and plugins use exactly this interface.
 */
export interface Policy<Options = unknown> {
  readonly id: string;
  /** One sentence for the docs. */
  readonly doc: string;
  readonly kinds: readonly ExchangeKind[];
  readonly schema: ZodMiniType<Options>;
  setup(options: Options, host: PolicyHost): Rule;
}

/**
 * A policy at work. It may judge the request, and may wrap the answer. To refuse, it throws a Fault `policy_denied`; any
 * other error means that it has not said yes, and the exchange is refused with `policy_failed`.
 */
export interface Rule {
  readonly id: string;
  /** The rule looks into the conversation, so bodies and streams have to be read. */
  readonly reads: "nothing" | "request" | "answer" | "both";
  request?(exchange: Exchange): void | Promise<void>;
  /** Must hold nothing back for ever: what it does not pass on when the stream ends is lost. */
  answer?(pieces: AsyncIterable<Piece>, exchange: Exchange): AsyncIterable<Piece>;
}
