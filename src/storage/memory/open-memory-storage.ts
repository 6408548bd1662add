import { controlMigrations, sqliteControl } from "../control.ts";
import { MemoryCounters } from "../counters/memory-counters.ts";
import type { Journal } from "../journal/journal.ts";
import { SqliteLedgerStore } from "../ledger/sqlite-ledger.ts";
import { cellsOf } from "../record-columns.ts";
import { recordMigrations } from "../record-schema.ts";
import { RecordWriter } from "../record-writer.ts";
import { SqliteRecordStore } from "../records.ts";
import type { SettledRecord } from "../settled-record.ts";
import { migrate } from "../sqlite/migrations.ts";
import { openDatabase } from "../sqlite/open-database.ts";
import type { Storage } from "../storage.ts";

/** The same stores without files, for tests and for embedding: everything is forgotten at the end. */
export async function openMemoryStorage(): Promise<Storage> {
  const controlDatabase = await openDatabase(":memory:");
  migrate(controlDatabase, "control", controlMigrations);
  const recordDatabase = await openDatabase(":memory:");
  migrate(recordDatabase, "records", recordMigrations);
  const writer = new RecordWriter(recordDatabase);
  let waiting: SettledRecord[] = [];

  const drain = async () => {
    const batch = waiting;
    waiting = [];
    recordDatabase.transaction(() => {
      for (const record of batch) {
        const cells = cellsOf(record);
        writer.add(cells, JSON.stringify(cells));
      }
      writer.flush();
    });
  };
  const journal: Journal = {
    append: (record) => {
      waiting.push(record);
      if (waiting.length >= 1000) void drain();
      return undefined;
    },
    // Nothing outlives the process.
    begin: () => 0,
    settled: () => undefined,
    close: async () => undefined,
  };
  return {
    control: sqliteControl(controlDatabase),
    counters: new MemoryCounters(),
    records: new SqliteRecordStore(recordDatabase),
    ledger: new SqliteLedgerStore(recordDatabase),
    journal,
    drain,
    close: async () => {
      recordDatabase.close();
      controlDatabase.close();
    },
  };
}
