/** Clocks that agree to a second are the same: answers take their time. */
const agreedMs = 1_000;

/**
 * What time it is at a server, by what it said last and a clock that nobody sets: who is alive is told by one clock, though those of
 * machines are wrong, or are put right.
 */
export class ServerClock {
  readonly #now: () => number;
  #atTickZeroMs: number | undefined;

  /** @param now of this machine, in milliseconds since the epoch */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** @param serverMs as an answer just now says, in milliseconds since the epoch */
  told(serverMs: number): void {
    if (Number.isFinite(serverMs)) this.#atTickZeroMs = serverMs - performance.now();
  }

  /** By how much it is ahead of this machine's, in whole milliseconds; 0 where that is not known. */
  get aheadMs(): number {
    if (this.#atTickZeroMs === undefined) return 0;
    const aheadMs = Math.round(this.#atTickZeroMs + performance.now() - this.#now());
    return Math.abs(aheadMs) < agreedMs ? 0 : aheadMs;
  }
}
