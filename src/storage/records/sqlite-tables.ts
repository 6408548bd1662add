import { addToSqlite } from "../rollups/rollup-writer.ts";
import type { SqliteSql } from "../sql/sqlite-sql.ts";
import type { SqliteDatabase, SqliteStatement } from "../sqlite/driver.ts";
import type { RecordTables } from "./record-tables.ts";

/** The tables in `records.db`. */
export class SqliteRecordTables implements RecordTables {
  readonly usage = {
    month: "strftime('%Y-%m', hour * 3600, 'unixepoch')",
    tag: (name: string) => ({ sql: "tags ->> ?", value: `$."${name}"` }),
  };
  readonly addSums = addToSqlite;
  readonly #database: SqliteDatabase;
  readonly #sql: SqliteSql;
  readonly #chunkEnd: SqliteStatement;
  readonly #dropOwners: SqliteStatement;
  readonly #dropFromChunk: SqliteStatement;

  /** @param sql over the same connection */
  constructor(database: SqliteDatabase, sql: SqliteSql) {
    this.#database = database;
    this.#sql = sql;
    this.#chunkEnd = database.prepare("SELECT max(id) AS id FROM (SELECT id FROM record_lines WHERE id > ? ORDER BY id LIMIT 1000)");
    this.#dropOwners = database.prepare(
      `DELETE FROM record_owners WHERE (organisation, id) IN (SELECT line ->> '$[24]', id FROM record_lines
         WHERE id > ? AND id <= ? AND line ->> '$[1]' < ? AND line ->> '$[24]' IS NOT NULL)`,
    );
    this.#dropFromChunk = database.prepare("DELETE FROM record_lines WHERE id > ? AND id <= ? AND line ->> '$[1]' < ?");
  }

  linesOfOwner(condition: string): string {
    return `SELECT line FROM (SELECT id FROM record_owners WHERE ${condition} ORDER BY id DESC LIMIT ?) JOIN record_lines USING (id)
      ORDER BY id DESC`;
  }

  async dropBefore(time: number): Promise<number> {
    let dropped = 0;
    let after = "";
    for (;;) {
      const last = after;
      const end = await this.#sql.alone(() => this.#chunkEnd.get([last])?.id);
      if (typeof end !== "string") return dropped;
      const chunk = [after, end, time];
      const some = await this.#sql.alone(() =>
        this.#database.transaction(() => {
          this.#dropOwners.run(chunk);
          return this.#dropFromChunk.run(chunk);
        }),
      );
      // Ids sort by time: behind a chunk that holds nothing old there is nothing old.
      if (some === 0) return dropped;
      dropped += some;
      after = end;
      // A turn for everyone else between two short locks.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
