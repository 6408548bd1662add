import { type Cell, recordColumns } from "./record-columns.ts";
import { RollupBatch } from "./rollup-batch.ts";
import type { SqliteDatabase, SqliteStatement } from "./sqlite/driver.ts";

/** Puts records and their rollups into `records.db`. `add` and `flush` are called inside a transaction. */
export class RecordWriter {
  readonly #insert: SqliteStatement;
  readonly #rollups: RollupBatch;

  constructor(database: SqliteDatabase) {
    const columns = [...recordColumns, "detail"];
    this.#insert = database.prepare(
      `INSERT INTO records (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")}) ON CONFLICT DO NOTHING`,
    );
    this.#rollups = new RollupBatch(database);
  }

  /**
   * Adds a record, unless it is there already.
   * @param cells in the order of `recordColumns`; the array is taken over
   */
  add(cells: Cell[], detail: string): void {
    // A line of an older journal has fewer columns.
    while (cells.length < recordColumns.length) cells.push(null);
    cells.push(detail);
    if (this.#insert.run(cells) === 1) this.#rollups.add(cells);
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
