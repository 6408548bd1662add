import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Fault, usageOf } from "../exchange/index.ts";
import type { StoredKey } from "./keys/key-store.ts";
import { openMemoryStorage } from "./memory/open-memory-storage.ts";
import { openStorage, type StorageOptions } from "./open-storage.ts";
import { recordColumns } from "./record-columns.ts";
import type { UsageGroup } from "./rollups/usage.ts";
import type { SettledRecord } from "./settled-record.ts";
import { migrate } from "./sqlite/migrations.ts";
import { openDatabase } from "./sqlite/open-database.ts";
import type { Storage } from "./storage.ts";

/** A settled record for tests. */
export function sampleRecord(id: string, fields: Partial<SettledRecord> = {}): SettledRecord {
  return {
    id,
    startedAt: Date.UTC(2026, 10, 20, 13, 30),
    keyId: "key_one",
    team: "support",
    endpoint: "chat",
    model: "smart",
    provider: "openai",
    targetModel: "gpt-5-mini",
    outcome: "success",
    status: 200,
    stream: true,
    usage: usageOf({ inputUncached: 100, cacheRead: 20, output: 30, reasoning: 10 }),
    costNanos: 1_234_567,
    priceVersion: "2026-11-20",
    durationMs: 812.25,
    firstEventMs: 200.5,
    upstreamMs: 811,
    detail: { routeReason: "only target", attempts: [{ provider: "openai", status: 200 }] },
    ...fields,
  };
}

export function sampleKey(id: string, fields: Partial<StoredKey> = {}): StoredKey {
  return { id, kind: "key", name: id, hash: `hash-of-${id}`, hint: "sk-sluice-…abcd", scopes: [], createdAt: 1000, ...fields };
}

