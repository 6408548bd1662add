import { join } from "node:path";
import { Fault } from "../../exchange/index.ts";
import type { ElsewhereOptions } from "../connection/store-connection.ts";
import type { LedgerStore } from "../ledger/ledger-store.ts";
import { SqlLedgerStore } from "../ledger/sql-ledger.ts";
import { refuseMoved } from "../move/moved-folder.ts";
import { SqliteSql } from "../sql/sqlite-sql.ts";
import type { SqliteDatabase } from "../sqlite/driver.ts";
import { openAtNewest } from "../sqlite/open-at-newest.ts";
import { recordMigrations } from "./record-schema.ts";
import type { RecordSink } from "./record-sink.ts";
import { type RecordStore, SqlRecordStore } from "./record-store.ts";
import { SqliteRecordSink } from "./sqlite-sink.ts";
import { SqliteRecordTables } from "./sqlite-tables.ts";

export interface OpenedRecords {
  readonly records: RecordStore;
  readonly ledger: LedgerStore;
  readonly sink: RecordSink;
  close(): void;
}

const name = "the store of records";
/** The way to the server: connecting may take ten times as long. */
const timeoutMs = 1_000;
/** Told to all who write to the ledger or make tables: one at a time. */
export const recordsLock = 7_582_419_343;
/** Of one statement: nobody who asks for an answer of a model waits for it. */
const patience = { write: 4_000, read: 30_000, count: 600_000 };

/**
 * Records where the config wants them. A server that does not answer yet is tried until it does; the journal keeps the records meanwhile.
 * @param where `sqlite` for `records.db` in the folder, or the URL of PostgreSQL
 * @throws Fault `gateway_failed` when the data was written by a newer version
 */
export async function openRecords(where: string, folder: string, warn: (message: string) => void): Promise<OpenedRecords> {
  if (where !== "sqlite") return openPostgresRecords({ url: where, name, timeoutMs, warn });
  const database = await openAtNewest(join(folder, "records.db"), recordMigrations, () => refuseMoved(folder, "records"));
  return { ...sqliteRecords(database), close: () => database.close() };
}

/** Over a database of the newest schema. */
export function sqliteRecords(database: SqliteDatabase): Omit<OpenedRecords, "close"> & { readonly sql: SqliteSql } {
  const sql = new SqliteSql(database);
  const tables = new SqliteRecordTables(database, sql);
  return {
    sql,
    records: new SqlRecordStore(sql, tables),
    ledger: new SqlLedgerStore(sql, tables),
    sink: new SqliteRecordSink(database, sql),
  };
}

async function openPostgresRecords(options: ElsewhereOptions): Promise<OpenedRecords> {
  const [{ postgresConnection }, { PostgresSql }, { postgresRecordMigrations }, { DayPartitions }, { PostgresRecordSink }, tables] =
    await Promise.all([
      import("../postgres/open-postgres.ts"),
      import("../sql/postgres-sql.ts"),
      import("./postgres-schema.ts"),
      import("./day-partitions.ts"),
      import("./postgres-sink.ts"),
      import("./postgres-tables.ts"),
    ]);
  const connection = postgresConnection(options, [{ part: "records", migrations: postgresRecordMigrations }]);
  const wrong = await connection.start();
  if (wrong instanceof Fault) {
    connection.close();
    throw wrong;
  }
  const within = (timeoutMs: number) => new PostgresSql(connection, { lock: recordsLock, timeoutMs });
  const [write, read] = [within(patience.write), within(patience.read)];
  const days = new DayPartitions(write, within(patience.count));
  const postgresTables = new tables.PostgresRecordTables(days);
  return {
    records: new SqlRecordStore(read, postgresTables),
    ledger: new SqlLedgerStore(read, postgresTables),
    sink: new PostgresRecordSink(write, days),
    close: () => connection.close(),
  };
}
