import type { JournalRecord } from "../journal/segment-reader.ts";
import type { RollupBatch } from "../rollups/rollup-batch.ts";
import type { SqliteSql } from "../sql/sqlite-sql.ts";
import type { SqliteDatabase, SqliteStatement } from "../sqlite/driver.ts";
import type { RecordSink, Stretch } from "./record-sink.ts";
import { RecordWriter } from "./record-writer.ts";

/** Records, sums and positions in `records.db`, by the database itself: in one turn, which is half the work of many. */
export class SqliteRecordSink implements RecordSink {
  readonly name = "records.db";
  readonly isElsewhere = false;
  readonly #database: SqliteDatabase;
  readonly #sql: SqliteSql;
  readonly #writer: RecordWriter;
  readonly #position: SqliteStatement;
  readonly #setPosition: SqliteStatement;
  readonly #dropPosition: SqliteStatement;

  /** @param sql over the same connection */
  constructor(database: SqliteDatabase, sql: SqliteSql) {
    this.#database = database;
    this.#sql = sql;
    this.#writer = new RecordWriter(database);
    this.#position = database.prepare("SELECT bytes FROM journal_positions WHERE segment = ?");
    this.#setPosition = database.prepare(
      "INSERT INTO journal_positions (segment, bytes) VALUES (?, ?) ON CONFLICT DO UPDATE SET bytes = excluded.bytes",
    );
    this.#dropPosition = database.prepare("DELETE FROM journal_positions WHERE segment = ?");
  }

  positionOf(file: string): Promise<number> {
    return this.#sql.alone(() => this.#positionOf(file));
  }

  keep({ file, start, end }: Stretch, records: readonly JournalRecord[], isThere: () => boolean): Promise<void> {
    return this.#sql.alone(() => {
      try {
        this.#database.transaction(() => {
          if (this.#positionOf(file) !== start || !isThere()) return;
          for (const { cells, line } of records) this.#writer.add(cells, line);
          this.#writer.flush();
          this.#setPosition.run([file, end]);
        });
      } finally {
        this.#writer.forget();
      }
    });
  }

  keepSummed({ file, start, end }: Stretch, lines: readonly string[], sums: RollupBatch, isThere: () => boolean): Promise<boolean> {
    return this.#sql.alone(() => {
      try {
        this.#database.transaction(() => {
          if (this.#positionOf(file) !== start || !isThere()) return;
          if (!this.#writer.addSummed(lines, sums)) throw new ThereAlready();
          this.#setPosition.run([file, end]);
        });
        return true;
      } catch (error) {
        if (error instanceof ThereAlready) return false;
        throw error;
      }
    });
  }

  secure(): Promise<void> {
    return this.#sql.alone(() => this.#database.exec("PRAGMA wal_checkpoint(PASSIVE)"));
  }

  forget(file: string): Promise<void> {
    return this.#sql.alone(() => void this.#dropPosition.run([file]));
  }

  #positionOf(file: string): number {
    return Number(this.#position.get([file])?.bytes ?? 0);
  }
}

/** Undoes the transaction. */
class ThereAlready extends Error {}
