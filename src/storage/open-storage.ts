import { basename, join } from "node:path";
import { controlMigrations, SqliteControlStore } from "./control.ts";
import { Drain } from "./journal/drain.ts";
import { FileJournal } from "./journal/journal.ts";
import { recordMigrations } from "./record-schema.ts";
import { SqliteRecordStore } from "./records.ts";
import type { SqliteDatabase } from "./sqlite/driver.ts";
import { migrate } from "./sqlite/migrations.ts";
import { makePrivateFolder, openDatabase } from "./sqlite/open-database.ts";
import type { Storage } from "./storage.ts";

export interface StorageOptions {
  /** The data folder; made when it is not there. It belongs to the processes of one host. */
  readonly folder: string;
  /** Default `os`. */
  readonly journalMode?: "os" | "disk";
  /** How long records wait in the journal for company. Default 200. */
  readonly drainEveryMs?: number;
  readonly segmentBytes?: number;
  /** Told of what an operator should know: torn lines, a store that takes nothing. */
  readonly warn?: (message: string) => void;
}

/**
 * Opens the embedded store: `control.db`, `records.db` and `journal/` in a folder that only its owner can read.
 * @throws Fault `gateway_failed` when the data was written by a newer version
 */
export async function openStorage(options: StorageOptions): Promise<Storage> {
  const warn = options.warn ?? (() => undefined);
  makePrivateFolder(options.folder);
  const controlDatabase = await openAtNewest(join(options.folder, "control.db"), controlMigrations);
  // What operators do is rare, and is on the disk before they are answered.
  controlDatabase.exec("PRAGMA synchronous = FULL");
  const recordDatabase = await openAtNewest(join(options.folder, "records.db"), recordMigrations).catch((error) => {
    controlDatabase.close();
    throw error;
  });

  const journalFolder = join(options.folder, "journal");
  makePrivateFolder(journalFolder);
  const drain = new Drain({ folder: journalFolder, database: recordDatabase, everyMs: options.drainEveryMs, warn });
  const journal = new FileJournal({
    folder: journalFolder,
    mode: options.journalMode,
    segmentBytes: options.segmentBytes,
    onAppend: (written) => drain.written(written),
  });
  // What an earlier process left.
  drain.wake();

  return {
    control: new SqliteControlStore(controlDatabase),
    records: new SqliteRecordStore(recordDatabase),
    journal,
    drain: () => drain.run(),
    close: async () => {
      try {
        await journal.close();
        await drain.close();
      } finally {
        recordDatabase.close();
        controlDatabase.close();
      }
    },
  };
}

async function openAtNewest(path: string, migrations: readonly string[]): Promise<SqliteDatabase> {
  const database = await openDatabase(path);
  try {
    migrate(database, basename(path), migrations);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
