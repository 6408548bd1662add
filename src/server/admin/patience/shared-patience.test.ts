import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Fault } from "../../../exchange/index.ts";
import { Limiter } from "../../../policies/index.ts";
import { type CounterStore, openStorage, type Storage } from "../../../storage/index.ts";
import { type RunningServer, startServer } from "../../index.ts";
import { SharedPatience } from "./shared-patience.ts";

let folder: string;
const storages: Storage[] = [];
const limiters: Limiter[] = [];
const servers: RunningServer[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-patience-"));
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
  for (const limiter of limiters.splice(0)) await limiter.close();
  for (const storage of storages.splice(0)) await storage.close();
  rmSync(folder, { recursive: true });
});

/** As another process has it. */
async function process(at: number, now: () => number, store?: CounterStore) {
  const storage = await openStorage({ folder, warn: () => undefined });
  storages.push(storage);
  const limiter = new Limiter({ store: store ?? storage.counters, holder: `p${at}`, now, onLoss: () => ({ localShare: 1 }) });
  limiters.push(limiter);
  return { limiter, patience: new SharedPatience({ limiter, door: "test", burst: 100, perSecond: 20 }) };
}

async function taken({ patience }: { readonly patience: SharedPatience }, name: string, now: number): Promise<boolean> {
  try {
    await patience.take(name, now);
    return true;
  } catch (error) {
    if (error instanceof Fault && error.code === "rate_limited" && (error.retryAfterMs ?? 0) > 0) return false;
    throw error;
  }
}

test("three processes give one name no more than one would, and ask the store now and then only", async () => {
  let now = 1_800_000_000_000;
  const all = [await process(0, () => now), await process(1, () => now), await process(2, () => now)];
  let granted = 0;
  let asked = 0;
  for (let turn = 0; turn < 120; turn++)
    for (const one of all) {
      asked++;
      if (await taken(one, "somebody", now)) granted++;
    }
  const trips = all.reduce((sum, { limiter }) => sum + limiter.asked, 0);
  console.log(JSON.stringify({ asked, granted, trips }));
  expect(granted).toBe(100);
  expect(await taken(all[0]!, "another", now)).toBe(true);
  // In the long run twenty a second.
  let later = 0;
  for (let second = 0; second < 10; second++) {
    now += 1_000;
    for (const one of all) for (let turn = 0; turn < 15; turn++) if (await taken(one, "somebody", now)) later++;
  }
  expect([later <= 200, later >= 150, later]).toEqual([true, true, later]);
});

test("while the store is away each process counts alone", async () => {
  const now = 1_800_000_000_000;
  const gone = new Fault("store_unavailable");
  const store = new Proxy({} as CounterStore, { get: () => () => Promise.reject(gone) });
  const one = await process(0, () => now, store);
  let granted = 0;
  for (let turn = 0; turn < 150; turn++) if (await taken(one, "somebody", now)) granted++;
  expect(granted).toBe(100);
});

test("who guesses keys at two processes gets little more than at one", async () => {
  for (let at = 0; at < 2; at++)
    servers.push(
      await startServer({
        dataDir: join(folder, "data"),
        port: 0,
        host: "127.0.0.1",
        env: { SLUICE_ADMIN_KEY: "sk-sluice-admin-0123456789abcdef0123456789abcdef0123", SLUICE_LOG: "error" },
      }),
    );
  const statuses: number[] = [];
  for (let turn = 0; turn < 30; turn++)
    for (const { url } of servers) {
      const answer = await fetch(`${url}/admin/v1/health`, { headers: { authorization: `Bearer sk-sluice-admin-${turn}` } });
      await answer.text();
      statuses.push(answer.status);
    }
  const heard = statuses.filter((status) => status === 401).length;
  // Three of each are counted by the process alone; a second gives half a one.
  expect([new Set(statuses), heard >= 20 && heard <= 29, heard]).toEqual([new Set([401, 429]), true, heard]);
});
