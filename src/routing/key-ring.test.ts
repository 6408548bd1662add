import { describe, expect, test } from "bun:test";
import { type Attempt, Fault, Leaving, type Piece } from "../exchange/index.ts";
import { attempt } from "./attempt.ts";
import { choose } from "./choose.ts";
import { Health } from "./health.ts";
import { KeyRests } from "./key-rests.ts";
import { type Belonging, KeyRing, type RingKey } from "./key-ring.ts";
import type { ModelRoute } from "./model-route.ts";

const alarms: string[] = [];

function ringOf(weights: Readonly<Record<string, number>>, options: { readonly order?: "least-used"; readonly rests?: KeyRests } = {}) {
  const keys = Object.entries(weights).map(([name, weight]): RingKey<string> => {
    const [account, id = account] = name.split("/") as [string, string?];
    return { id: name, hint: `#${id}`, target: name, weight, ...(name.includes("/") && { account }) };
  });
  alarms.length = 0;
  const rests = options.rests ?? new KeyRests((message) => void alarms.push(message));
  return new KeyRing("openai", "openai/gpt", keys, options.order ?? "round-robin", rests);
}

const fault = (code: ConstructorParameters<typeof Fault>[0], toldStatus: number, retryAfterMs?: number) =>
  new Fault(code, { toldStatus, ...(retryAfterMs !== undefined && { retryAfterMs }) });
const refused = () => fault("upstream_credentials", 401);
const limited = (ms?: number) => fault("upstream_rate_limited", 429, ms);

describe("several keys", () => {
  test("are taken in turn, by their weights", () => {
    const ring = ringOf({ a: 3, b: 1 });
    const taken = Array.from({ length: 8 }, () => ring.take(0)?.target);
    expect(taken).toEqual(["a", "a", "b", "a", "a", "a", "b", "a"]);
  });

  test("or the one with the fewest requests under way is, and each is let go once", () => {
    const ring = ringOf({ a: 1, b: 1 }, { order: "least-used" });
    const [first, second, third] = [ring.take(0), ring.take(0), ring.take(0)];
    expect(new Set([first?.target, second?.target])).toEqual(new Set(["a", "b"]));
    second?.released();
    second?.released();
    expect(ring.take(0)?.target).toBe(second?.target as string);
    third?.released();
    first?.released();
  });

  test("rest when they are refused, five minutes and then longer, and somebody is told once", () => {
    const ring = ringOf({ a: 1, b: 1 });
    const both = [ring.take(0), ring.take(0), ring.take(0)].filter((key) => key?.target === "a");
    // Two that were under way with the same key are one refusal.
    for (const key of both) expect(key?.failed(refused(), 0)).toBe(true);
    expect(alarms).toEqual(["The key #a of openai is refused there; it rests for 5 minutes."]);
    for (let tries = 0; tries < 10; tries++) expect(ring.take(1000)?.target).toBe("b");
    const again = ring.take(5 * 60_000);
    const key = again?.target === "a" ? again : ring.take(5 * 60_000);
    expect(key?.failed(refused(), 5 * 60_000)).toBe(true);
    expect(alarms[1]).toContain("15 minutes");
    expect(ring.take(19 * 60_000)?.target).toBe("b");
  });

  test("forget the oldest rests where callers make up one model after another", () => {
    const rests = new KeyRests(() => undefined);
    const key = { id: "a", hint: "#a" };
    for (let at = 0; at < 30_000; at++) rests.failed(key, "openai", `openai/made-up-${at}`, limited(60_000), at / 1000);
    expect(rests.size).toBeLessThanOrEqual(10_000);
    expect(rests.rest(key, "openai", "openai/made-up-29999", 30)?.why).toBe("rate limit");
    expect(rests.rest(key, "openai", "openai/made-up-0", 30)).toBeUndefined();
  });

  test("rest for one target only where it may be the model's: a 403 of one model leaves the others alone", () => {
    const rests = new KeyRests(() => undefined);
    const key = { id: "a", hint: "#a" };
    expect(rests.failed(key, "openai", "openai/secret-model", fault("upstream_credentials", 403), 0)).toBe(true);
    expect(rests.rest(key, "openai", "openai/secret-model", 1)?.why).toBe("credential refused");
    expect(rests.rest(key, "openai", "openai/gpt", 1)).toBeUndefined();
    expect(rests.failed(key, "openai", "openai/gpt", fault("upstream_quota", 402), 0)).toBe(true);
    expect(rests.rest(key, "openai", "openai/other", 1)?.why).toBe("out of credit");
    expect(rests.failed(key, "openai", "openai/gpt", fault("upstream_failed", 500), 0)).toBe(false);
  });

  test("rest after a limit as long as Retry-After says; an answer that was on its way does not end it", () => {
    const ring = ringOf({ a: 1, b: 1 });
    const slow = ring.take(0);
    const other = ring.take(0);
    expect(slow?.target).toBe("a");
    other?.released();
    const second = ring.take(0);
    expect(second?.target).toBe("a");
    second?.failed(limited(20_000), 0);
    slow?.succeeded(1000);
    expect(Array.from({ length: 4 }, () => ring.take(2000)?.target)).toEqual(["b", "b", "b", "b"]);
    expect(ring.rest(2000)).toEqual({ forMs: 0, why: "rate limit" });
    ring.take(2000)?.failed(limited(5_000), 2000);
    expect(ring.take(3000)).toBeUndefined();
    expect(ring.rest(3000)).toEqual({ forMs: 4000, why: "rate limit" });
    expect(ring.take(7000)?.target).toBe("b");
  });
});

