import { describe, expect, test } from "bun:test";
import { MemoryCounters } from "../../storage/index.ts";
import type { Counter, Measure } from "./counter.ts";
import { isRefusal, Limiter } from "./limiter.ts";
import { LocalAllowance } from "./on-loss.ts";
import type { Window } from "./window.ts";

// Processes whose clocks are not the same, or go wrong: what all of them pass together.

const noon = Date.UTC(2026, 10, 21, 12);
const hourMs = 3_600_000;
const timer = {
  every: () => () => undefined,
  after: (_: number, work: () => void) => void Promise.resolve().then(work),
  random: Math.random,
};

function counterOf(window: Window, limit: number, measure: Measure = "requests"): Counter {
  return { id: "key:k", limit, measure, window, whose: "the key", name: "k" };
}

/** Processes by how far their clocks are from the right one, which `pass` moves on. */
class Skewed {
  now = noon;
  readonly store = new MemoryCounters();
  #count = 0;

  open(aheadMs: number): Limiter {
    return new Limiter({ store: this.store, holder: `h${this.#count++}`, now: () => this.now + aheadMs, timer });
  }

  /** The store is in another process. */
  openFar(aheadMs: () => number): Limiter {
    const store = new Proxy(this.store, {
      get: (inner, name: keyof MemoryCounters) => {
        const found = inner[name].bind(inner) as (...words: unknown[]) => unknown;
        return async (...words: unknown[]) => found(...words);
      },
    });
    return new Limiter({ store, holder: `h${this.#count++}`, now: () => this.now + aheadMs(), timer });
  }
}

async function takes(one: Limiter, counter: Counter, most: number, amount = 1): Promise<number> {
  for (let taken = 0; taken < most; taken++) {
    const outcome = await one.reserve([{ counter, amount }]);
    if (isRefusal(outcome)) return taken;
    outcome.settle((_, reserved) => reserved);
  }
  return most;
}

test.each([100, 1_000, 5_000, 30_000, -30_000])("a bucket fills up once, by whichever clock: one is %d ms ahead", async (aheadMs) => {
  const world = new Skewed();
  const counter = counterOf({ kind: "bucket", lengthMs: 60_000 }, 60);
  const both = [world.open(0), world.open(aheadMs)];
  let passed = 0;
  for (let at = 0; at < 6_000; at++) {
    world.now += 100;
    passed += await takes(both[at % 2] as Limiter, counter, 5);
  }
  // Ten minutes, and the bucket that was full; and the clocks' difference once.
  expect(passed).toBeLessThanOrEqual(60 + 600 + Math.ceil(Math.abs(aheadMs) / 1_000));
  expect(passed).toBeGreaterThan(500);
});

test.each([1_000, 5_000, -5_000])("a sliding minute holds what it may, and what the clocks differ by: %d ms", async (aheadMs) => {
  const world = new Skewed();
  const counter = counterOf({ kind: "sliding", lengthMs: 60_000 }, 60);
  const both = [world.open(0), world.open(aheadMs)];
  const times: number[] = [];
  for (let at = 0; at < 6_000; at++) {
    world.now += 100;
    for (let taken = await takes(both[at % 2] as Limiter, counter, 5); taken > 0; taken--) times.push(world.now);
  }
  const most = Math.max(
    ...times.map((from, index) => times.filter((time, other) => other >= index && time < from + 60_000 - 2 * Math.abs(aheadMs)).length),
  );
  expect(most).toBeLessThanOrEqual(60);
  expect(times.length).toBeGreaterThan(500);
});

test.each([24 * hourMs, 13 * hourMs, -24 * hourMs, 31 * 24 * hourMs])(
  "a day's budget is spent once, whosever clock is %d ms ahead",
  async (aheadMs) => {
    const world = new Skewed();
    const counter = counterOf({ kind: "calendar", unit: "day", zone: "UTC" }, 100);
    const wrong = world.open(aheadMs);
    let passed = 0;
    for (let round = 0; round < 10; round++) {
      const right = world.open(0);
      passed += await takes(right, counter, 60);
      expect(await takes(wrong, counter, 1)).toBe(1);
      await right.close();
      await wrong.beat();
      world.now += 10_000;
    }
    expect(passed).toBe(100);
  },
);

