// Counters in a cluster of three masters and a replica: `bun test ./test/stores/cluster.ts`.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { playSchedule } from "../../src/policies/limits/schedule.ts";
import { openCounters } from "../../src/storage/counters/open-counters.ts";
import type { CounterStore, HoldQuestion } from "../../src/storage/index.ts";
import { openValkeyTarget } from "../../src/storage/move/move-valkey-counters.ts";
import { slotOf } from "../../src/storage/valkey/cluster-slots.ts";
import { type RedisCluster, type RedisNode, startCluster, until } from "./redis-cluster.ts";
import { playSame } from "./same-shares.ts";

let cluster: RedisCluster;
let opened: Awaited<ReturnType<typeof openCounters>>;
let store: CounterStore;
const warned: string[] = [];
const open = (url: string, timeoutMs = 500) =>
  openCounters({ where: url, folder: "", timeoutMs, warn: (message) => void warned.push(message) });

beforeAll(async () => {
  cluster = await startCluster();
  opened = await open(cluster.masters[0].url);
  store = opened.counters;
}, 300_000);
afterAll(async () => {
  opened?.close();
  await cluster?.remove();
});

let turn = 0;
function hold(id: string, used: number, holder = "one"): Promise<number> {
  const question: HoldQuestion = {
    ...{ id, limit: 1_000_000, startMs: 0, standing: false, holder, turn: ++turn, used, need: 1, wish: 1, spare: 0, keep: 0 },
    ...{ leave: false, now: Date.now(), expiresAt: Date.now() + 600_000 },
  };
  return Promise.resolve(store.hold(question)).then((answer) => answer.used);
}
const bookOf = (id: string) => `sluice:book:${id}`;
/** Ids whose books a node holds at first. */
function idsOf(master: number, name: string): string[] {
  return Array.from({ length: 60 }, (_, at) => `${name}-${at}`).filter((id) => Math.floor((slotOf(bookOf(id)) * 3) / 16_384) === master);
}
const dbSizes = () => Promise.all(cluster.masters.map((each) => each.ask("DBSIZE")));

test("a key's slot is the one that the server says", async () => {
  const odd = [
    "",
    "a",
    "{",
    "}",
    "{}",
    "{}x",
    "x{}y{z}",
    "a{b}c",
    "a{b",
    "{a}{b}",
    "{{a}}",
    "漢'{字}",
    "sluice:book:key:k|nanos|month@UTC",
  ];
  for (let at = 0; at < 200; at++) odd.push(`${Math.random()}{${at % 3 ? at : ""}}${Math.random()}`);
  const told = await Promise.all(odd.map((key) => cluster.masters[0].ask("CLUSTER", "KEYSLOT", key)));
  expect(odd.map(slotOf)).toEqual(told.map(Number));
});

describe.each([0, 1, 3])("through the node %d, a replica among them,", (named) => {
  test("every counter is found, and they are where the cluster has them", async () => {
    const through = await open((cluster.all[named] as RedisNode).url);
    expect(through.isUp()).toBe(true);
    const ids = Array.from({ length: 100 }, (_, at) => `through-${named}-${at}`);
    const before = await dbSizes();
    const swaps = ids.map((id) => through.counters.swap({ id, version: 0, before: undefined, state: id, expiresAt: Date.now() + 60_000 }));
    expect(await Promise.all(swaps)).toEqual(ids.map(() => undefined));
    expect(await Promise.all(ids.map((id) => store.get(id)))).toEqual(ids.map((id) => ({ version: 1, state: id })));
    const grown = (await dbSizes()).map((size, at) => Number(size) - Number(before[at]));
    expect(grown.reduce((sum, each) => sum + each)).toBe(100);
    expect(Math.min(...grown)).toBeGreaterThan(10);
    through.close();
  });
});

test("they are shared out as the rule does, and stay exact while processes die", async () => {
  for (let seed = 1; seed <= 10; seed++) await playSame(store, `same-${seed}`, seed, 150);
  for (let seed = 1; seed <= 20; seed++) await playSchedule(seed, store, `schedule-${seed}`);
}, 300_000);

test("no command is sent astray, and what is asked in one moment goes to each node together", async () => {
  const errors = async () => (await Promise.all(cluster.masters.map((each) => each.ask("INFO", "errorstats")))).join("");
  const before = await errors();
  const ids = Array.from({ length: 300 }, (_, at) => `together-${at}`);
  const reads = async () =>
    (await Promise.all(cluster.masters.map((each) => each.ask("INFO", "stats"))))
      .map((told) => Number(/total_reads_processed:(\d+)/.exec(String(told))?.[1]))
      .reduce((sum, each) => sum + each);
  const readBefore = await reads();
  expect(await Promise.all(ids.map((id) => hold(id, 7)))).toEqual(ids.map(() => 7));
  // Three hundred questions; what asks here, and the nodes' own word to each other, is read among them.
  expect((await reads()) - readBefore).toBeLessThan(60);
  expect(await errors()).toBe(before);
});