/** Gives `work` a folder that is gone afterwards. */
export async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "sluice-storage-"));
  try {
    await work(join(folder, "data"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function withStorage(work: (storage: Storage, folder: string) => Promise<void>, options: Partial<StorageOptions> = {}) {
  await withFolder(async (folder) => {
    const storage = await openStorage({ folder, ...options });
    try {
      await work(storage, folder);
    } finally {
      await storage.close();
    }
  });
}

/** What the stores promise, whichever runtime's SQLite is below. Each case throws when the promise is broken. */
export const storageSuite: Readonly<Record<string, () => Promise<void>>> = {
  "a record comes back as it was settled": () =>
    withStorage(async ({ journal, records, drain }) => {
      const whole = sampleRecord("req_1", {
        usage: usageOf({
          source: "estimated",
          inputUncached: 5,
          cacheRead: 7,
          cacheWrite: 1,
          cacheWrite5m: 2,
          cacheWrite1h: 3,
          output: 11,
          reasoning: 4,
          outputAudio: 2,
          webSearches: 1,
          units: { image: 3, audioSecond: 12 },
          tier: "flex",
        }),
        detail: { metadata: { note: "tab\t, line\n, é, 漢, 🙂, \u0000, \ud800" }, warnings: ["a"] },
      });
      const bare: SettledRecord = {
        id: "req_0",
        startedAt: 1_700_000_000_123,
        keyId: "",
        endpoint: "messages",
        model: "no-such-model",
        outcome: "refused",
        status: 404,
        fault: "model_unknown",
        stream: false,
        durationMs: 0.5,
        detail: {},
      };
      journal.append(whole);
      journal.append(bare);
      await drain();
      assert.deepEqual(await records.record("req_1"), whole);
      assert.deepEqual(await records.record("req_0"), bare);
      assert.equal(await records.record("req_3"), undefined);
      assert.deepEqual(
        (await records.recent(10)).map((record) => record.id),
        ["req_1", "req_0"],
      );
    }),

  "the view shows a record's columns by their names": () =>
    withStorage(async ({ journal, drain }, folder) => {
      journal.append(sampleRecord("req_1", { team: undefined, model: "größer 漢🙂" }));
      await drain();
      const database = await openDatabase(join(folder, "records.db"));
      const row = database.prepare("SELECT * FROM records").get([]) ?? {};
      assert.deepEqual(Object.keys(row), recordColumns);
      const { id, started_at, team, model, stream, cost_nanos, duration_ms, detail } = row;
      assert.deepEqual([id, started_at, team, model], ["req_1", sampleRecord("").startedAt, null, "größer 漢🙂"]);
      assert.deepEqual([stream, cost_nanos, duration_ms, detail], [1, 1_234_567, 812.25, JSON.stringify(sampleRecord("").detail)]);
      database.close();
    }),

  "sums are exact far beyond what a float holds": () =>
    withStorage(async ({ journal, records, drain }) => {
      const cost = Number.MAX_SAFE_INTEGER;
      for (let at = 0; at < 900; at++) journal.append(sampleRecord(`req_${at}`, { costNanos: cost }));
      await drain();
      const [row] = await records.usage({});
      assert.equal(row?.costNanos, BigInt(cost) * 900n);
      assert.equal(row?.inputUncached, 90_000n);
      assert.equal(row?.requests, 900);
    }),

  "usage is summed by any groups, within whole hours": () =>
    withStorage(async ({ journal, records, drain }) => {
      const hour = (day: number, at: number) => Date.UTC(2026, 10, day, at, 59);
      journal.append(sampleRecord("a", { startedAt: hour(20, 1), costNanos: 5 }));
      journal.append(sampleRecord("b", { startedAt: hour(20, 2), costNanos: 7, team: undefined, keyId: "key_two" }));
      journal.append(sampleRecord("c", { startedAt: hour(21, 1), costNanos: undefined, outcome: "failed", provider: "groq" }));
      journal.append(sampleRecord("d", { startedAt: hour(21, 1), usage: undefined, costNanos: undefined, outcome: "refused" }));
      await drain();
      const brief = async (query: Parameters<typeof records.usage>[0]) =>
        (await records.usage(query)).map((row) => [row.group, row.requests, row.costNanos]);
      assert.deepEqual(await brief({ by: ["day"] }), [
        [{ day: "2026-11-20" }, 2, 12n],
        [{ day: "2026-11-21" }, 2, 0n],
      ]);
      assert.deepEqual(await brief({ by: ["team", "key"], until: hour(20, 2) }), [
        [{ team: "", key: "key_two" }, 1, 7n],
        [{ team: "support", key: "key_one" }, 1, 5n],
      ]);
      assert.deepEqual(await brief({ by: ["hour", "provider"], since: hour(21, 1) }), [
        [{ hour: "2026-11-21T01:00Z", provider: "groq" }, 1, 0n],
        [{ hour: "2026-11-21T01:00Z", provider: "openai" }, 1, 0n],
      ]);
      const [all] = await records.usage({});
      assert.deepEqual([all?.success, all?.refused, all?.failed, all?.cancelled, all?.unpriced], [2, 1, 1, 0, 1]);
      assert.equal((await records.usage({ since: hour(25, 1) }))[0]?.requests, 0);
    }),

  "usage is summed by whoever asked and by any tag, and what has no tags is the rest": () =>
    withStorage(async ({ journal, records, drain }) => {
      const who = { organisation: "org_1", application: "app_1", user: "ann", serviceAccount: "sa_1", endUser: "u-7" };
      journal.append(sampleRecord("a", { ...who, costNanos: 5, detail: { metadata: { project: "x", env: "prod" } } }));
      journal.append(sampleRecord("b", { costNanos: 7, detail: { metadata: { env: "prod", project: "y" } } }));
      journal.append(sampleRecord("c", { costNanos: 11, targetModel: "gpt-5" }));
      journal.append(sampleRecord("d", { costNanos: 13, detail: { metadata: { env: 'te"st' } } }));
      await drain();
      const brief = async (...by: UsageGroup[]) => (await records.usage({ by })).map((row) => [...Object.values(row.group), row.costNanos]);
      for (const [group, value] of Object.entries(who))
        assert.deepEqual(await brief(group as UsageGroup), [
          ["", 31n],
          [value, 5n],
        ]);
      assert.deepEqual(await brief("tag:project"), [
        ["", 24n],
        ["x", 5n],
        ["y", 7n],
      ]);
      assert.deepEqual(await brief("tag:env", "targetModel"), [
        ["", "gpt-5", 11n],
        ["prod", "gpt-5-mini", 12n],
        ['te"st', "gpt-5-mini", 13n],
      ]);
      assert.deepEqual(await brief("month"), [["2026-11", 36n]]);
      const ofOne = await records.within({ organisation: "org_1" }).usage({ by: ["tag:project"] });
      assert.deepEqual(
        ofOne.map((row) => [row.group["tag:project"], row.requests]),
        [["x", 1]],
      );
    }),

  "names that callers made up do not grow the rollups": () =>
    withStorage(async ({ journal, records, drain }) => {
      for (let at = 0; at < 50; at++) {
        journal.append(sampleRecord(`req_${at}`, { model: `made-up-${at}`, fault: "model_unknown", provider: undefined }));
      }
      journal.append(sampleRecord("long", { model: "x".repeat(100_000) }));
      await drain();
      assert.equal((await records.usage({ by: ["model"] })).length, 2);
      assert.equal((await records.record("long"))?.model.length, 256);
    }),

  "a number that is no safe integer never reaches the sums": () =>
    withStorage(async ({ journal, records, drain }) => {
      journal.append(sampleRecord("a", { costNanos: 0.5, usage: usageOf({ inputUncached: Number.NaN, output: 1e300 }) }));
      journal.append(sampleRecord("b", { costNanos: 3, usage: usageOf({ output: 2 }) }));
      await drain();
      const [row] = await records.usage({});
      assert.deepEqual([row?.costNanos, row?.inputUncached, row?.output, row?.unpriced], [3n, 0n, 2n, 1]);
    }),

  "old records go and their sums stay": () =>
    withStorage(async ({ journal, records, drain }) => {
      for (let at = 0; at < 2500; at++) journal.append(sampleRecord(`req_${1000 + at}`, { startedAt: at }));
      await drain();
      assert.equal(await records.dropBefore(2400), 2400);
      const left = await records.recent(1000);
      assert.deepEqual([left.length, left[0]?.startedAt, left.at(-1)?.startedAt], [100, 2499, 2400]);
      assert.equal(await records.dropBefore(2400), 0);
      assert.equal((await records.usage({}))[0]?.requests, 2500);
    }),

  "full segments are deleted once they were taken over, and nothing is lost between two": () =>
    withStorage(
      async ({ journal, records, drain }, folder) => {
        for (let at = 0; at < 300; at++) journal.append(sampleRecord(`req_${at}`));
        const segments = () => readdirSync(join(folder, "journal")).length;
        assert.ok(segments() > 5);
        await drain();
        assert.ok(segments() <= 1);
        assert.equal((await records.usage({}))[0]?.requests, 300);
      },
      { segmentBytes: 8 * 1024 },
    ),

  "in disk mode an append is kept when its promise resolves": () =>
    withStorage(
      async ({ journal, records, drain }) => {
        const kept = Array.from({ length: 64 }, (_, at) => journal.append(sampleRecord(`req_${at}`)));
        for (const promise of kept) assert.ok(promise instanceof Promise);
        await Promise.all(kept);
        await drain();
        assert.equal((await records.usage({}))[0]?.requests, 64);
      },
      { journalMode: "disk", segmentBytes: 8 * 1024 },
    ),

  "records are taken over without being asked for": () =>
    withStorage(
      async ({ journal, records }) => {
        journal.append(sampleRecord("req_1"));
        const deadline = Date.now() + 5000;
        while ((await records.record("req_1")) === undefined) {
          assert.ok(Date.now() < deadline, "nothing was drained");
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      },
      { drainEveryMs: 10 },
    ),

  "a clean end leaves no journal behind": () =>
    withFolder(async (folder) => {
      const storage = await openStorage({ folder });
      storage.journal.append(sampleRecord("req_1"));
      await storage.close();
      assert.deepEqual(readdirSync(join(folder, "journal")), []);
      assert.throws(
        () => storage.journal.append(sampleRecord("req_2")),
        (error) => error instanceof Fault && error.code === "journal_failed",
      );
    }),

  "only the owner can read the files": () =>
    withStorage(async ({ journal, drain }, folder) => {
      journal.append(sampleRecord("req_1"));
      await drain();
      assert.equal(statSync(folder).mode & 0o777, 0o700);
      for (const name of readdirSync(folder, { recursive: true }) as string[]) {
        const entry = statSync(join(folder, name));
        assert.equal(entry.mode & 0o077, 0, name);
      }
      assert.ok(existsSync(join(folder, "records.db-wal")));
    }),

  "a key comes back as it was stored, and changes one by one": () =>
    withStorage(async ({ control: { keys } }) => {
      const key = sampleKey("key_1", { team: "support", user: "ann", models: ["fast"], scopes: ["chat"], expiresAt: 5000 });
      await keys.insert(key);
      await keys.insert(sampleKey("key_2", { createdAt: 2000 }));
      assert.deepEqual(await keys.get("key_1"), key);
      assert.equal(await keys.update("key_1", { team: null, models: ["fast", "smart"], name: "renamed" }), true);
      const { team: _, ...rest } = key;
      assert.deepEqual(await keys.get("key_1"), { ...rest, name: "renamed", models: ["fast", "smart"] });
      assert.equal(await keys.update("key_9", { name: "x" }), false);
      assert.equal(await keys.revoke("key_1", 3000), true);
      assert.equal(await keys.revoke("key_1", 4000), false);
      assert.equal((await keys.get("key_1"))?.revokedAt, 3000);
      await keys.touch(new Map([["key_2", 70]]));
      await keys.touch(new Map([["key_2", 60]]));
      assert.equal((await keys.get("key_2"))?.lastUsedAt, 70);
      assert.deepEqual(
        (await keys.list()).map((each) => each.id),
        ["key_1", "key_2"],
      );
    }),

  "keys that moved are read in the order of their changes, each once; that a key was used is no change": () =>
    withStorage(async ({ control: { keys } }, folder) => {
      const other = await openStorage({ folder });
      for (let index = 0; index < 5; index++) await (index % 2 ? other.control.keys : keys).insert(sampleKey(`key_${index}`));
      const all = await keys.movedAfter(-1, 100);
      const ids = (moved: typeof all) => moved.map(({ key }) => key.id);
      assert.deepEqual(ids(all), ["key_0", "key_1", "key_2", "key_3", "key_4"]);
      assert.deepEqual(ids(await keys.movedAfter(-1, 2)), ["key_0", "key_1"]);
      const last = all.at(-1)!.change;
      assert.deepEqual(await keys.movedAfter(last, 10), []);
      await keys.touch(new Map([["key_2", 70]]));
      assert.deepEqual(await keys.movedAfter(last, 10), []);
      await other.control.keys.revoke("key_3", 5);
      await keys.update("key_0", { name: "renamed" });
      await keys.update("key_3", { name: "again" });
      const moved = await keys.movedAfter(last, 10);
      assert.deepEqual(ids(moved), ["key_0", "key_3"]);
      assert.equal(moved[1]?.key.revokedAt, 5);
      await other.close();
    }),

  "keys are given in pages of those that are wanted, and by their names": () =>
    withStorage(async ({ control: { keys } }) => {
      const now = 10_000;
      for (let index = 0; index < 9; index++)
        await keys.insert(
          sampleKey(`key_${index}`, {
            name: `name ${index % 3}`,
            team: index < 6 ? "blue" : "red",
            ...(index === 4 && { expiresAt: 9_000 }),
          }),
        );
      await keys.revoke("key_1", 5);
      const page = async (wanted: object) => (await keys.page({ limit: 3, now, ...wanted })).map(({ id }) => id);
      assert.deepEqual(await page({}), ["key_0", "key_1", "key_2"]);
      assert.deepEqual(await page({ after: "key_2", team: "blue" }), ["key_3", "key_4", "key_5"]);
      assert.deepEqual(await page({ state: "works", team: "blue" }), ["key_0", "key_2", "key_3"]);
      assert.deepEqual(await page({ state: "expired" }), ["key_4"]);
      assert.deepEqual(await page({ state: "revoked" }), ["key_1"]);
      assert.deepEqual(
        (await keys.named("name 1")).map(({ id }) => id),
        ["key_4", "key_7"],
      );
      assert.deepEqual(
        (await keys.within({ teams: ["red"] }).page({ limit: 9, now })).map(({ id }) => id),
        ["key_6", "key_7", "key_8"],
      );
    }),

  "two first starts at once make one key of a kind": () =>
    withStorage(async ({ control }, folder) => {
      const other = await openStorage({ folder });
      assert.equal(await control.keys.insertFirst(sampleKey("key_1")), true);
      assert.equal(await other.control.keys.insertFirst(sampleKey("key_2")), false);
      assert.equal(await other.control.keys.insertFirst(sampleKey("key_3", { kind: "admin" })), true);
      await other.close();
    }),

  "a change is seen once, by the writer and by others": () =>
    withStorage(async ({ control }, folder) => {
      const other = await openStorage({ folder });
      assert.deepEqual([control.changed(), other.control.changed()], [false, false]);
      await other.control.keys.insert(sampleKey("key_1"));
      assert.deepEqual([control.changed(), other.control.changed()], [true, true]);
      assert.deepEqual([control.changed(), other.control.changed()], [false, false]);
      await control.keys.revoke("key_1", 5);
      assert.deepEqual([control.changed(), other.control.changed()], [true, true]);
      await other.close();
    }),

  "a database of a newer version is refused with the way out": async () => {
    const database = await openDatabase(":memory:");
    migrate(database, "records.db", ["CREATE TABLE a (b)", "CREATE TABLE c (d)"]);
    migrate(database, "records.db", ["CREATE TABLE a (b)", "CREATE TABLE c (d)"]);
    assert.throws(() => migrate(database, "records.db", ["CREATE TABLE a (b)"]), /schema 2.*up to 1.*newer version/);
    database.close();
  },

  "a migration that fails changes nothing": async () => {
    const database = await openDatabase(":memory:");
    assert.throws(() => migrate(database, "records.db", ["CREATE TABLE a (b)", "CREATE NONSENSE"]));
    migrate(database, "records.db", ["CREATE TABLE a (b)"]);
    database.close();
  },

  "a transaction that throws is undone": async () => {
    const database = await openDatabase(":memory:");
    database.exec("CREATE TABLE a (b)");
    const insert = database.prepare("INSERT INTO a VALUES (?)");
    assert.throws(
      () =>
        database.transaction(() => {
          insert.run([1]);
          throw new Error("no");
        }),
      /no/,
    );
    assert.equal(insert.run([2]), 1);
    assert.deepEqual(
      database
        .prepare("SELECT b FROM a")
        .all([])
        .map((row) => row.b),
      [2],
    );
    database.close();
  },

  "the memory variant keeps the same promises": async () => {
    const { journal, records, control, drain, close } = await openMemoryStorage();
    journal.append(sampleRecord("req_1"));
    journal.append(sampleRecord("req_1"));
    await drain();
    assert.deepEqual(await records.record("req_1"), sampleRecord("req_1"));
    assert.equal((await records.usage({}))[0]?.requests, 1);
    await control.keys.insert(sampleKey("key_1"));
    assert.equal(control.changed(), true);
    await close();
  },
};
