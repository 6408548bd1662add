import { type Cell, columnAt } from "./record-columns.ts";
import { RollupBatch } from "./rollup-batch.ts";
import type { SqliteDatabase, SqliteStatement } from "./sqlite/driver.ts";

/** Puts records and their rollups into `records.db`. `add` and `flush` are called inside a transaction. */
export class RecordWriter {
  readonly #insert: SqliteStatement;
  readonly #rollups: RollupBatch;

  constructor(database: SqliteDatabase) {
    this.#insert = database.prepare("INSERT INTO record_lines (id, line) VALUES (?, ?) ON CONFLICT DO NOTHING");
    this.#rollups = new RollupBatch(database);
  }

  /**
   * Adds a record, unless it is there already.
   * @param cells in the order of `recordColumns`
   * @param line the same as JSON
   */
  add(cells: readonly Cell[], line: string): void {
    if (this.#insert.run([cells[columnAt.id] as string, line]) === 1) this.#rollups.add(cells);
  }

  /** Ends a batch. */
  flush(): void {
    this.#rollups.flush();
  }

  /** Forgets what was added since the last flush: the transaction was undone. */
  forget(): void {
    this.#rollups.clear();
  }
}