describe("keys of several accounts", () => {
  const of = (seed: number | undefined, account?: string): Belonging => ({ seed, account: () => account });

  test("take all turns of a conversation to one account, and shares of the conversations by weight", () => {
    const ring = ringOf({ "red/1": 1, "red/2": 1, "blue/1": 1, "blue/2": 1 });
    const counts = { red: 0, blue: 0 };
    for (let at = 0; at < 2000; at++) {
      const accounts = new Set(Array.from({ length: 4 }, () => ring.take(0, of(at / 2000))?.target.split("/")[0]));
      expect(accounts.size).toBe(1);
      counts[[...accounts][0] as "red" | "blue"]++;
    }
    expect(Math.abs(counts.red - 1000)).toBeLessThan(100);
  });

  test("go on with another account only where nothing in the request is sealed", () => {
    const ring = ringOf({ "red/1": 1, "blue/1": 1 });
    const seed = Array.from({ length: 100 }, (_, at) => at / 100).find((each) => ring.take(0, of(each))?.target === "red/1") as number;
    ring.take(0, of(seed))?.failed(limited(30_000), 0);
    expect(ring.take(1000, of(seed))?.target).toBe("blue/1");
    expect(ring.take(1000, of(seed, "red"))).toBeUndefined();
    expect(ring.ready(1000, of(seed, "red"))).toBe(false);
    expect(ring.rest(1000, of(seed, "red"))).toEqual({ forMs: 29_000, why: "rate limit" });
    expect(ring.take(31_000, of(seed, "red"))?.target).toBe("red/1");
  });
});

describe("trying", () => {
  const seen: Piece = { raw: new Uint8Array([1]), events: [], visible: true, last: true };
  async function* answer(): AsyncGenerator<Piece> {
    yield seen;
  }
  const tools = (retries = 2) => ({
    health: new Health(),
    retries,
    signal: new Leaving(),
    clock: { now: () => 1000, random: () => 0.5, sleep: async () => undefined },
  });
  const routeTo = (keys: KeyRing<string>, others: readonly string[] = []): ModelRoute<string> => ({
    name: "smart",
    strategy: others.length > 0 ? "fallback" : "single",
    retries: 2,
    targets: [{ name: "openai/gpt", weight: 1, target: "never", keys }, ...others.map((name) => ({ name, weight: 1, target: name }))],
  });

  test("goes on with the next key before the next target, as one of the retries, and says which key it was", async () => {
    const attempts: Attempt[] = [];
    const used = tools();
    const route = routeTo(ringOf({ a: 1, b: 1, c: 1 }), ["other/gpt"]);
    const ask = async (target: string) => {
      if (target === "a") throw refused();
      if (target === "b") throw limited(1000);
      return { target, pieces: answer() };
    };
    const { call } = await attempt(choose(route, used.health, 0, 1000), ask, attempts, used);
    expect(call.target).toBe("c");
    expect(attempts.map(({ key, outcome }) => [key, outcome])).toEqual([
      ["#a", "upstream_credentials"],
      ["#b", "upstream_rate_limited"],
      ["#c", "answered"],
    ]);
    // The target itself has done nothing wrong.
    expect(used.health.state("openai/gpt", 1000)).toEqual({ status: "usable" });
  });

  test("leaves the keys for the next target when the retries are used up", async () => {
    const attempts: Attempt[] = [];
    const used = tools(1);
    const ask = async (target: string) => {
      if (target !== "other/gpt") throw refused();
      return { target, pieces: answer() };
    };
    const { call } = await attempt(choose(routeTo(ringOf({ a: 1, b: 1, c: 1 }), ["other/gpt"]), used.health, 0, 1000), ask, attempts, used);
    expect(call.target).toBe("other/gpt");
    expect(attempts.map(({ target }) => target)).toEqual(["openai/gpt", "openai/gpt", "other/gpt"]);
  });

  test("tells, where all keys rest, the limit that ends first, and a refusal only where there is no limit", async () => {
    const told = async (faults: Readonly<Record<string, Fault>>) => {
      const ring = ringOf(Object.fromEntries(Object.keys(faults).map((name) => [name, 1])));
      const used = tools(5);
      const ask = (target: string): Promise<{ pieces: AsyncGenerator<Piece> }> => Promise.reject(faults[target]);
      const last = await attempt(choose(routeTo(ring), used.health, 0, 1000), ask, [], used).catch((error: Fault) => error);
      const next = (() => {
        try {
          return choose(routeTo(ring), used.health, 0, 1500);
        } catch (error) {
          return error;
        }
      })();
      return [last, next].map((each) => [(each as Fault).code, (each as Fault).status, (each as Fault).retryAfterMs]);
    };
    expect(await told({ a: limited(60_000), b: limited(20_000), c: refused() })).toEqual([
      ["upstream_rate_limited", 429, 20_000],
      ["upstream_rate_limited", 429, 19_500],
    ]);
    expect(await told({ a: refused(), b: refused() })).toEqual([
      ["upstream_credentials", 502, undefined],
      ["upstream_credentials", 502, undefined],
    ]);
    expect(await told({ a: fault("upstream_quota", 402) })).toEqual([
      ["upstream_quota", 503, undefined],
      ["upstream_quota", 503, undefined],
    ]);
  });
});
