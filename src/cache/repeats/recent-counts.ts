const slices = 24;

interface Counts {
  readonly amounts: Float64Array;
  /** The newest slice that holds something. */
  newest: number;
}

/** How much there was of each of many within a time, to a twenty-fourth of it. */
export class RecentCounts {
  readonly #counts = new Map<string, Counts>();
  #sweepAbove = 10_000;

  /** @param spanMs the time; the same for each call on a name, or what was counted before is put among the wrong slices */
  add(name: string, amount: number, now: number, spanMs: number): void {
    const counts = this.#at(name, now, spanMs);
    const place = counts.newest % slices;
    counts.amounts[place] = (counts.amounts[place] ?? 0) + amount;
  }

  sum(name: string, now: number, spanMs: number): number {
    if (!this.#counts.has(name)) return 0;
    let sum = 0;
    for (const amount of this.#at(name, now, spanMs).amounts) sum += amount;
    return sum;
  }

  #at(name: string, now: number, spanMs: number): Counts {
    const slice = Math.floor((now * slices) / spanMs);
    let counts = this.#counts.get(name);
    if (!counts) {
      if (this.#counts.size >= this.#sweepAbove) this.#sweep(slice);
      counts = { amounts: new Float64Array(slices), newest: slice };
      this.#counts.set(name, counts);
    }
    const passed = slice - counts.newest;
    // A clock that was set back, or another time: what is there counts on.
    if (passed > 0) {
      for (let at = 1; at <= Math.min(passed, slices); at++) counts.amounts[(counts.newest + at) % slices] = 0;
      counts.newest = slice;
    }
    return counts;
  }

  #sweep(slice: number): void {
    for (const [name, { newest }] of this.#counts) if (slice - newest >= slices) this.#counts.delete(name);
    this.#sweepAbove = Math.max(10_000, 2 * this.#counts.size);
  }
}
