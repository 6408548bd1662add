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
  /** When nobody needs it any more, in milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Undefined: written. Otherwise what stands there instead, which may be nothing. */
export type SwapOutcome = undefined | { readonly entry: CounterEntry | undefined };

/**
 * The one place that says how much of a limit is left, for all processes that share it. It knows nothing of limits: whoever has seen
 * the newest version may write the next, and the others look again. Answers at once where it is in the process.
 */
export interface CounterStore {
  get(id: string): CounterEntry | undefined | Promise<CounterEntry | undefined>;
  swap(change: CounterSwap): SwapOutcome | Promise<SwapOutcome>;
  /** Forgets what has expired. @returns how many */
  sweep(now: number): number | Promise<number>;
}
