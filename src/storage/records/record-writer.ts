import { RollupBatch } from "../rollups/rollup-batch.ts";
import { RollupWriter } from "../rollups/rollup-writer.ts";
import type { SqliteDatabase, SqliteStatement } from "../sqlite/driver.ts";
import { type Cell, columnAt } from "./record-columns.ts";
import { idOf } from "./record-line.ts";

/** One statement for many rows takes two thirds of the time that one for each takes. */
const rowsAtOnce = 50;

/** Puts records and their rollups into `records.db`. Every call is made inside a transaction. */
export class RecordWriter {
  readonly #insert: SqliteStatement;
  readonly #insertMany: SqliteStatement;
  readonly #rollups: RollupWriter;
  #batch = new RollupBatch();

  constructor(database: SqliteDatabase) {
    const inserting = (rows: number) =>
      database.prepare(`INSERT INTO record_lines (id, line) VALUES ${Array(rows).fill("(?, ?)").join(", ")} ON CONFLICT DO NOTHING`);
    this.#insert = inserting(1);
    this.#insertMany = inserting(rowsAtOnce);
    this.#rollups = new RollupWriter(database);
  }

  /**
   * Adds a record, unless it is there already.
   * @param cells in the order of `recordColumns`
   * @param line the same as JSON
   */
  add(cells: readonly Cell[], line: string): void {
    if (this.#insert.run([cells[columnAt.id] as string, line]) === 1) this.#batch.add(cells);
  }

  /** Ends a batch. */
  flush(): void {
    this.#rollups.write(this.#batch);
    this.forget();
  }

  /** Forgets what was added since the last flush: the transaction was undone. */
  forget(): void {
    this.#batch = new RollupBatch();
  }

  /** Adds records whose sums are known. @returns false where one was there already, and then the transaction must be undone */
  addSummed(lines: readonly string[], sums: RollupBatch): boolean {
    if (!this.#insertAll(lines)) return false;
    this.#rollups.write(sums);
    return true;
  }

  #insertAll(lines: readonly string[]): boolean {
    let at = 0;
    for (; at + rowsAtOnce <= lines.length; at += rowsAtOnce) {
      const values: string[] = [];
      for (let each = at; each < at + rowsAtOnce; each++) {
        const line = lines[each] as string;
        values.push(idOf(line), line);
      }
      if (this.#insertMany.run(values) !== rowsAtOnce) return false;
    }
    for (; at < lines.length; at++) {
      const line = lines[at] as string;
      if (this.#insert.run([idOf(line), line]) !== 1) return false;
    }
    return true;
  }
}
