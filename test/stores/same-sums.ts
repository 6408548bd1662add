// The same records in SQLite and in a real PostgreSQL answer every question alike: `bun test ./test/stores/same-sums.ts`.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { usageOf } from "../../src/exchange/index.ts";
import { type ChargeMonth, chargeMonth, closeMonth, isAsFrozen, PriceBook, recompute } from "../../src/insight/index.ts";
import { openStorage, type Scope, type SettledRecord, type Storage, usageGroups } from "../../src/storage/index.ts";
import { sampleRecord } from "../../src/storage/storage-suite.ts";
import { randomFrom } from "../faults/promise.ts";
import { type StoreServer, startPostgres } from "./servers.ts";

const seed = 20_261_121;
const count = 2_000;
const folder = mkdtempSync(join(tmpdir(), "sluice-same-"));
let server: StoreServer;
let stores: readonly Storage[] = [];

const random = randomFrom(seed);
const below = (end: number) => Math.floor(random() * end);
const oneOf = <T>(list: readonly T[]): T => list[below(list.length)] as T;
const names = ["", "b", "A", "a", "ä", "Z", "é", "漢", "🙂", "a b", "_", "-", "10", "9", "\u0001", "'\"", "%"] as const;
const from = Date.UTC(2026, 8, 1);

function record(at: number): SettledRecord {
  const optional = (name: string) => (random() < 0.5 ? { [name]: oneOf(names) } : {});
  const metadata = Object.fromEntries(["project", "env", "x.y-z_1"].filter(() => random() < 0.3).map((name) => [name, oneOf(names)]));
  const used = random() < 0.9;
  const fields = {
    startedAt: from + below(75 * 86_400_000),
    keyId: `key_${below(5)}`,
    ...optional("team"),
    ...(random() < 0.6 && { organisation: `org_${below(3)}` }),
    ...optional("application"),
    ...optional("user"),
    ...optional("serviceAccount"),
    ...optional("endUser"),
    model: oneOf(names),
    targetModel: oneOf(names),
    provider: oneOf(["openai", "groq", "local"]),
    outcome: oneOf(["success", "success", "refused", "failed", "cancelled"] as const),
    usage: used ? usageOf({ inputUncached: below(1e6), cacheRead: below(1e9), output: below(1e5), reasoning: below(99) }) : undefined,
    costNanos: used && random() < 0.8 ? below(2 ** 40) * below(2 ** 12) : undefined,
    detail: Object.keys(metadata).length > 0 ? { metadata } : {},
  };
  return sampleRecord(`req_${String(at).padStart(6, "0")}`, fields);
}

beforeAll(async () => {
  server = await startPostgres();
  stores = await Promise.all([
    openStorage({ folder: join(folder, "sqlite") }),
    openStorage({ folder: join(folder, "postgres"), records: server.url, warn: console.error }),
  ]);
  for (let at = 0; at < count; at++) {
    const one = record(at);
    for (const { journal } of stores) journal.append(one);
  }
  for (const { drain } of stores) await drain();
}, 300_000);
afterAll(async () => {
  for (const storage of stores) await storage.close();
  await server.remove();
  rmSync(folder, { recursive: true });
});

/** What both say, which is the same. */
async function both<T>(ask: (storage: Storage) => Promise<T>): Promise<T> {
  const [first, second] = await Promise.all(stores.map(ask));
  expect<unknown>(second).toEqual(first);
  return first as T;
}

const groups = [...usageGroups, "tag:project", "tag:x.y-z_1", "tag:none"] as const;
const scopes: readonly Scope[] = [
  {},
  { organisation: "org_1" },
  { organisation: "org_1", teams: ["a", "漢"] },
  { teams: ["", "A", "🙂"] },
  { teams: [] },
  { organisation: "nobody" },
];

test("sums by every group and every pair of groups", async () => {
  let [questions, rows] = [groups.length, 0];
  for (const one of groups) {
    rows += (await both(({ records }) => records.usage({ by: [one] }))).length;
    // The order of two groups is that of the rows alone: every second pair has it the other way round.
    for (const other of groups.slice(groups.indexOf(one) + 1)) {
      const by = rows % 2 === 0 ? [one, other] : [other, one];
      rows += (await both(({ records }) => records.usage({ by }))).length;
      questions++;
    }
  }
  expect((await both(({ records }) => records.usage({})))[0]?.requests).toBe(count);
  console.log(`${questions} questions, ${rows} rows: equal`);
}, 120_000);

test("sums of any time, as far as somebody reaches", async () => {
  for (const scope of scopes) {
    for (let turn = 0; turn < 8; turn++) {
      const since = from + below(75 * 86_400_000);
      const query = { by: [oneOf(groups)], since, ...(turn % 2 === 0 && { until: since + below(20 * 86_400_000) }) };
      await both(({ records }) => records.within(scope).usage(query));
    }
  }
});

test("records one by one, in pages", async () => {
  for (const scope of scopes) {
    let seen = 0;
    for (let before: string | undefined; ; ) {
      const page = await both(({ records }) => records.within(scope).recent(333, before));
      seen += page.length;
      before = page.at(-1)?.id;
      if (before === undefined) break;
    }
    if (scope.organisation === undefined && scope.teams === undefined) expect(seen).toBe(count);
  }
}, 60_000);

test("prices put right, months closed, and what came after", async () => {
  const book = new PriceBook({ tags: ["project"] });
  const [september, october] = [chargeMonth("2026-09") as ChargeMonth, chargeMonth("2026-10") as ChargeMonth];
  const closed = await both(({ records, ledger }) =>
    closeMonth(september, "ann", { records, ledger, book, now: () => Date.UTC(2026, 10, 20) }),
  );
  expect(closed.lines).toBeGreaterThan(300);
  const price = { rates: { input: 3_000, output: 9_000 } };
  const options = { from: september.from, until: october.until, reason: "wrong" };
  const priceOf = (provider: string) => ({ price: provider === "groq" ? undefined : price, version: "2" });
  const put = await both(({ records, ledger }) => recompute(options, { records, ledger, priceOf, now: () => 7 }));
  expect(put.corrected).toBeGreaterThan(500);
  await both(({ records }) => records.usage({ by: ["month", "team", "tag:project"] }));
  const next = await both(({ records, ledger }) =>
    closeMonth(october, "ann", { records, ledger, book, now: () => Date.UTC(2026, 10, 21) }),
  );
  for (const month of [closed, next]) expect(await both(({ ledger }) => isAsFrozen(month, ledger))).toBe(true);
  await both(({ ledger }) => ledger.months());
  for (const scope of scopes) await both(({ ledger }) => ledger.within(scope).lines("2026-10"));
  console.log(`${put.corrected} corrections of ${put.deltaNanos} nano-dollars, ${closed.lines} and ${next.lines} lines closed: equal`);
}, 120_000);

test("what is dropped is gone, and its sums stay", async () => {
  expect(await both(({ records }) => records.dropBefore(Date.UTC(2026, 8, 20)))).toBeGreaterThan(300);
  await both(({ records }) => records.recent(count));
  expect((await both(({ records }) => records.usage({})))[0]?.requests).toBe(count);
}, 60_000);
