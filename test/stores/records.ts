// Records, their sums and the ledger on a real PostgreSQL: `bun test ./test/stores/records.ts`.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SQL } from "bun";
import { openStorage, type Storage, type StorageOptions } from "../../src/storage/index.ts";
import { recordColumns } from "../../src/storage/records/record-columns.ts";
import { recordSuite } from "../../src/storage/records/record-suite.ts";
import { sampleRecord } from "../../src/storage/storage-suite.ts";
import { type StoreServer, startPostgres } from "./servers.ts";

const root = join(import.meta.dirname, "../..");
let server: StoreServer;
let admin: SQL;
let databases = 0;
const folder = mkdtempSync(join(tmpdir(), "sluice-records-"));

beforeAll(async () => {
  server = await startPostgres();
  admin = new SQL(server.url, { max: 1 });
}, 300_000);
afterAll(async () => {
  await admin.close();
  await server.remove();
  rmSync(folder, { recursive: true });
});

/** A database of its own. */
async function newDatabase(): Promise<string> {
  const name = `records_${databases++}`;
  await admin.unsafe(`CREATE DATABASE ${name}`);
  return server.url.replace(/\/postgres$/, `/${name}`);
}

async function withStorage(work: (storage: Storage, folder: string) => Promise<void>, options: Partial<StorageOptions> = {}) {
  const records = options.records ?? (await newDatabase());
  const place = mkdtempSync(join(folder, "node-"));
  const storage = await openStorage({ folder: place, warn: console.error, ...options, records });
  try {
    await work(storage, place);
  } finally {
    await storage.close();
  }
}

describe("records on PostgreSQL", () => {
  for (const [name, run] of Object.entries(recordSuite(withStorage))) test(name, run, 30_000);
});

test("the view shows a record's columns by their names", async () => {
  const records = await newDatabase();
  const sql = new SQL(records, { max: 1 });
  await withStorage(
    async ({ journal, drain }) => {
      journal.append(sampleRecord("req_1", { team: undefined, model: "größer 漢🙂" }));
      journal.append(sampleRecord("req_2", { detail: { note: "\u0000 \ud800 \\u0000" } }));
      await drain();
      const [row, odd] = await sql.unsafe("SELECT * FROM sluice.records ORDER BY id");
      expect(Object.keys(row)).toEqual([...recordColumns]);
      expect(row).toMatchObject({ id: "req_1", started_at: `${sampleRecord("").startedAt}`, team: null, model: "größer 漢🙂" });
      expect(row).toMatchObject({ stream: "1", cost_nanos: "1234567", duration_ms: 812.25, detail: sampleRecord("").detail });
      expect(odd.detail.note).toContain("\ufffd");
    },
    { records },
  );
  await sql.close();
});

test("each day has a table of its own, tomorrow's is made ahead, and old ones go as a whole while others read", async () => {
  const records = await newDatabase();
  const sql = new SQL(records, { max: 1 });
  const tables = async () => {
    const rows = await sql.unsafe("SELECT relname FROM pg_class WHERE relname ~ '^record_lines_[0-9]{8}$' ORDER BY relname");
    return rows.map(({ relname }: { relname: string }) => relname.slice("record_lines_".length));
  };
  const day = (at: number) => Date.UTC(2026, 0, at, 12);
  await withStorage(
    async ({ journal, drain, records: kept }) => {
      for (const at of [3, 3, 5, 9]) journal.append(sampleRecord(`req_${at}_${Math.random()}`, { startedAt: day(at) }));
      await drain();
      const named = (time: number) => new Date(time).toISOString().slice(0, 10).replaceAll("-", "");
      const tomorrow = named(Date.now() + 86_400_000);
      expect(await tables()).toEqual(["20260103", "20260105", "20260109", tomorrow]);
      expect(await kept.dropBefore(Date.UTC(2026, 0, 6))).toBe(3);
      expect(await tables()).toEqual(["20260109", tomorrow]);
      // This process knows the table of the third; another one has dropped it.
      journal.append(sampleRecord("req_late", { startedAt: day(3) }));
      await drain();
      expect((await kept.record("req_late"))?.startedAt).toBe(day(3));
      expect(await tables()).toEqual(["20260103", "20260109", tomorrow]);

      // Whoever reads for long keeps the table a while; nobody waits longer than for the lock.
      await sql.unsafe("BEGIN");
      await sql.unsafe("SELECT count(*) FROM sluice.record_lines");
      const begun = performance.now();
      await expect(kept.dropBefore(Date.UTC(2026, 0, 6))).rejects.toThrow("does not answer");
      expect(performance.now() - begun).toBeLessThan(5_000);
      journal.append(sampleRecord("req_meanwhile", { startedAt: day(4) }));
      await drain();
      await sql.unsafe("COMMIT");
      expect(await kept.dropBefore(Date.UTC(2026, 0, 6))).toBe(2);
      expect((await kept.usage({}))[0]?.requests).toBe(6);
    },
    { records },
  );
  await sql.close();
}, 30_000);