describe("a clock that goes back by an hour", () => {
  test("lets nobody be refused for as long by a no that was heard before", async () => {
    const world = new Skewed();
    const counter = counterOf({ kind: "calendar", unit: "day", zone: "UTC" }, 10);
    let backMs = 0;
    const one = world.openFar(() => -backMs);
    expect(await takes(one, counter, 20)).toBe(10);
    for (let more = 0; more < 6; more++) await takes(one, counter, 1);
    world.store.adjust({ id: counter.id, startMs: Date.UTC(2026, 10, 21), change: { add: 5 }, expiresAt: noon * 2 });
    backMs = hourMs;
    expect(await takes(one, counter, 20)).toBe(5);
  });

  test("does not keep a process from telling what it has used", async () => {
    const world = new Skewed();
    const counter = counterOf({ kind: "calendar", unit: "day", zone: "UTC" }, 1_000);
    let backMs = 0;
    const one = world.openFar(() => -backMs);
    await takes(one, counter, 50);
    backMs = hourMs;
    await takes(one, counter, 7);
    for (let beat = 0; beat < 4; beat++) {
      world.now += 5_000;
      await one.beat();
    }
    expect(world.store.used(counter.id, Date.UTC(2026, 10, 21))).toBe(57);
  });

  test("does not keep a process from being heard of, where nothing is new", async () => {
    const world = new Skewed();
    const counter = counterOf({ kind: "standing" }, 100, "concurrency");
    let backMs = 0;
    const one = world.openFar(() => -backMs);
    await one.reserve([{ counter, amount: 5 }]);
    const heard = async (beats: number) => {
      const before = one.asked;
      for (let beat = 0; beat < beats; beat++) {
        world.now += 5_000;
        await one.beat();
      }
      return one.asked - before;
    };
    expect(await heard(24)).toBeGreaterThan(3);
    backMs = hourMs;
    expect(await heard(6)).toBeGreaterThan(0);
  });

  test.each(["calendar", "standing"] as const)("gives back within a minute what a process held that died then: %s", async (kind) => {
    const world = new Skewed();
    const counter = kind === "standing" ? counterOf({ kind }, 5, "concurrency") : counterOf({ kind, unit: "day", zone: "UTC" }, 100);
    const one = world.open(0);
    for (let each = 0; each < 5; each++) await one.reserve([{ counter, amount: 1 }]);
    const used = kind === "standing" ? 0 : 5;
    world.now -= 2 * hourMs;
    const next = world.open(0);
    await takes(next, counter, 1);
    await next.close();
    world.now += 60_000;
    const last = world.open(0);
    let free = 0;
    while (!isRefusal(await last.reserve([{ counter, amount: 1 }]))) free++;
    // Of a day, what the dead one may have used untold counts as used.
    expect(free).toBeGreaterThanOrEqual(counter.limit - used - Math.ceil(counter.limit / 8));
    expect(free).toBeLessThanOrEqual(counter.limit - used);
  });

  test("or forward and back, makes nobody forget what was used", async () => {
    const world = new Skewed();
    const counter = counterOf({ kind: "calendar", unit: "day", zone: "UTC" }, 100);
    const one = world.open(0);
    expect(await takes(one, counter, 200)).toBe(100);
    await one.close();
    const other = world.open(0);
    const minuteOf = async (aheadMs: number) => {
      world.now += aheadMs;
      for (let beat = 0; beat < 12; beat++, world.now += 5_000) await other.beat();
      world.now -= aheadMs;
    };
    for (const aheadMs of [0, 400 * 24 * hourMs, 0, 3 * hourMs, 400 * 24 * hourMs, -400 * 24 * hourMs, 400 * 24 * hourMs])
      await minuteOf(aheadMs);
    expect(await takes(world.open(0), counter, 200)).toBe(0);
  });

  test("leaves what has expired to be swept out after the hour", async () => {
    const world = new Skewed();
    const one = world.open(0);
    world.store.adjust({ id: "old", startMs: 0, change: { add: -7 }, expiresAt: noon - 1 });
    await one.beat();
    world.now -= 5 * hourMs;
    for (let beat = 0; beat < 800; beat++, world.now += 5_000) await one.beat();
    expect(world.store.used("old", 0)).toBe(7);
    world.now += 5 * hourMs;
    for (let beat = 0; beat < 1_500; beat++, world.now += 5_000) await one.beat();
    expect(world.store.used("old", 0)).toBe(0);
  });

  test.each(["near", "far"] as const)(
    "and by seconds, over the beginning of a day, gives back nothing of what was used of it: %s",
    async (where) => {
      const world = new Skewed();
      const counter = counterOf({ kind: "calendar", unit: "day", zone: "UTC" }, 100);
      world.now = Date.UTC(2026, 10, 20, 23, 59, 50);
      const one = where === "near" ? world.open(0) : world.openFar(() => 0);
      expect(await takes(one, counter, 40)).toBe(40);
      let today = 0;
      for (let turn = 0; turn < 5; turn++) {
        world.now = Date.UTC(2026, 10, 21, 0, 0, 10);
        today += await takes(one, counter, 30);
        await one.beat();
        world.now = Date.UTC(2026, 10, 20, 23, 59, 55);
        today += await takes(one, counter, 1);
        await one.beat();
      }
      world.now = Date.UTC(2026, 10, 21, 0, 1);
      today += await takes(one, counter, 200);
      // What was taken while the clock was back may count on either day.
      expect(today).toBeLessThanOrEqual(100 + 5);
      expect(today).toBeGreaterThanOrEqual(100);
    },
  );

  test("leaves what one may use by itself while the store is away", () => {
    const counter = counterOf({ kind: "bucket", lengthMs: 60_000 }, 100);
    const alone = new LocalAllowance(1);
    expect(alone.allows(counter, 0, 1, noon)).toBe(true);
    expect(alone.allows(counter, 0, 1, noon - hourMs)).toBe(true);
  });
});

test("a clock that goes back to yesterday and on again forgets neither day", async () => {
  const world = new Skewed();
  const counter = counterOf({ kind: "calendar", unit: "day", zone: "UTC" }, 100);
  world.now = Date.UTC(2026, 10, 20, 23, 59);
  const passed = { yesterday: 0, today: 0 };
  const [yesterday, today] = [world.now, world.now + hourMs];
  for (let round = 0; round < 6; round++) {
    world.now = round % 2 === 0 ? yesterday : today;
    const one = world.open(0);
    passed[round % 2 === 0 ? "yesterday" : "today"] += await takes(one, counter, 70);
    await one.close();
  }
  expect(passed).toEqual({ yesterday: 100, today: 100 });
});
