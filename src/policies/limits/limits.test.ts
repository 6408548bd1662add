import { describe, expect, test } from "bun:test";
import type { CounterEntry, CounterStore, CounterSwap, SwapOutcome } from "../../storage/index.ts";
import { MemoryCounters } from "../../storage/index.ts";
import type { Counter } from "./counter.ts";
import { isRefusal, Limiter, type Reservation } from "./limiter.ts";
import type { Refusal } from "./local-share.ts";
import { spanAt, type Window } from "./window.ts";

const noon = Date.UTC(2026, 10, 21, 12);
const day: Window = { kind: "calendar", unit: "day", zone: "UTC" };

function counter(limit: number, window: Window = day, id = "key:k"): Counter {
  return { id, limit, measure: "requests", window, whose: "the key", name: "k" };
}

/** Answers later, in an order that a seed decides. */
class SlowCounters implements CounterStore {
  readonly #inner: CounterStore;
  readonly #wait: () => Promise<void>;

  constructor(inner: CounterStore, wait: () => Promise<void>) {
    this.#inner = inner;
    this.#wait = wait;
  }

  async get(id: string): Promise<CounterEntry | undefined> {
    await this.#wait();
    const entry = await this.#inner.get(id);
    await this.#wait();
    return entry;
  }

  async swap(change: CounterSwap): Promise<SwapOutcome> {
    await this.#wait();
    const outcome = await this.#inner.swap(change);
    await this.#wait();
    return outcome;
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

async function many(limiter: Limiter, limit: Counter, count: number, amount = 1): Promise<Reservation[]> {
  const outcomes = await Promise.all(Array.from({ length: count }, () => limiter.reserve([{ counter: limit, amount }])));
  return outcomes.filter((outcome): outcome is Reservation => !isRefusal(outcome));
}

describe("one process", () => {
  test("lets exactly the limit through, at once and in all windows", async () => {
    for (const window of [
      day,
      { kind: "bucket", lengthMs: 60_000 },
      { kind: "sliding", lengthMs: 3_600_000 },
      { kind: "standing" },
    ] as const) {
      const limiter = new Limiter({ store: new MemoryCounters(), holder: "a", now: () => noon });
      expect((await many(limiter, counter(10, window), 500)).length).toBe(10);
      await limiter.close();
    }
  });

  test("gives back what was not used, and counts what was used beyond", () => {
    let now = noon;
    const limiter = new Limiter({ store: new MemoryCounters(), holder: "a", now: () => now });
    const limit = counter(100);
    const take = (amount: number) => limiter.reserve([{ counter: limit, amount }]) as Reservation | Refusal;
    const first = take(100) as Reservation;
    expect(isRefusal(take(1))).toBe(true);
    first.settle(() => 30);
    expect(isRefusal(take(71))).toBe(true);
    (take(70) as Reservation).settle(() => 80);
    now += 1000;
    expect(take(1)).toMatchObject({ left: 0, retryAfterMs: 12 * 3_600_000 - 1000 });
    now += 12 * 3_600_000;
    expect(isRefusal(take(100))).toBe(false);
  });

  test("takes of several counters all or nothing", () => {
    const limiter = new Limiter({ store: new MemoryCounters(), holder: "a", now: () => noon });
    const [wide, narrow] = [counter(10, day, "wide"), counter(1, day, "narrow")];
    const both = () => limiter.reserve([wide, narrow].map((each) => ({ counter: each, amount: 1 }))) as Reservation | Refusal;
    expect(isRefusal(both())).toBe(false);
    for (let at = 0; at < 20; at++) expect(both()).toMatchObject({ counter: narrow });
    for (let at = 0; at < 9; at++) expect(isRefusal(limiter.reserve([{ counter: wide, amount: 1 }]) as Refusal)).toBe(false);
    expect(isRefusal(limiter.reserve([{ counter: wide, amount: 1 }]) as Refusal)).toBe(true);
  });

  test("fills a bucket evenly and slides a window", () => {
    let now = noon;
    const limiter = new Limiter({ store: new MemoryCounters(), holder: "a", now: () => now });
    const [bucket, sliding] = [
      counter(60, { kind: "bucket", lengthMs: 60_000 }, "b"),
      counter(60, { kind: "sliding", lengthMs: 60_000 }, "s"),
    ];
    const passed = (limit: Counter) => {
      let count = 0;
      while (!isRefusal(limiter.reserve([{ counter: limit, amount: 1 }]) as Refusal)) count++;
      return count;
    };
    expect([passed(bucket), passed(sliding)]).toEqual([60, 60]);
    expect(limiter.reserve([{ counter: bucket, amount: 1 }])).toMatchObject({ retryAfterMs: 1000 });
    now += 10_000;
    expect([passed(bucket), passed(sliding)]).toEqual([10, 0]);
    now += 52_000;
    expect([passed(bucket), passed(sliding)]).toEqual([52, 60]);
  });

  test("asks the store rarely", () => {
    let now = noon;
    const limiter = new Limiter({ store: new MemoryCounters(), holder: "a", now: () => now });
    const limit = counter(1_000_000);
    for (let at = 0; at < 100_000; at++) {
      (limiter.reserve([{ counter: limit, amount: 1 }]) as Reservation).settle((_, reserved) => reserved);
      now += 1;
    }
    expect(limiter.asked).toBeLessThan(500);
  });
});

describe("several processes", () => {
  const seeds = Number(process.env.SEEDS ?? 1_000);
  test(`share a limit exactly, whatever comes in which order: ${seeds} schedules`, async () => {
    const only = Number(process.env.SEED ?? 0);
    for (let seed = only || 1; seed <= (only || seeds); seed++) await schedule(seed);
  }, 600_000);
});

/**
 * A schedule of three to six processes that take, settle, die and return, over a store that answers in any order. At the end everything
 * that was not lost with a process can be had. `SEED=n` replays one, `SEEDS=n` runs so many.
 */
async function schedule(seed: number): Promise<void> {
  const random = seeded(seed);
  const pick = (from: number, to: number) => from + Math.floor(random() * (to - from + 1));
  let now = noon;
  const wait = async () => {
    for (let turns = pick(0, 3); turns > 0; turns--) await Promise.resolve();
  };
  const store = new MemoryCounters();
  const limit = counter(pick(1, 200));
  let holders = 0;
  const open = () => new Limiter({ store: new SlowCounters(store, wait), holder: `h${holders++}`, now: () => now });
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

describe("windows of the calendar", () => {
  const at = (text: string) => Date.parse(text);
  test("begin and end as the zone's clocks say", () => {
    const cases: [string, Parameters<typeof spanAt>[0], string, string, string][] = [
      ["UTC", "day", "2026-11-21T12:00:00Z", "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z"],
      ["UTC", "week", "2026-11-21T12:00:00Z", "2026-11-16T00:00:00Z", "2026-11-23T00:00:00Z"],
      ["UTC", "quarter", "2026-11-21T12:00:00Z", "2026-10-01T00:00:00Z", "2027-01-01T00:00:00Z"],
      ["Asia/Kolkata", "day", "2026-11-21T18:29:59Z", "2026-11-20T18:30:00Z", "2026-11-21T18:30:00Z"],
      ["Asia/Kolkata", "hour", "2026-11-21T18:15:00Z", "2026-11-21T17:30:00Z", "2026-11-21T18:30:00Z"],
      ["America/New_York", "day", "2026-11-01T12:00:00Z", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"],
      ["America/New_York", "month", "2026-03-20T12:00:00Z", "2026-03-01T05:00:00Z", "2026-04-01T04:00:00Z"],
      ["America/Sao_Paulo", "year", "2026-05-05T12:00:00Z", "2026-01-01T03:00:00Z", "2027-01-01T03:00:00Z"],
      ["Africa/Cairo", "day", "2026-04-24T12:00:00Z", "2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"],
    ];
    for (const [zone, unit, moment, start, end] of cases) {
      expect([zone, unit, spanAt(unit, zone, at(moment))]).toEqual([zone, unit, { startMs: at(start), endMs: at(end) }]);
    }
  });
});
