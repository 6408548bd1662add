interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly work: () => void;
}

/** A place for each millisecond; nothing is put further ahead. */
const places = 2 ** 19;

/**
 * What happens when, in a time that is only counted. Of one moment, what was put first comes first, so that a run comes again. Costs the
 * same however much is to come: events wait by the millisecond, and are brought into order when it has come.
 */
export class EventQueue {
  readonly #waiting: (Event[] | undefined)[] = Array.from({ length: places });
  #count = 0;
  /** Everything up to this millisecond is in `#due`, the next one last. */
  #dueMs = -1;
  #due: Event[] = [];
  #put = 0;
  /** Milliseconds. */
  now = 0;
  /** Something that was waited for has come: what waits for it goes on before time does. */
  stirred = false;

  /** When the next thing happens; infinite where nothing is to come. */
  get nextAt(): number {
    while (this.#due.length === 0) {
      if (this.#count === 0) return Number.POSITIVE_INFINITY;
      const place = ++this.#dueMs % places;
      const due = this.#waiting[place];
      if (!due) continue;
      this.#waiting[place] = undefined;
      this.#count -= due.length;
      this.#due = due.sort(lastFirst);
    }
    return (this.#due.at(-1) as Event).atMs;
  }

  /** @throws RangeError for what is more than eight minutes ahead */
  at(atMs: number, work: () => void): void {
    const event = { atMs, order: this.#put++, work };
    const ms = Math.floor(atMs);
    if (ms <= this.#dueMs) {
      this.#insert(event);
      return;
    }
    if (ms - this.#dueMs >= places) throw new RangeError(`${atMs} is too far ahead of ${this.now}`);
    const place = ms % places;
    const waiting = this.#waiting[place];
    if (waiting) waiting.push(event);
    else this.#waiting[place] = [event];
    this.#count++;
  }

  #insert(event: Event): void {
    let place = this.#due.length;
    while (place > 0 && lastFirst(this.#due[place - 1] as Event, event) > 0) place--;
    this.#due.splice(place, 0, event);
  }

  after(ms: number, work: () => void): void {
    this.at(this.now + ms, work);
  }

  /** Lets the next thing happen. */
  step(): void {
    if (this.nextAt === Number.POSITIVE_INFINITY) return;
    const { atMs, work } = this.#due.pop() as Event;
    this.now = atMs;
    work();
  }
}

function lastFirst(one: Event, other: Event): number {
  return other.atMs - one.atMs || other.order - one.order;
}
