import { addingToPostgres, rollupsAsJson } from "../rollups/postgres-rollups.ts";
import type { RollupBatch } from "../rollups/rollup-batch.ts";
import type { SqlQueries } from "../sql/sql-database.ts";
import type { DayPartitions } from "./day-partitions.ts";
import type { RecordTables } from "./record-tables.ts";

/** The tables in PostgreSQL. */
export class PostgresRecordTables implements RecordTables {
  readonly usage = {
    month: "to_char(to_timestamp(hour * 3600) AT TIME ZONE 'UTC', 'YYYY-MM')",
    tag: (name: string) => ({ sql: "CAST(tags AS json) ->> CAST(? AS text)", value: name }),
  };
  readonly #days: DayPartitions;

  constructor(days: DayPartitions) {
    this.#days = days;
  }

  linesOfOwner(condition: string): string {
    return `SELECT line FROM record_lines WHERE ${condition} ORDER BY id DESC LIMIT ?`;
  }

  async addSums(queries: SqlQueries, batch: RollupBatch): Promise<void> {
    const { plain, tagged } = rollupsAsJson(batch);
    await queries.run(addingToPostgres("rollups", "?1"), [plain]);
    await queries.run(addingToPostgres("tagged_rollups", "?1"), [tagged]);
  }

  dropBefore(time: number): Promise<number> {
    return this.#days.dropBefore(time);
  }
}