test("lines of the ledger are added and never changed, whoever tries", async () => {
  const records = await newDatabase();
  const sql = new SQL(records, { max: 1 });
  await withStorage(
    async ({ ledger }) => {
      const month = { month: "2026-10", closedAt: 7, closedBy: "ann", lines: 1, tags: [], hash: "ab", costNanos: 1n };
      await ledger.freeze(month, [{ organisation: "", team: "", line: "{}" }]);
      for (const change of [
        "UPDATE sluice.frozen_lines SET line = 'x'",
        "DELETE FROM sluice.frozen_lines",
        "DELETE FROM sluice.frozen_months",
      ])
        await expect(sql.unsafe(change)).rejects.toThrow("never changed");
    },
    { records },
  );
  await sql.close();
});

test("a schema of a newer version is refused, with the way out", async () => {
  const records = await newDatabase();
  await withStorage(async () => undefined, { records });
  const sql = new SQL(records, { max: 1 });
  await sql.unsafe("UPDATE sluice.schema_numbers SET number = 99 WHERE part = 'records'");
  await sql.close();
  await expect(withStorage(async () => undefined, { records })).rejects.toThrow(/records in PostgreSQL has schema 99.*newer version/);
});

test("commands ask the database that the config names, and tell nobody its password", async () => {
  const records = await newDatabase();
  const sluice = (url: string, place: string, ...words: string[]) => {
    writeFileSync(join(place, "sluice.yaml"), `stores: { records: "\${RECORDS_URL}" }\nproviders: { demo: {} }\n`);
    const all = [join(root, "src/server/main.ts"), ...words, "--data", join(place, "data")];
    const env = { ...process.env, RECORDS_URL: url };
    const { status, stdout, stderr } = spawnSync(process.execPath, all, { cwd: place, encoding: "utf8", env });
    return { status, text: `${stdout}${stderr}` };
  };
  const place = mkdtempSync(join(folder, "commands-"));
  const storage = await openStorage({ folder: join(place, "data"), records });
  storage.journal.append(sampleRecord("req_1", { costNanos: 5_000_000_000 }));
  await storage.close();
  const used = sluice(records, place, "usage", "--json");
  expect([used.status, JSON.parse(used.text).total.costUsd]).toEqual([0, "5"]);
  expect(sluice(records, place, "explain", "req_1", "--json").status).toBe(0);
  expect(sluice(records, place, "backup", join(place, "a.tar")).text).toContain("pg_dump --schema=sluice");
  // The same file names everything, without a variable.
  expect(sluice(records, place, "usage", "--json", "--config", join(place, "sluice.yaml")).status).toBe(0);

  const away = "postgres://somebody:hunter2hunter2@127.0.0.1:9/records";
  for (const words of [["usage"], ["doctor"]]) {
    const { status, text } = sluice(away, place, ...words);
    expect([status, text.includes("The store of records does not answer"), text.includes("hunter2")]).toEqual([1, true, false]);
  }
  expect(sluice("mysql://x", place, "usage").text).toContain("sqlite, or the URL of a server: postgres://");
}, 60_000);
