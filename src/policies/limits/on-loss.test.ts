import { expect, test } from "bun:test";
import { MemoryCounters } from "../../storage/index.ts";
import type { Counter } from "./counter.ts";
import { isRefusal, Limiter } from "./limiter.ts";
import type { Threshold } from "./thresholds.ts";

const timer = { every: () => () => undefined, after: () => undefined, random: Math.random };

test("nobody is told that a limit is used up while nobody can be asked, and somebody is when it is", async () => {
  let isAway = true;
  const store = new Proxy(new MemoryCounters(), {
    get: (inner, name: keyof MemoryCounters) => {
      const found = inner[name].bind(inner) as (...words: unknown[]) => unknown;
      return async (...words: unknown[]) => {
        if (isAway) throw new Error("away");
        return found(...words);
      };
    },
  });
  const told: Threshold[] = [];
  const counter: Counter = {
    id: "key:k",
    limit: 20,
    measure: "requests",
    window: { kind: "calendar", unit: "day", zone: "UTC" },
    whose: "the key",
    name: "k",
    alerts: [{ at: 1, to: ["ops"] }],
  };
  let now = Date.UTC(2026, 10, 21, 12);
  const onLoss = () => ({ localShare: 0.1 });
  const limiter = new Limiter({ store, holder: "h", now: () => now, timer, onLoss, onThreshold: (threshold) => void told.push(threshold) });
  const take = async () => {
    const outcome = await limiter.reserve([{ counter, amount: 1 }]);
    if (isRefusal(outcome)) limiter.refused({ counter, amount: 1 }, outcome);
    else outcome.settle((_, reserved) => reserved);
    return !isRefusal(outcome);
  };
  const passed = async (tries: number) => (await Array.fromAsync({ length: tries }, take)).filter(Boolean).length;
  expect([await passed(5), told]).toEqual([2, []]);
  isAway = false;
  now += 60_000;
  expect([await passed(30), told.map(({ used }) => used)]).toEqual([18, [20]]);
  await limiter.close();
});
