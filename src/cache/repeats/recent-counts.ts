const slices = 24;

interface Counts {
  readonly amounts: Float64Array;
  /** The newest slice that holds something. */
  newest: number;
  spanMs: number;
}

/** How much there was of each of many within a time, to a twenty-fourth of it. */
export class RecentCounts {
  readonly #counts = new Map<string, Counts>();
  #sweepAbove = 10_000;

  /** @param spanMs the time; where it is another than before, what was counted is taken for new */
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
      if (this.#counts.size >= this.#sweepAbove) this.#sweep(slice, spanMs);
      counts = { amounts: new Float64Array(slices), newest: slice, spanMs };
      this.#counts.set(name, counts);
    }
    if (counts.spanMs !== spanMs) {
      const sum = counts.amounts.reduce((all, amount) => all + amount, 0);
      counts.amounts.fill(0)[slice % slices] = sum;
      counts.newest = slice;
      counts.spanMs = spanMs;
    }
    const passed = slice - counts.newest;
    // A clock that was set back: what is there counts on.
    if (passed > 0) {
      for (let at = 1; at <= Math.min(passed, slices); at++) counts.amounts[(counts.newest + at) % slices] = 0;
      counts.newest = slice;
    }
    return counts;
  }

  #sweep(slice: number, spanMs: number): void {
    for (const [name, { newest, spanMs: own }] of this.#counts) if (own !== spanMs || slice - newest >= slices) this.#counts.delete(name);
    this.#sweepAbove = Math.max(10_000, 2 * this.#counts.size);
  }
}
