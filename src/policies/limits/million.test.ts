import { expect, test } from "bun:test";
import { MemoryCounters } from "../../storage/index.ts";
import type { Counter } from "./counter.ts";
import { isRefusal, Limiter, type Reservation } from "./limiter.ts";

/** Numbers that come again with the seed (mulberry32). */
function drawing(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const count = Number(process.env.USAGES ?? 1_000_000);
const seed = Number(process.env.SEED ?? 1);

test(`${count} drawn usages, none above what was set aside: what is settled never passes the limit (seed ${seed})`, async () => {
  const draw = drawing(seed);
  const store = new MemoryCounters();
  let now = Date.UTC(2026, 10, 1);
  const holders = Array.from({ length: 3 }, (_, at) => new Limiter({ store, holder: `p${at}`, now: () => now }));
  const settled = new Map<string, bigint>();
  let passed = 0;
  let refused = 0;
  let month = 0;
  const counterOf = (name: string, limit: number): Counter => ({
    id: `${name}-${month}`,
    limit,
    measure: "nanos",
    window: { kind: "calendar", unit: "ever", zone: "UTC" },
    whose: name,
    name,
  });
  let counters: Counter[] = [];
  const under: { readonly reservation: Reservation; readonly of: readonly Counter[] }[] = [];
  for (let done = 0; done < count; done++) {
    // New counters now and then, so that their whole lives are lived: full, scarce, used up.
    if (done % 20_000 === 0) {
      month++;
      counters = Array.from({ length: 8 }, (_, at) => counterOf(`c${at}`, Math.floor(1e6 + draw() * 1e9)));
    }
    now += Math.floor(draw() * 20);
    const of = counters.filter(() => draw() < 0.4);
    const amount = Math.floor(draw() ** 3 * 2e6);
    const outcome = (holders[Math.floor(draw() * 3)] as Limiter).reserve(of.map((counter) => ({ counter, amount })));
    if (outcome instanceof Promise) throw new Error("a store in the process answers at once");
    if (isRefusal(outcome)) refused++;
    else under.push({ reservation: outcome, of });
    while (under.length > 40 || (under.length > 0 && draw() < 0.5)) {
      const [one] = under.splice(Math.floor(draw() * under.length), 1);
      if (!one) break;
      passed++;
      const part = draw();
      const actual = new Map<string, number>();
      one.reservation.settle((counter, reserved) => {
        const used = draw() < 0.1 ? 0 : Math.floor(reserved * part);
        actual.set(counter.id, used);
        return used;
      });
      for (const counter of one.of) {
        const sum = (settled.get(counter.id) ?? 0n) + BigInt(actual.get(counter.id) ?? 0);
        settled.set(counter.id, sum);
        if (sum > BigInt(counter.limit)) throw new Error(`${counter.id}: ${sum} of ${counter.limit} after ${done}, seed ${seed}`);
      }
    }
    if (done % 997 === 0) for (const each of holders) await each.beat();
  }
  for (const each of holders) await each.close();
  expect(passed + refused + under.length).toBe(count);
  expect(refused).toBeGreaterThan(count / 100);
  expect(passed).toBeGreaterThan(count / 100);
  console.log(`${passed} settled, ${refused} refused, ${settled.size} counters`);
}, 120_000);
