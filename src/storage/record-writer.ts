import { type Cell, columnAt } from "./record-columns.ts";
import { RollupBatch, RollupWriter } from "./rollup-batch.ts";
import type { SqliteDatabase, SqliteStatement } from "./sqlite/driver.ts";

/** Puts records and their rollups into `records.db`. Every call is made inside a transaction. */
export class RecordWriter {
  readonly #insert: SqliteStatement;
  readonly #rollups: RollupWriter;
  #batch = new RollupBatch();

  constructor(database: SqliteDatabase) {
    this.#insert = database.prepare("INSERT INTO record_lines (id, line) VALUES (?, ?) ON CONFLICT DO NOTHING");
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
    for (const line of lines) if (this.#insert.run([idOf(line), line]) !== 1) return false;
    this.#rollups.write(sums);
    return true;
  }
}

/** The first cell. */
function idOf(line: string): string {
  const text = line.slice(1, line.indexOf('"', 2) + 1);
  return text.includes("\\") ? String((JSON.parse(line) as Cell[])[columnAt.id]) : text.slice(1, -1);
}
