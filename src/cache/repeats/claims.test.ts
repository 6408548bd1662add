import { describe, expect, test } from "bun:test";
import { type CounterStore, openMemoryStorage } from "../../storage/index.ts";
import { type Claim, HeldClaim, RepeatClaims } from "./claims.ts";
import { KeptAnswers } from "./kept-answers.ts";
import { RecentCounts } from "./recent-counts.ts";

const { counters } = await openMemoryStorage();
let now = 1_000_000;
const dayMs = 86_400_000;
const claimsOn = (store: CounterStore) => new RepeatClaims({ store, now: () => now, leaseMs: 30_000 });
const asked = (first: string, request = "r") => ({ request, first, until: now + dayMs });

async function held(claims: RepeatClaims, id: string, first: string): Promise<HeldClaim> {
  const claim = await claims.begin(id, asked(first));
  if (!(claim instanceof HeldClaim)) throw new Error("Somebody else has it.");
  return claim;
}

describe("a claim", () => {
  test("is had by one of a hundred, and the others see whose it is", async () => {
    const begun = await Promise.all(Array.from({ length: 100 }, (_, at) => claimsOn(counters).begin("race", asked(`req_${at}`))));
    const others = begun.filter((claim) => !(claim instanceof HeldClaim)) as Claim[];
    expect(others).toHaveLength(99);
    expect(new Set(others.map(({ first }) => first)).size).toBe(1);
  });

  test("is another's once it was freed, or its time is over", async () => {
    const claims = claimsOn(counters);
    const first = await held(claims, "freed", "one");
    expect(await claims.begin("freed", asked("two"))).toMatchObject({ first: "one" });
    await first.free();
    await (await held(claims, "freed", "two")).end({ parts: 1 });
    expect(await claims.look("freed")).toMatchObject({ first: "two", ended: { parts: 1 } });
    now += dayMs;
    expect(await claims.look("freed")).toBeUndefined();
    await held(claims, "freed", "three");
  });

  test("has lapsed where it is not renewed, and what has ended never has", async () => {
    const claims = claimsOn(counters);
    const claim = await held(claims, "lapse", "one");
    const look = async () => claims.isLapsed((await claims.look("lapse")) as Claim);
    now += 34_000;
    expect(await look()).toBe(false);
    now += 2_000;
    expect(await look()).toBe(true);
    await claim.renew(now + 30_000);
    expect(await look()).toBe(false);
    await Promise.all([claim.end({ lost: "large" }), claim.renew(now + 1)]);
    now += 100_000;
    expect(await look()).toBe(false);
    expect(await claims.look("lapse")).toMatchObject({ ended: { lost: "large" } });
  });

  test("stays free where its renewal comes late", async () => {
    const claims = claimsOn(counters);
    const claim = await held(claims, "late renewal", "one");
    await Promise.all([claim.free(), claim.renew(now + 30_000)]);
    expect(await claims.look("late renewal")).toBeUndefined();
  });

  test("of which only the answer was lost is freed, and one that a server forgot is written again", async () => {
    let loses = true;
    let forgets = false;
    const store: CounterStore = {
      hold: (question) => counters.hold(question),
      used: (id, startMs) => counters.used(id, startMs),
      adjust: (question) => counters.adjust(question),
      get: (id) => counters.get(id),
      sweep: (at) => counters.sweep(at),
      async swap(change) {
        if (forgets) {
          forgets = false;
          await counters.swap({ ...change, version: 1, before: undefined, state: "", expiresAt: 0 });
          await counters.sweep(1);
        }
        const outcome = await counters.swap(change);
        if (loses) throw new Error("late");
        return outcome;
      },
    };
    const claims = claimsOn(store);
    await expect(claims.begin("late", asked("one"))).rejects.toThrow("late");
    loses = false;
    expect(await claims.begin("late", asked("two"))).toMatchObject({ first: "one" });
    for (const end = Date.now() + 3_000; (await claims.look("late")) && Date.now() < end; ) await Bun.sleep(20);
    const claim = await held(claims, "late", "two");
    forgets = true;
    await claim.end({ parts: 2 });
    expect(await claims.look("late")).toMatchObject({ first: "two", ended: { parts: 2 } });
  });
});

test("an answer of many parts is put together again, and gone as a whole", async () => {
  const seals = {
    seal: async (owner: string, name: string, pieces: readonly Uint8Array[]) =>
      Buffer.concat([Buffer.from(`${owner}/${name}:`), ...pieces]),
    open: async (owner: string, name: string, sealed: Uint8Array) => sealed.subarray(`${owner}/${name}:`.length),
    forget: async () => undefined,
  };
  const answers = new KeptAnswers(counters, seals);
  const bytes = crypto.getRandomValues(Buffer.alloc(65_536));
  const pieces = Array.from({ length: 15 }, (_, at) => bytes.subarray(at));
  const parts = await answers.put("org", "req_1", pieces, now + dayMs);
  expect(parts).toBe(8);
  expect(Buffer.from((await answers.get("org", "req_1", parts)) ?? []).equals(Buffer.concat(pieces))).toBe(true);
  expect([await answers.erase("req_1"), await answers.erase("req_1")]).toEqual([true, false]);
  expect(await answers.get("org", "req_1", parts)).toBeUndefined();
});

test("an answer that was erased half-way is erased as a whole by the next try", async () => {
  const plain = { seal: async (_owner: string, _name: string, pieces: readonly Uint8Array[]) => Buffer.concat(pieces) };
  const seals = { ...plain, open: async (_owner: string, _name: string, sealed: Uint8Array) => sealed, forget: async () => undefined };
  let writes = 0;
  const store: CounterStore = {
    hold: (question) => counters.hold(question),
    used: (id, startMs) => counters.used(id, startMs),
    adjust: (question) => counters.adjust(question),
    get: (id) => counters.get(id),
    sweep: (at) => counters.sweep(at),
    swap(change) {
      if (change.state === "" && ++writes === 2) throw new Error("away");
      return counters.swap(change);
    },
  };
  const answers = new KeptAnswers(store, seals);
  expect(await answers.put("org", "req_2", [new Uint8Array(500_000)], now + dayMs)).toBe(4);
  await expect(answers.erase("req_2")).rejects.toThrow("away");
  expect(await answers.erase("req_2")).toBe(true);
  for (let part = 0; part < 4; part++) expect((await counters.get(`answer:req_2:${part}`))?.state ?? "").toBe("");
});

test("counts go with their time, as a list of all of them has it", () => {
  const counts = new RecentCounts();
  const added: { at: number; amount: number }[] = [];
  let at = 1_700_000_000_000;
  for (let turn = 0; turn < 5_000; turn++) {
    at += Math.floor(((turn * 7_919) % 1_000) * 400);
    counts.add("a", turn % 5, at, dayMs);
    added.push({ at, amount: turn % 5 });
    const exactly = (spanMs: number) => added.filter((each) => each.at > at - spanMs).reduce((sum, { amount }) => sum + amount, 0);
    const sum = counts.sum("a", at, dayMs);
    if (sum > exactly(dayMs) || sum < exactly((dayMs * 23) / 24)) throw new Error(`${sum} at ${turn}`);
  }
  expect([counts.sum("b", at, dayMs), counts.sum("a", at + dayMs, dayMs)]).toEqual([0, 0]);
  // The config has another time.
  counts.add("a", 7, at, dayMs);
  const before = counts.sum("a", at, dayMs);
  expect(counts.sum("a", at, 2 * dayMs)).toBe(before);
  expect(counts.sum("a", at + 2 * dayMs, 2 * dayMs)).toBe(0);
});
