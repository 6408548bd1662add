/** Answers between two collections: what they leave, some eight megabytes, is mostly in the processor's cache by then. */
const answersBetween = 300;
/** With more of them, what is under way would outlive many a collection, and be dragged along as if it were old. */
const mostConnections = 128;
/** So many times as long as a collection took, none is asked for: they may take a fifth of the time at most. */
const restTimes = 4;
/** A heap in which several in a row take longer is too large for this: it is left to the runtime for a while. */
const longMs = 3;
const longOnes = 3;
const leftMs = 10_000;

/**
 * Has the runtime collect young garbage earlier than it would. Left alone it lets tens of megabytes come together, which push each
 * other out of the processor's cache: a request costs an eighth more by that. It is worth it only while requests come fast and few of
 * them at a time, so nothing is asked for otherwise.
 */
export class YoungGarbage {
  readonly #collect: () => void;
  readonly #now: () => number;
  #answers = 0;
  #againMs = 0;
  #longOnes = 0;

  /** @param collect of the runtime, at once @param now milliseconds of a monotonic clock */
  constructor(collect: () => void, now: () => number = () => performance.now()) {
    this.#collect = collect;
    this.#now = now;
  }

  /** An answer has left. @param connections clients that are connected */
  answered(connections: number): void {
    if (++this.#answers < answersBetween) return;
    this.#answers = 0;
    if (connections > mostConnections) return;
    const beganMs = this.#now();
    if (beganMs < this.#againMs) return;
    this.#collect();
    const endedMs = this.#now();
    const tookMs = endedMs - beganMs;
    this.#longOnes = tookMs > longMs ? this.#longOnes + 1 : 0;
    this.#againMs = endedMs + (this.#longOnes < longOnes ? restTimes * tookMs : leftMs);
  }
}
