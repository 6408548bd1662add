import type { SqliteDatabase, SqliteStatement } from "../sqlite/driver.ts";
import type { RollupBatch } from "./rollup-batch.ts";
import { rollupKeys, rollupMeasures, taggedKeys } from "./rollup-columns.ts";

/** Adds batches to the tables. */
export class RollupWriter {
  readonly #plain: SqliteStatement;
  readonly #tagged: SqliteStatement;
  readonly #own: SqliteStatement;

  constructor(database: SqliteDatabase) {
    this.#own = database.prepare("INSERT INTO record_owners (organisation, id, team) VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
    this.#plain = database.prepare(addingTo("rollups", rollupKeys));
    this.#tagged = database.prepare(addingTo("tagged_rollups", taggedKeys));
  }

  /** Call it inside the transaction that keeps the batch's records. */
  write(batch: RollupBatch): void {
    for (const { key, counts, sums } of batch.rollups) this.#plain.run([...key, ...counts, ...sums]);
    for (const { key, counts, sums } of batch.tagged) this.#tagged.run([...key, ...counts, ...sums]);
    for (const owner of batch.owners) this.#own.run(owner);
  }
}

/** Adds measures to those of the same keys. */
function addingTo(table: string, keys: readonly string[]): string {
  const columns = [...keys, ...rollupMeasures];
  return `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})
    ON CONFLICT DO UPDATE SET ${rollupMeasures.map((name) => `${name} = ${name} + excluded.${name}`).join(", ")}`;
}
