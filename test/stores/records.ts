// Records, their sums and the ledger on a real PostgreSQL: `bun test ./test/stores/records.ts`.
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SQL } from "bun";
import { openStorage, type Storage, type StorageOptions } from "../../src/storage/index.ts";
import { recordColumns } from "../../src/storage/records/record-columns.ts";
import { recordSuite } from "../../src/storage/records/record-suite.ts";
import { sampleRecord } from "../../src/storage/storage-suite.ts";
import { type StoreServer, startPostgres } from "./servers.ts";

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
