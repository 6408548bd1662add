// Counters where a clock is wrong, or the server takes nothing: `bun test ./test/stores/wrong-servers.ts`.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createServer, connect as dial, type Socket } from "node:net";
import { RedisClient } from "bun";
import type { Counter } from "../../src/policies/limits/counter.ts";
import { isRefusal, Limiter } from "../../src/policies/limits/limiter.ts";
import type { Window } from "../../src/policies/limits/window.ts";
import { openCounters } from "../../src/storage/counters/open-counters.ts";
import { until } from "./redis-cluster.ts";
import { type StoreServer, startPostgres, startRedis } from "./servers.ts";

const dayMs = 86_400_000;
const servers: Record<string, StoreServer> = {};
beforeAll(async () => {
  [servers.redis, servers.postgres] = await Promise.all([startRedis(), startPostgres()]);
}, 300_000);
afterAll(async () => {
  await Promise.all(Object.values(servers).map((server) => server.remove()));
});

const open = (url: string | undefined, warned: string[] = [], aheadMs = 0) =>
  openCounters({
    ...{ where: String(url), folder: "", timeoutMs: 2_000, warn: (message: string) => void warned.push(message) },
    now: () => Date.now() + aheadMs,
  });
const noTimer = { every: () => () => undefined, after: (ms: number, work: () => void) => void setTimeout(work, ms), random: Math.random };
let count = 0;

function counterOf(window: Window, limit: number): Counter {
  return {
    id: `key:${count++}`,
    limit,
    measure: window.kind === "standing" ? "concurrency" : "requests",
    window,
    whose: "the key",
    name: "k",
  };
}

async function takes(one: Limiter, counter: Counter, most: number): Promise<number> {
  for (let taken = 0; taken < most; taken++) {
    const outcome = await one.reserve([{ counter, amount: 1 }]);
    if (isRefusal(outcome)) return taken;
    if (counter.window.kind !== "standing") outcome.settle((_, reserved) => reserved);
  }
  return most;
}

describe.each(["redis", "postgres"])("on %s", (kind) => {
  let opened: Awaited<ReturnType<typeof open>>;
  const more: Awaited<ReturnType<typeof open>>[] = [];
  beforeAll(async () => {
    opened = await open(servers[kind]?.url);
  });
  afterAll(() => {
    for (const each of [opened, ...more]) each.close();
  });
  const limiter = (aheadMs: number) =>
    new Limiter({ store: opened.counters, holder: `h${count++}`, now: () => Date.now() + aheadMs, timer: noTimer });
  /** In a process of its own. */
  const apart = async (aheadMs: number) => {
    const own = await open(servers[kind]?.url, [], aheadMs);
    more.push(own);
    return new Limiter({ store: own.counters, holder: `h${count++}`, now: () => Date.now() + aheadMs, timer: noTimer });
  };

  test.each([
    ["three days late", -3 * dayMs],
    ["at the beginning of 1970", -Date.now()],
    ["a year ahead", 365 * dayMs],
  ])("a clock that is %s makes nobody forget what was used today", async (_, aheadMs) => {
    const counter = counterOf({ kind: "calendar", unit: "day", zone: "UTC" }, 100);
    const [right, wrong] = [limiter(0), limiter(aheadMs)];
    expect(await takes(right, counter, 200)).toBe(100);
    await right.close();
    await opened.counters.sweep(Date.now() + aheadMs);
    expect(await takes(wrong, counter, 1)).toBe(1);
    // What has expired is swept out by whoever comes to it.
    await wrong.beat();
    await opened.counters.sweep(Date.now() + aheadMs);
    await opened.counters.sweep(Date.now());
    const again = limiter(0);
    expect(await takes(again, counter, 200)).toBe(0);
    expect(await opened.counters.used(counter.id, Math.floor(Date.now() / dayMs) * dayMs)).toBe(100);
  });

  test.each(["bucket", "sliding"] as const)(
    "whose clock is at the beginning of 1970 keeps to a limit by the minute too: %s",
    async (kind) => {
      const counter = counterOf({ kind, lengthMs: 60_000 }, 10);
      const began = Date.now();
      const wrong = limiter(-began + 1_000_000);
      expect(await takes(wrong, counter, 100)).toBe(10);
      await wrong.beat();
      expect(await takes(limiter(-began + 1_000_000), counter, 100)).toBeLessThanOrEqual(1);
    },
  );

  test.each([
    [-120_000, 0],
    [0, 120_000],
    [0, -120_000],
    [120_000, 0],
  ])("what is under way in a process whose clock is %d ms ahead is not free for one that is %d ahead", async (one, other) => {
    const counter = counterOf({ kind: "standing" }, 5);
    const [first, second] = [await apart(one), await apart(other)];
    expect(await takes(first, counter, 10)).toBe(5);
    expect(await takes(second, counter, 10)).toBe(0);
  });

  test.each([0, 3_600_000, -3_600_000])(
    "what was under way in a process whose clock was %d ms ahead is free when it is dead",
    async (aheadMs) => {
      const counter = counterOf({ kind: "standing" }, 5);
      expect(await takes(await apart(aheadMs), counter, 5)).toBe(5);
      // By the clock of the server, which is this one's.
      expect(await takes(limiter(29_000), counter, 5)).toBe(0);
      expect(await takes(limiter(31_000), counter, 5)).toBe(5);
    },
  );
});

