// Counters on real servers: `bun test ./test/stores/counters.ts`.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RedisClient } from "bun";
import type { Fault } from "../../src/exchange/index.ts";
import { playSchedule } from "../../src/policies/limits/schedule.ts";
import { openCounters } from "../../src/storage/counters/open-counters.ts";
import type { CounterStore, HoldQuestion } from "../../src/storage/index.ts";
import { clientKey, type GatewayProcess, startGateway } from "../faults/gateway-process.ts";
import { startCluster } from "./redis-cluster.ts";
import { playSame } from "./same-shares.ts";
import { type StoreServer, startPostgres, startRedis } from "./servers.ts";

const servers: Record<string, StoreServer> = {};
const folder = mkdtempSync(join(tmpdir(), "sluice-counters-"));

beforeAll(async () => {
  const [redis, postgres, cluster] = await Promise.all([startRedis(), startPostgres(), startCluster()]);
  Object.assign(servers, { redis, postgres, cluster: { ...cluster.masters[0], remove: cluster.remove } });
}, 300_000);
afterAll(async () => {
  for (const server of Object.values(servers)) await server.remove();
  rmSync(folder, { recursive: true });
});

const kinds = ["memory", "sqlite", "redis", "cluster", "postgres"] as const;
const whereOf = (kind: string) => servers[kind]?.url ?? kind;
const open = (kind: string) => openCounters({ where: whereOf(kind), folder, timeoutMs: 2_000, warn: console.error });

describe.each(kinds)("counters in %s", (kind) => {
  let opened: Awaited<ReturnType<typeof open>>;
  let store: CounterStore;
  beforeAll(async () => {
    opened = await open(kind);
    store = opened.counters;
  });
  afterAll(() => opened.close());

  test("are written by whoever has seen what stands there", async () => {
    const [id, expiresAt] = [`plain-${kind} 漢'";--`, Date.now() + 60_000];
    expect(await store.get(id)).toBeUndefined();
    expect(await store.swap({ id, version: 0, before: undefined, state: "one", expiresAt })).toBeUndefined();
    expect(await store.get(id)).toMatchObject({ version: 1, state: "one" });
    expect(await store.swap({ id, version: 0, before: undefined, state: "late", expiresAt })).toMatchObject({
      entry: { version: 1, state: "one" },
    });
    expect(await store.swap({ id, version: 1, before: "one", state: "two", expiresAt })).toBeUndefined();
    expect(await store.swap({ id, version: 1, before: "one", state: "late", expiresAt })).toMatchObject({
      entry: { version: 2, state: "two" },
    });
    expect(await store.swap({ id: "not there", version: 7, before: "seen once", state: "x", expiresAt })).toEqual({ entry: undefined });
  });

  test("are written by one of a hundred", async () => {
    const id = `race-${kind}`;
    const write = (state: string) => store.swap({ id, version: 0, before: undefined, state, expiresAt: Number.POSITIVE_INFINITY });
    const outcomes = await Promise.all(Array.from({ length: 100 }, (_, at) => write(`writer ${at}`)));
    expect(outcomes.filter((outcome) => outcome === undefined)).toHaveLength(1);
    expect(outcomes.indexOf(undefined)).toBe(Number((await store.get(id))?.state.slice(7)));
  });

  test("share out to a hundred at once, and never more than there is", async () => {
    const ask = (holder: string, need: number): HoldQuestion => ({
      ...{ id: `crowd-${kind}`, limit: 250, startMs: 0, standing: false, holder, turn: 1, used: 0, need, wish: need },
      ...{ spare: 0, keep: 0, leave: false, now: Date.now(), expiresAt: Date.now() + 60_000 },
    });
    const answers = await Promise.all(Array.from({ length: 100 }, (_, at) => store.hold(ask(`holder ${at}`, 3))));
    expect(answers.map(({ free }) => free).sort((one, other) => other - one)).toEqual([...Array(83).fill(3), 1, ...Array(16).fill(0)]);
  });

  test("are forgotten when they have expired", async () => {
    const now = Date.now();
    for (const [id, expiresAt] of [
      ["gone", now + 50],
      ["stays", now + 60_000],
    ] as const)
      await store.swap({ id: `${id}-${kind}`, version: 0, before: undefined, state: "x", expiresAt });
    const book = (id: string, expiresAt: number) => store.adjust({ id: `${id}-${kind}-book`, startMs: 0, change: { add: -7 }, expiresAt });
    expect([await book("gone", now + 50), await book("stays", now + 60_000)]).toEqual([7, 7]);
    await Bun.sleep(100);
    await store.sweep(Date.now());
    expect([await store.used(`gone-${kind}-book`, 0), await store.used(`stays-${kind}-book`, 0)]).toEqual([0, 7]);
    expect(await store.get(`gone-${kind}`)).toBeUndefined();
    expect(await store.get(`stays-${kind}`)).toMatchObject({ version: 1, state: "x" });
  });

  test("share out as the rule does, in 40 sequences of 150 questions", async () => {
    for (let seed = 1; seed <= 40; seed++) await playSame(store, `same-${seed}-${kind}`, seed, 150);
  }, 300_000);

  const seeds = Number(process.env.SEEDS ?? 60);
  test(`keep shares exact in ${seeds} schedules of processes that take, settle and die`, async () => {
    for (let seed = 1; seed <= seeds; seed++) await playSchedule(seed, store, `schedule-${seed}`);
  }, 300_000);
});

