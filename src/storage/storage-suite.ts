import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Fault, usageOf } from "../exchange/index.ts";
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
    await control.directory.organisation.insert({ name: "Acme" }, 1);
    assert.equal(control.changed(), true);
    await close();
  },
};
