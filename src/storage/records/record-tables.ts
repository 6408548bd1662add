import type { RollupBatch } from "../rollups/rollup-batch.ts";
import type { UsageDialect } from "../rollups/usage.ts";
import type { SqlQueries } from "../sql/sql-database.ts";

/** What SQLite and PostgreSQL do differently with the tables of the records. */
export interface RecordTables {
  readonly usage: UsageDialect;
  /** The newest lines of what fits the condition on `organisation`, `team` and `id`; the last value is how many. */
  linesOfOwner(condition: string): string;
  /** Adds sums as part of a transaction. */
  addSums(queries: SqlQueries, batch: RollupBatch): Promise<void>;
  /** Drops the records that began before `time`. @returns how many */
  dropBefore(time: number): Promise<number>;
}
