import { chmodSync, closeSync, existsSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import type { SqliteDatabase } from "./driver.ts";

export interface OpenDatabaseOptions {
  /** How long a statement waits for another process's lock. The wait blocks the process, so it is short. */
  readonly busyTimeoutMs?: number;
}

/**
 * Opens a SQLite file with the runtime's own driver: write-ahead log, readable by its owner only. `:memory:` keeps it
 * in the process.
 */
export async function openDatabase(path: string, options: OpenDatabaseOptions = {}): Promise<SqliteDatabase> {
  if (path !== ":memory:") makePrivateFile(path);
  const database =
    "bun" in process.versions
      ? (await import("./driver-bun.ts")).openBunDatabase(path)
      : (await import("./driver-node.ts")).openNodeDatabase(path);
  database.exec(`PRAGMA busy_timeout = ${options.busyTimeoutMs ?? 1000}`);
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("PRAGMA synchronous = NORMAL");
  database.exec("PRAGMA foreign_keys = ON");
  return database;
}

/** SQLite gives the log files beside it the mode of the database file. */
function makePrivateFile(path: string): void {
  makePrivateFolder(dirname(path));
  // Never opened when it is there: closing it again would drop the locks that this process holds on it through SQLite.
  if (!existsSync(path)) closeSync(openSync(path, "a", 0o600));
  chmodSync(path, 0o600);
}

export function makePrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
}
