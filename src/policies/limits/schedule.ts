import type {
  AdjustQuestion,
  CounterEntry,
  CounterStore,
  CounterSwap,
  HoldAnswer,
  HoldQuestion,
  SwapOutcome,
} from "../../storage/index.ts";
import type { Counter } from "./counter.ts";
import { isRefusal, Limiter, type Reservation } from "./limiter.ts";

const noon = Date.UTC(2026, 10, 21, 12);
const day = { kind: "calendar", unit: "day", zone: "UTC" } as const;

/** Answers later, in an order that a seed decides. */
class SlowCounters implements CounterStore {
  readonly #inner: CounterStore;
  readonly #wait: () => Promise<void>;

  constructor(inner: CounterStore, wait: () => Promise<void>) {
    this.#inner = inner;
    this.#wait = wait;
  }

  hold(question: HoldQuestion): Promise<HoldAnswer> {
    return this.#slowly(() => this.#inner.hold(question));
  }

  used(id: string, startMs: number): Promise<number> {
    return this.#slowly(() => this.#inner.used(id, startMs));
  }

  adjust(question: AdjustQuestion): Promise<number> {
    return this.#slowly(() => this.#inner.adjust(question));
  }

  get(id: string): Promise<CounterEntry | undefined> {
    return this.#slowly(() => this.#inner.get(id));
  }

  swap(change: CounterSwap): Promise<SwapOutcome> {
    return this.#slowly(() => this.#inner.swap(change));
  }

  async #slowly<Answer>(ask: () => Answer | Promise<Answer>): Promise<Answer> {
    await this.#wait();
    const answer = await ask();
    await this.#wait();
    return answer;
  }

  sweep(now: number): number | Promise<number> {
    return this.#inner.sweep(now);
  }
}

function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * A schedule of three to six processes that take, settle, die and return, over a store that answers in any order; their clocks differ. At the end everything
 * that was not lost with a process can be had. `SEED=n` replays one, `SEEDS=n` runs so many.
 */
export async function playSchedule(seed: number, store: CounterStore, id = "key:k"): Promise<void> {
  const random = seeded(seed);
  const pick = (from: number, to: number) => from + Math.floor(random() * (to - from + 1));
  let now = noon;
  const wait = async () => {
    for (let turns = pick(0, 3); turns > 0; turns--) await Promise.resolve();
  };
  const limit: Counter = { id, limit: pick(1, 200), measure: "requests", window: day, whose: "the key", name: "k" };
  let holders = 0;
  const timer = { every: () => () => undefined, after: (_: number, work: () => void) => void wait().then(work), random };
  const open = () => {
    const aheadMs = pick(-20_000, 20_000);
    return new Limiter({ store: new SlowCounters(store, wait), holder: `h${holders++}`, now: () => now + aheadMs, timer });
  };
  const processes = Array.from({ length: pick(3, 6) }, open);
  /** What reached an upstream, or may have. */
  let spent = 0;
  let reserved = 0;
  let killed = 0;
  const open_: { at: number; amount: number; reservation: Reservation }[] = [];
  for (let step = 0; step < 60; step++) {
    const at = pick(0, processes.length - 1);
    const act = random();
    if (act < 0.6) {
      const amounts = Array.from({ length: pick(1, 8) }, () => pick(1, 5));
      const outcomes = await Promise.all(amounts.map((amount) => (processes[at] as Limiter).reserve([{ counter: limit, amount }])));
      outcomes.forEach((outcome, index) => {
        if (isRefusal(outcome)) return;
        const amount = amounts[index] as number;
        reserved += amount;
        open_.push({ at, amount, reservation: outcome });
      });
    } else if (act < 0.85) {
      for (const { amount, reservation } of open_.splice(0, pick(0, open_.length))) {
        const actual = pick(0, amount);
        reservation.settle(() => actual);
        reserved -= amount;
        spent += actual;
      }
    } else if (act < 0.92) {
      await (processes[at] as Limiter).beat();
    } else if (act < 0.96) {
      now += pick(1, 14_000);
      await Promise.all(processes.map((each) => each.beat()));
    } else if (act < 0.98) {
      // Silent for so long, as beside a store that is away, that whoever speaks first takes the others for dead.
      now += pick(31_000, 90_000);
    } else {
      // Killed: what it had under way may have been used whole, and nobody is told.
      for (let index = open_.length - 1; index >= 0; index--) {
        if (open_[index]?.at !== at) continue;
        spent += open_[index]?.amount ?? 0;
        reserved -= open_[index]?.amount ?? 0;
        open_.splice(index, 1);
      }
      processes[at] = open();
      killed++;
    }
    if (spent + reserved > limit.limit) throw new Error(`seed ${seed}, step ${step}: ${spent} + ${reserved} > ${limit.limit}`);
  }
  for (const { amount, reservation } of open_) {
    reservation.settle(() => amount);
    spent += amount;
  }
  for (const each of processes) await each.close();
  now += 60_000;
  const last = open();
  let left = 0;
  while (!isRefusal(await last.reserve([{ counter: limit, amount: 1 }]))) left++;
  if (spent + left > limit.limit) throw new Error(`seed ${seed}: ${spent} spent and ${left} left of ${limit.limit}`);
  // Nothing is lost where nobody died.
  if (killed === 0 && spent + left < limit.limit) throw new Error(`seed ${seed}: only ${spent} + ${left} of ${limit.limit}`);
}
