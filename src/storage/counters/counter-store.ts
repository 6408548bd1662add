import type { AdjustQuestion, HoldAnswer, HoldQuestion } from "./hold.ts";

/** A small text that several processes change, with its version: 1 for the first, one more each time. */
export interface CounterEntry {
  readonly version: number;
  readonly state: string;
}

export interface CounterSwap {
  readonly id: string;
  /** The version that the writer has seen; 0 where it saw none. */
  readonly version: number;
  /** The state that the writer has seen; undefined where it saw none. */
  readonly before: string | undefined;
  readonly state: string;
  /** When nobody needs it any more, in milliseconds since the epoch; 0: from now on. */
  readonly expiresAt: number;
}

/** Undefined: written. Otherwise what stands there instead, which may be nothing. */
export type SwapOutcome = undefined | { readonly entry: CounterEntry | undefined };

/**
 * The one place that says how much of a limit is left, for all processes that share it. Answers at once where it is in the process;
 * elsewhere each call is one round trip, and what is called in one moment goes together.
 *
 * What is used up for good is shared out by the store itself (`hold`), so that holders by the hundred ask at once and none waits for
 * another. Of what fills up again (buckets, sliding windows) it knows nothing but a text: whoever has seen the newest version may write
 * the next, and the others look again. One id is the one or the other.
 */
export interface CounterStore {
  /** Shares out, as `hold.ts` has it. */
  hold(question: HoldQuestion): HoldAnswer | Promise<HoldAnswer>;
  /** How much of such a counter is used in the window that began then, as its holders have told. */
  used(id: string, startMs: number): number | Promise<number>;
  /** @returns how much of it is used afterwards */
  adjust(question: AdjustQuestion): number | Promise<number>;
  get(id: string): CounterEntry | undefined | Promise<CounterEntry | undefined>;
  swap(change: CounterSwap): SwapOutcome | Promise<SwapOutcome>;
  /** Forgets what has expired. @returns how many */
  sweep(now: number): number | Promise<number>;
}
