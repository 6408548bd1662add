/** What happens when, in a time that is only counted. Of one moment, what was put first comes first, so that a run comes again. */
export class EventQueue {
  readonly #times: number[] = [];
  readonly #orders: number[] = [];
  readonly #works: (() => void)[] = [];
  #put = 0;
  /** Milliseconds. */
  now = 0;
  /** Something that was waited for has come: what waits for it goes on before time does. */
  stirred = false;

  /** When the next thing happens; infinite where nothing is to come. */
  get nextAt(): number {
    return this.#times[0] ?? Number.POSITIVE_INFINITY;
  }

  at(timeMs: number, work: () => void): void {
    let place = this.#times.length;
    const order = this.#put++;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.#isBefore(timeMs, order, parent)) break;
      this.#move(parent, place);
      place = parent;
    }
    this.#times[place] = timeMs;
    this.#orders[place] = order;
    this.#works[place] = work;
  }

  after(ms: number, work: () => void): void {
    this.at(this.now + ms, work);
  }

  /** Lets the next thing happen. */
  step(): void {
    const work = this.#works[0] as () => void;
    this.now = this.#times[0] as number;
    const [time, order, last] = [this.#times.pop(), this.#orders.pop(), this.#works.pop()] as [number, number, () => void];
    const size = this.#times.length;
    if (size > 0) {
      let place = 0;
      for (;;) {
        let child = 2 * place + 1;
        if (child >= size) break;
        if (child + 1 < size && this.#isBefore(this.#times[child + 1] as number, this.#orders[child + 1] as number, child)) child++;
        if (!this.#isAfter(time, order, child)) break;
        this.#move(child, place);
        place = child;
      }
      this.#times[place] = time;
      this.#orders[place] = order;
      this.#works[place] = last;
    }
    work();
  }

  #move(from: number, to: number): void {
    this.#times[to] = this.#times[from] as number;
    this.#orders[to] = this.#orders[from] as number;
    this.#works[to] = this.#works[from] as () => void;
  }

  #isBefore(time: number, order: number, place: number): boolean {
    const other = this.#times[place] as number;
    return time < other || (time === other && order < (this.#orders[place] as number));
  }

  #isAfter(time: number, order: number, place: number): boolean {
    const other = this.#times[place] as number;
    return time > other || (time === other && order > (this.#orders[place] as number));
  }
}
