import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Fault, usageOf } from "../exchange/index.ts";
import type { StoredKey } from "./keys/key-store.ts";
import { openMemoryStorage } from "./memory/open-memory-storage.ts";
import { openStorage, type StorageOptions } from "./open-storage.ts";
import { recordColumns } from "./records/record-columns.ts";
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

/** The same with a store in it. */
export async function withStorage(work: (storage: Storage, folder: string) => Promise<void>, options: Partial<StorageOptions> = {}) {
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