test("what is no counter in Redis is refused, and all else goes on", async () => {
  const { counters, close } = await open("redis");
  const client = new RedisClient(whereOf("redis"));
  await client.send("SET", ["sluice:counter:odd", "x"]);
  const swap = (id: string) => counters.swap({ id, version: 0, before: undefined, state: "x", expiresAt: Date.now() + 60_000 });
  for (let at = 0; at < 10; at++) {
    const refused = (await Promise.resolve(swap("odd")).catch((error: unknown) => error)) as Fault;
    expect([refused.code, refused.message]).toEqual(["store_unavailable", "The store of limits and budgets does not answer."]);
    expect(await swap(`even ${at}`)).toBeUndefined();
  }
  client.close();
  close();
});

describe("three gateways", () => {
  let upstream: Server;
  let seen = 0;
  beforeAll(async () => {
    upstream = createServer((request, response) => {
      seen++;
      request.resume().on("end", () => {
        const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
        const message = { role: "assistant", content: "Hi" };
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify({ id: "c", choices: [{ index: 0, finish_reason: "stop", message }], usage }));
      });
    });
    await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => void upstream.close());

  const limits = {
    "a day": { limits: { requestsPerDay: 10 } },
    "a bucket": { limits: { requestsPerHour: 10 } },
    "a sliding hour": { limits: { requestsPerHour: 10, window: "sliding" } },
    // 15 tokens at a dollar a million each; the reservation is larger, so that the last ones may be refused while others are under way.
    "a month's budget": { budget: { usd: 0.00015, per: "month" } },
  };

  test.each(["redis", "cluster", "postgres"])(
    "on one %s let exactly ten of 500 through, in every kind of window",
    async (kind) => {
      const baseUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`;
      const config = {
        providers: { mock: { type: "openai-compatible", baseUrl } },
        prices: { "mock/*": { input: 1, output: 1 } },
        stores: { counters: whereOf(kind), timeoutMs: 5_000 },
        keys: Object.entries(limits).map(([name, limit], at) => ({
          name: `${kind} ${name}`,
          value: `sk-sluice-shared-limits-0123456789-${at}`,
          ...limit,
        })),
      };
      const gateways: GatewayProcess[] = await Promise.all([1, 2, 3].map(() => startGateway({ config })));
      const ask = async (at: number, key: string) => {
        const answered = await fetch(`http://127.0.0.1:${gateways[at % 3]?.port}/v1/chat/completions`, {
          method: "POST",
          headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
          body: JSON.stringify({ model: "mock/m", max_tokens: 5, messages: [{ role: "user", content: "x" }] }),
        });
        await answered.text();
        return answered.status;
      };
      try {
        expect(await ask(0, clientKey)).toBe(200);
        for (const [at, name] of Object.keys(limits).entries()) {
          seen = 0;
          const key = `sk-sluice-shared-limits-0123456789-${at}`;
          const statuses = await Promise.all(Array.from({ length: 500 }, (_, each) => ask(each, key)));
          const isBudget = name.includes("budget");
          // What is set aside for a request is more than it comes to: the rest can be had afterwards.
          for (let again = 0; isBudget && again < 60; again++) statuses.push(await ask(again, key));
          const passed = statuses.filter((status) => status === 200).length;
          expect([name, passed, seen, statuses.filter((status) => status !== 200 && status !== 429)]).toEqual([
            name,
            isBudget ? passed : 10,
            passed,
            [],
          ]);
          if (isBudget) expect(passed).toBeLessThanOrEqual(10);
          if (isBudget) expect(passed).toBeGreaterThan(0);
        }
      } finally {
        await Promise.all(gateways.map((gateway) => gateway.stop()));
        for (const gateway of gateways) rmSync(gateway.folder, { recursive: true });
      }
    },
    120_000,
  );
});
