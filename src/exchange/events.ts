import type { Fault } from "./fault.ts";
import type { Annotation, DialectId, Extra, Item, Seal } from "./items.ts";
import type { Usage } from "./usage.ts";

/** Why the model stopped. */
export type FinishReason = "stop" | "stop-sequence" | "length" | "context-full" | "call" | "filtered" | "refusal" | "pause";

export interface Finish {
  readonly reason: FinishReason;
  /** The provider's own word for it. */
  readonly native?: string;
  readonly stopSequence?: string;
  readonly details?: unknown;
}

/**
 * What happens while a model answers. Blocks (`text`, `reasoning`, `refusal`, `call`, `audio`) open, grow and close;
 * `block` numbers them from 0 in the order in which they opened, `choice` is 0 except where the caller asked for several answers.
 */
export type AnswerEvent =
  | {
      readonly type: "answer-start";
      readonly id: string;
      readonly model: string;
      readonly created?: number;
      readonly tier?: string;
      readonly usage?: Usage;
    }
  /** `id` and `phase` are those of the message that the block belongs to: blocks with one id are parts of one message. */
  | { readonly type: "text-start"; readonly block: number; readonly choice: number; readonly id?: string; readonly phase?: string }
  | {
      readonly type: "text-delta";
      readonly block: number;
      readonly choice: number;
      readonly text: string;
      readonly logprobs?: readonly unknown[];
    }
  | { readonly type: "text-annotation"; readonly block: number; readonly choice: number; readonly annotation: Annotation }
  | { readonly type: "text-end"; readonly block: number; readonly choice: number }
  | { readonly type: "refusal-start"; readonly block: number; readonly choice: number; readonly id?: string; readonly phase?: string }
  | { readonly type: "refusal-delta"; readonly block: number; readonly choice: number; readonly text: string }
  | { readonly type: "refusal-end"; readonly block: number; readonly choice: number }
  | {
      readonly type: "reasoning-start";
      readonly block: number;
      readonly choice: number;
      readonly dialect: DialectId;
      readonly id?: string;
      readonly extra?: Extra;
    }
  | {
      readonly type: "reasoning-delta";
      readonly block: number;
      readonly choice: number;
      readonly text: string;
      readonly form: "summary" | "text";
      readonly paragraph: number;
    }
  | {
      readonly type: "reasoning-end";
      readonly block: number;
      readonly choice: number;
      readonly sealed?: Seal;
    }
  | {
      readonly type: "call-start";
      readonly block: number;
      readonly choice: number;
      readonly callId: string;
      readonly name: string;
      readonly custom?: boolean;
      readonly id?: string;
      readonly extra?: Extra;
    }
  | { readonly type: "call-delta"; readonly block: number; readonly choice: number; readonly arguments: string }
  | { readonly type: "call-end"; readonly block: number; readonly choice: number }
  | { readonly type: "audio-start"; readonly block: number; readonly choice: number; readonly id?: string }
  | { readonly type: "audio-delta"; readonly block: number; readonly choice: number; readonly data?: string; readonly transcript?: string }
  | { readonly type: "audio-end"; readonly block: number; readonly choice: number; readonly expiresAt?: number }
  /** A whole block that only its own dialect understands: server tool calls, their results, hosted tools. */
  | { readonly type: "opaque-item"; readonly block: number; readonly choice: number; readonly item: Extract<Item, { type: "opaque" }> }
  | { readonly type: "usage-report"; readonly usage: Usage }
  | { readonly type: "choice-finish"; readonly choice: number; readonly finish: Finish }
  /** The upstream's own mark that the answer is whole. Nothing else may end an answer well. */
  | { readonly type: "answer-end" }
  /**
   * An error inside a 200. `told`: it stands in the piece's bytes, in the provider's own words; `ending`: as the proper end of its
   * stream, which tells of a model that failed.
   */
  | { readonly type: "answer-error"; readonly fault: Fault; readonly told?: boolean | "ending" };

/**
 * A part of an answer on its way from the upstream to the client: the events in it, and the bytes that they came in.
 * A whole JSON answer is one piece; a stream is many, each holding whole frames.
 */
export interface Piece {
  /** The bytes exactly as they came; undefined once something was edited, or when the piece was made here. */
  readonly raw: Uint8Array | undefined;
  /**
   * At depth `full`, every event; at depth `skim`, only `usage-report`, `choice-finish`, `answer-end` and
   * `answer-error`, which is all that the meter needs.
   */
  readonly events: readonly AnswerEvent[];
  /** The client would see something of the answer itself: after this there is no other try. */
  readonly visible: boolean;
  /** Holds the end of the answer: the journal is written before these bytes leave. */
  readonly last: boolean;
}

/** A whole answer, in no dialect. */
export interface Answer {
  readonly id: string;
  readonly model: string;
  readonly created?: number;
  readonly tier?: string;
  readonly choices: readonly AnswerChoice[];
  readonly usage?: Usage;
}

export interface AnswerChoice {
  readonly items: readonly Item[];
  readonly finish?: Finish;
}
