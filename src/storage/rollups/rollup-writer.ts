import type { SqlQueries } from "../sql/sql-database.ts";
import type { SqliteDatabase, SqliteStatement } from "../sqlite/driver.ts";
import type { RollupBatch } from "./rollup-batch.ts";
import { named, rollupKeys, rollupMeasures, taggedKeys } from "./rollup-columns.ts";

/** Adds batches to the tables of SQLite. */
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

/** Adds the sums of a batch as part of a transaction that goes on over several turns. */
export async function addToSqlite(queries: SqlQueries, { rollups, tagged }: RollupBatch): Promise<void> {
  for (const { key, counts, sums } of rollups) await queries.run(addingTo("rollups", rollupKeys), [...key, ...counts, ...sums]);
  for (const { key, counts, sums } of tagged) await queries.run(addingTo("tagged_rollups", taggedKeys), [...key, ...counts, ...sums]);
}

/** Adds measures to those of the same keys. */
function addingTo(table: string, keys: readonly string[]): string {
  const columns = [...keys, ...rollupMeasures];
  return `INSERT INTO ${table} (${named(columns)}) VALUES (${columns.map(() => "?").join(", ")})
    ON CONFLICT DO UPDATE SET ${rollupMeasures.map((name) => `${name} = ${name} + excluded.${name}`).join(", ")}`;
}
