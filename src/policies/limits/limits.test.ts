import { describe, expect, test } from "bun:test";
import { MemoryCounters } from "../../storage/index.ts";
import type { Counter } from "./counter.ts";
import type { Refusal } from "./heard-refusal.ts";
import { isRefusal, Limiter, type Reservation } from "./limiter.ts";
import { playSchedule } from "./schedule.ts";
import { spanAt, type Window } from "./window.ts";

const noon = Date.UTC(2026, 10, 21, 12);
const day: Window = { kind: "calendar", unit: "day", zone: "UTC" };

function counter(limit: number, window: Window = day, id = "key:k"): Counter {
  return { id, limit, measure: "requests", window, whose: "the key", name: "k" };
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
    for (let seed = only || 1; seed <= (only || seeds); seed++) await playSchedule(seed, new MemoryCounters());
  }, 600_000);
});

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
