import type {
  AdjustQuestion,
  CounterEntry,
  CounterStore,
  CounterSwap,
  HoldAnswer,
  HoldQuestion,
  MemoryCounters,
  SwapOutcome,
} from "../../../src/storage/index.ts";
import type { EventQueue } from "./event-queue.ts";

export interface WayOptions {
  readonly events: EventQueue;
  readonly store: MemoryCounters;
  readonly random: () => number;
  /** Told of each round trip that begins, and of each operation in it. */
  readonly seen: { trips: number; operations: number; bytes: number };
  /** Of the round trips, so many are lost on the way there, on the way back, or come too late. */
  readonly trouble: () => number;
}

/** As the gateway's own calls have it. */
const timeoutMs = 50;
const fastestMs = 0.2;
const usualMs = 1.5;
const slowestMs = 120;
/** Bytes of a question beside the counter's name, as Valkey's protocol has it. */
const wordsOfQuestion = 250;

/**
 * One node's way to the store. What a node sends in one moment goes in one pipelined round trip, as the clients of real stores do it. A
 * round trip that is lost or late is an error for the node, which cannot know whether the store has heard it.
 */
export class FarCounters implements CounterStore {
  readonly #options: WayOptions;
  #sentAt = -1;
  #trip: Operation[] = [];

  constructor(options: WayOptions) {
    this.#options = options;
  }

  hold(question: HoldQuestion): Promise<HoldAnswer> {
    return this.#over(wordsOfQuestion + question.id.length, (store) => store.hold(question));
  }

  used(id: string, startMs: number): Promise<number> {
    return this.#over(id.length, (store) => store.used(id, startMs));
  }

  adjust(question: AdjustQuestion): Promise<number> {
    return this.#over(question.id.length, (store) => store.adjust(question));
  }

  get(id: string): Promise<CounterEntry | undefined> {
    return this.#over(id.length, (store) => store.get(id));
  }

  swap(change: CounterSwap): Promise<SwapOutcome> {
    return this.#over(change.state.length + (change.before?.length ?? 0), (store) => store.swap(change));
  }

  sweep(): number {
    return 0;
  }

  #over<Result>(bytes: number, work: (store: MemoryCounters) => Result): Promise<Result> {
    const { events, seen } = this.#options;
    seen.operations++;
    seen.bytes += bytes;
    if (this.#sentAt !== events.now) {
      this.#sentAt = events.now;
      seen.trips++;
      this.#trip = [];
      this.#send(this.#trip, this.#drawn());
    }
    const trip = this.#trip;
    return new Promise((resolve, reject) => {
      let result: Result;
      trip.push({ work: (store) => (result = work(store)), answered: () => resolve(result), late: reject });
    });
  }

  #send(trip: readonly Operation[], { thereMs, backMs, lostThere, lostBack }: Fate): void {
    const { events, store } = this.#options;
    const isLate = lostThere || lostBack || thereMs + backMs > timeoutMs;
    if (isLate) {
      events.after(timeoutMs, () => {
        events.stirred = true;
        for (const { late } of trip) late(new Error("the store does not answer"));
      });
    }
    if (lostThere) return;
    events.after(thereMs, () => {
      for (const { work } of trip) work(store);
      if (isLate) return;
      events.after(backMs, () => {
        events.stirred = true;
        for (const { answered } of trip) answered();
      });
    });
  }

  #drawn(): Fate {
    const { random, trouble } = this.#options;
    const leg = () => fastestMs + (usualMs * -Math.log(1 - random())) / 4;
    const chance = random() / trouble();
    if (chance >= 1) return { thereMs: leg(), backMs: leg(), lostThere: false, lostBack: false };
    if (chance < 1 / 3) return { thereMs: 0, backMs: 0, lostThere: true, lostBack: false };
    if (chance < 2 / 3) return { thereMs: leg(), backMs: 0, lostThere: false, lostBack: true };
    return { thereMs: leg() + random() * slowestMs, backMs: leg(), lostThere: false, lostBack: false };
  }
}

interface Operation {
  work(store: MemoryCounters): void;
  answered(): void;
  late(error: Error): void;
}

interface Fate {
  readonly thereMs: number;
  readonly backMs: number;
  readonly lostThere: boolean;
  readonly lostBack: boolean;
}