test("a server whose memory is full takes nothing, forgets nothing, and goes on where it was", async () => {
  const server = await startRedis("--maxmemory", "3mb", "--maxmemory-policy", "noeviction");
  const warned: string[] = [];
  const { counters, close, isUp } = await open(server.url, warned);
  const client = new RedisClient(server.url);
  try {
    const counter = counterOf({ kind: "calendar", unit: "day", zone: "UTC" }, 1_000);
    const limiter = new Limiter({ store: counters, holder: "h", now: Date.now, timer: noTimer });
    expect(await takes(limiter, counter, 100)).toBe(100);
    await limiter.beat();
    // What is told to the server counts too while it is told: the last gaps are filled with small things.
    for (const length of [50_000, 1_000, 10, 1]) {
      for (let at = 0, said: unknown; !String(said).includes("OOM"); at++)
        said = await client.send("SET", [`junk ${length} ${at}`, "x".repeat(length)]).catch((error: unknown) => error);
    }
    // What it holds is used up first; then the server is asked, and says no.
    const wrong = await takes(limiter, counter, 2_000).catch((error: { code: string; cause: unknown }) => [
      error.code,
      String(error.cause),
    ]);
    expect(wrong).toEqual(["store_unavailable", expect.stringContaining("OOM")]);
    expect(isUp()).toBe(true);
    expect(warned).toEqual([expect.stringContaining("refuses what it is asked")]);
    await client.send("CONFIG", ["SET", "maxmemory", "0"]);
    await limiter.close();
    const used = await counters.used(counter.id, Math.floor(Date.now() / dayMs) * dayMs);
    expect(used).toBeGreaterThan(100);
    const next = new Limiter({ store: counters, holder: "next", now: Date.now, timer: noTimer });
    expect(await takes(next, counter, 2_000)).toBe(1_000 - used);
  } finally {
    client.close();
    close();
    await server.remove();
  }
});

test("a name that leads to another server, after the first has become its replica, is followed", async () => {
  const [old, next] = await Promise.all([startRedis(), startRedis()]);
  let target = old.port;
  const way = createServer((from: Socket) => {
    const to = dial(target, "127.0.0.1");
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const)
      one.pipe(other).on("error", () => one.destroy());
    from.on("close", () => to.destroy());
  });
  await new Promise<void>((resolve) => way.listen(0, "127.0.0.1", resolve));
  const warned: string[] = [];
  const { counters, close, isUp } = await open(`redis://127.0.0.1:${(way.address() as { port: number }).port}`, warned);
  const client = new RedisClient(old.url);
  try {
    const write = (id: string) => counters.swap({ id, version: 0, before: undefined, state: "x", expiresAt: Date.now() + 60_000 });
    expect(await write("before")).toBeUndefined();
    await client.send("REPLICAOF", ["127.0.0.1", `${next.port}`]);
    target = next.port;
    const refused = await Promise.resolve(write("while")).catch((error: { cause: unknown }) => String(error.cause));
    expect(refused).toContain("READONLY");
    await until(async () => isUp());
    expect(await write("after")).toBeUndefined();
    // To a replica it does not come back again and again.
    target = old.port;
    way.close();
    expect(warned.filter((message) => message.includes("answers again"))).toHaveLength(1);
  } finally {
    client.close();
    close();
    await Promise.all([old.remove(), next.remove()]);
  }
}, 60_000);

test("a server that takes nothing for lack of replicas is told of once, is not left, and goes on", async () => {
  const server = await startRedis("--min-replicas-to-write", "1");
  const warned: string[] = [];
  const { counters, close } = await open(server.url, warned);
  const client = new RedisClient(server.url);
  try {
    const write = (id: string) => counters.swap({ id, version: 0, before: undefined, state: "x", expiresAt: Date.now() + 60_000 });
    const connections = async () => /total_connections_received:(\d+)/.exec(String(await client.send("INFO", ["stats"])))?.[1];
    const before = await connections();
    for (let at = 0; at < 20; at++) {
      const refused = await Promise.resolve(write(`refused ${at}`)).catch((error: { cause: unknown }) => String(error.cause));
      expect(refused).toContain("NOREPLICAS");
    }
    expect(await connections()).toBe(before);
    expect(warned).toEqual([expect.stringContaining("refuses what it is asked")]);
    await client.send("CONFIG", ["SET", "min-replicas-to-write", "0"]);
    expect(await write("taken")).toBeUndefined();
  } finally {
    client.close();
    close();
    await server.remove();
  }
});

test("a server that has forgotten the scripts, or has begun anew, is told them again", async () => {
  const { counters, close } = await open(servers.redis?.url);
  const client = new RedisClient(servers.redis?.url);
  const counter = counterOf({ kind: "calendar", unit: "day", zone: "UTC" }, 1_000);
  for (let round = 0; round < 3; round++) {
    await client.send("SCRIPT", ["FLUSH", "SYNC"]);
    const limiter = new Limiter({ store: counters, holder: `h${round}`, now: Date.now, timer: noTimer });
    expect(await takes(limiter, counter, 7)).toBe(7);
    await limiter.close();
  }
  expect(await counters.used(counter.id, Math.floor(Date.now() / dayMs) * dayMs)).toBe(21);
  client.close();
  close();
});