test("a move finds what stands on any of its nodes, and begins where nothing does", async () => {
  const only = await startCluster();
  const { counters, close } = await open(only.masters[0].url);
  const target = await openValkeyTarget(only.masters[0].url);
  try {
    expect(await target.look(undefined)).toBeUndefined();
    for (const master of [0, 1, 2]) {
      const [id] = Array.from({ length: 60 }, (_, at) => `moved-${at}`).filter(
        (each) => Math.floor((slotOf(`sluice:counter:${each}`) * 3) / 16_384) === master,
      ) as [string];
      await counters.swap({ id, version: 0, before: undefined, state: "x", expiresAt: Date.now() + 60_000 });
      expect(await (only.masters[master] as RedisNode).ask("DBSIZE")).toBe(1);
      expect(await target.look(undefined).catch((error: { code: string }) => error.code)).toBe("object_conflict");
      await (only.masters[master] as RedisNode).ask("FLUSHALL");
      expect(await target.look(undefined)).toBeUndefined();
    }
  } finally {
    target.close();
    close();
    await only.remove();
  }
}, 60_000);

test("while a slot moves to another node every question is heard once", async () => {
  const id = idsOf(0, "moving")[0] as string;
  const [from, , to] = cluster.masters;
  const slot = `${slotOf(bookOf(id))}`;
  await hold(id, 1);
  const asked = async () => Number(/errorstat_ASK:count=(\d+)/.exec(String(await from.ask("INFO", "errorstats")))?.[1] ?? 0);
  // Before: the source has it. Then neither has what is new, the key itself moves, and at last the slot is the other's.
  const steps: (() => Promise<unknown>)[] = [
    () => to.ask("CLUSTER", "SETSLOT", slot, "IMPORTING", from.id),
    () => from.ask("CLUSTER", "SETSLOT", slot, "MIGRATING", to.id),
    () => from.ask("MIGRATE", "127.0.0.1", `${to.port}`, bookOf(id), "0", "5000"),
    () => to.ask("SCRIPT", "FLUSH"),
    () => to.ask("CLUSTER", "SETSLOT", slot, "NODE", to.id),
    () => from.ask("CLUSTER", "SETSLOT", slot, "NODE", to.id),
  ];
  for (const [at, step] of steps.entries()) {
    await step();
    const told = 10 * (at + 1);
    const crowd = Array.from({ length: 20 }, (_, each) => hold(id, told + each));
    expect([at, Math.max(...(await Promise.all(crowd)))]).toEqual([at, told + 19]);
    expect([at, await store.used(id, 0)]).toEqual([at, told + 19]);
  }
  // After the third step and the fourth each of the crowd, and whoever looked; after the fifth those who have not heard of it.
  expect(await asked()).toBeGreaterThanOrEqual(42);
  expect(await to.ask("EXISTS", bookOf(id))).toBe(1);
  expect(opened.isUp()).toBe(true);
});

test("a master that hangs keeps nobody waiting but for what it holds, and is heard of again", async () => {
  const [, hung] = cluster.masters;
  const [its, others] = [idsOf(1, "hung"), [...idsOf(0, "hung"), ...idsOf(2, "hung")]];
  hung.hang();
  const began = performance.now();
  const refused = await Promise.all(its.slice(0, 5).map((id) => hold(id, 1).catch((error: { code: string }) => error.code)));
  expect(refused).toEqual(refused.map(() => "store_unavailable"));
  expect(performance.now() - began).toBeLessThan(1_500);
  const atOnce = performance.now();
  expect(await Promise.all(others.map((id) => hold(id, 3)))).toEqual(others.map(() => 3));
  expect(await hold(its[0] as string, 1).catch((error: { code: string }) => error.code)).toBe("store_unavailable");
  expect(performance.now() - atOnce).toBeLessThan(500);
  expect(opened.isUp()).toBe(false);
  hung.resume();
  await cluster.untilWhole();
  await until(async () => opened.isUp());
  expect(await Promise.all(its.map((id) => hold(id, 4)))).toEqual(its.map(() => 4));
  expect(warned.some((message) => message.includes(`127.0.0.1:${hung.port}`))).toBe(true);
}, 60_000);

test("a replica that takes a dead master's place is found without a restart; the dead one comes back as its replica", async () => {
  const [, , dying] = cluster.masters;
  const ids = idsOf(2, "promoted");
  await Promise.all(ids.map((id) => hold(id, 5)));
  await dying.ask("WAIT", "1", "5000");
  await dying.kill();
  await until(async () => {
    await hold(ids[0] as string, 6).catch(() => undefined);
    return opened.isUp() && /role:master/.test(String(await cluster.replica.ask("INFO", "replication")));
  });
  // What was told before it died has reached the replica.
  expect(await Promise.all(ids.map((id) => store.used(id, 0)))).toEqual(ids.map((_, at) => (at === 0 ? 6 : 5)));
  await dying.start();
  await until(async () => /role:slave/.test(String(await dying.ask("INFO", "replication"))));
  expect(await Promise.all(ids.map((id) => hold(id, 8)))).toEqual(ids.map(() => 8));
  const through = await open(dying.url);
  expect(await through.counters.used(ids[1] as string, 0)).toBe(8);
  through.close();
}, 60_000);
