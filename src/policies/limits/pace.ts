const leastElapsedMs = 1_000;

/** How much is taken of a counter, as of late. */
export class Pace {
  #taken = 0;
  #sinceMs = 0;
  #before = 0;
  /** The most that one request took. */
  most = 0;

  take(amount: number): void {
    this.#taken += amount;
    if (amount > this.most) this.most = amount;
  }

  /** Units a second: what is taken now and then needs no share; what is taken all the time gets a growing one. */
  at(now: number): number {
    const latest = (this.#taken * 1000) / Math.max(leastElapsedMs, now - this.#sinceMs);
    return Math.max(latest, (latest + this.#before) / 2);
  }

  /** A new stretch begins. */
  turn(now: number): void {
    this.#before = this.at(now);
    this.#taken = 0;
    this.#sinceMs = now;
  }

  get sinceMs(): number {
    return this.#sinceMs;
  }
}
