import { controlMigrations, sqliteControl } from "../control/control.ts";
import { MemoryCounters } from "../counters/memory-counters.ts";
import type { Journal } from "../journal/journal.ts";
import { sqliteRecords } from "../records/open-records.ts";
import { cellsOf } from "../records/record-columns.ts";
import { recordMigrations } from "../records/record-schema.ts";
import { RecordWriter } from "../records/record-writer.ts";
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
  const { records, ledger, sql } = sqliteRecords(recordDatabase);
  const writer = new RecordWriter(recordDatabase);
  let waiting: SettledRecord[] = [];

  const drain = async () => {
    const batch = waiting;
    waiting = [];
    await sql.alone(() =>
      recordDatabase.transaction(() => {
        for (const record of batch) {
          const cells = cellsOf(record);
          writer.add(cells, JSON.stringify(cells));
        }
        writer.flush();
      }),
    );
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
    takes: () => true,
    close: async () => undefined,
  };
  return {
    control: sqliteControl(controlDatabase),
    counters: new MemoryCounters(),
    countersUp: () => true,
    records,
    ledger,
    journal,
    drain,
    backlog: () => ({ bytes: 0, ageMs: 0 }),
    close: async () => {
      recordDatabase.close();
      controlDatabase.close();
    },
  };
}
