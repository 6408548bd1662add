import type { Window } from "./window.ts";

/** What is counted. Money in nano-dollars. */
export const measures = ["requests", "tokens", "inputTokens", "outputTokens", "nanos", "concurrency"] as const;
export type Measure = (typeof measures)[number];

/** Who is told when so much of a counter is used, as a part of its limit. */
export interface CounterAlert {
  readonly at: number;
  /** Names of the config's targets. */
  readonly to: readonly string[];
}

/** One limit of one scope. Counters with one id are one, in all processes. */
export interface Counter {
  readonly id: string;
  /** A whole number of the measure's units. */
  readonly limit: number;
  readonly measure: Measure;
  readonly window: Window;
  /** In words: `the key "ten"`. */
  readonly whose: string;
  /** The model that is asked where this has no room, by its name in the config. */
  readonly instead?: string | undefined;
  readonly alerts?: readonly CounterAlert[] | undefined;
  /** In headers: `key-requests-day`. */
  readonly name: string;
}
