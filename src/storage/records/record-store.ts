import { sumUsage, type UsageQuery, type UsageRow } from "../rollups/usage.ts";
import { everything, reachCondition, reaches, type Scope } from "../scope.ts";
import type { SettledRecord } from "../settled-record.ts";
import type { SqlQueries } from "../sql/sql-database.ts";
import type { SqlValue } from "../sqlite/driver.ts";
import { recordOf } from "./record-columns.ts";
import type { RecordTables } from "./record-tables.ts";

/** What is known of past exchanges. Never asked on a request's path. */
export interface RecordStore {
  record(id: string): Promise<SettledRecord | undefined>;
  usage(query: UsageQuery): Promise<readonly UsageRow[]>;
  /** The newest records, newest first: in the order of their ids. @param before only those older than this id */
  recent(limit: number, before?: string): Promise<readonly SettledRecord[]>;
  /** Deletes records that began before `time`, oldest ids first; their sums stay. @returns how many */
  dropBefore(time: number): Promise<number>;
  /** The same, seen from a scope: to it, the records of others are not there. */
  within(scope: Scope): RecordStore;
}

/** Records in a database. */
export class SqlRecordStore implements RecordStore {
  readonly #queries: SqlQueries;
  readonly #tables: RecordTables;
  readonly #scope: Scope;

  constructor(queries: SqlQueries, tables: RecordTables, scope: Scope = everything) {
    this.#queries = queries;
    this.#tables = tables;
    this.#scope = scope;
  }

  async record(id: string): Promise<SettledRecord | undefined> {
    const row = await this.#queries.get("SELECT line FROM record_lines WHERE id = ?", [id]);
    const record = row && recordOf(String(row.line));
    return record && reaches(this.#scope, record) ? record : undefined;
  }

  within(scope: Scope): RecordStore {
    return new SqlRecordStore(this.#queries, this.#tables, scope);
  }

  async recent(limit: number, before?: string): Promise<readonly SettledRecord[]> {
    if (this.#scope.organisation !== undefined) return this.#recentOfOrganisation(limit, before);
    if (this.#scope.teams === undefined) return this.#next(limit, before);
    // The config's teams alone: they have no index of their own, so that records cost no more for them.
    const found: SettledRecord[] = [];
    for (let last = before; ; ) {
      const some = await this.#next(1000, last);
      found.push(...some.filter((record) => reaches(this.#scope, record)));
      last = some.at(-1)?.id;
      if (last === undefined || found.length >= limit) return found.slice(0, limit);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  usage(query: UsageQuery): Promise<readonly UsageRow[]> {
    return sumUsage(this.#queries, this.#tables.usage, query, this.#scope);
  }

  dropBefore(time: number): Promise<number> {
    return this.#tables.dropBefore(time);
  }

  #recentOfOrganisation(limit: number, before: string | undefined): Promise<readonly SettledRecord[]> {
    const { sql, values } = reachCondition(this.#scope);
    const condition = before === undefined ? sql : `${sql} AND id < ?`;
    return this.#lines(this.#tables.linesOfOwner(condition), [...values, ...(before === undefined ? [] : [before]), limit]);
  }

  #next(limit: number, before: string | undefined): Promise<readonly SettledRecord[]> {
    return before === undefined
      ? this.#lines("SELECT line FROM record_lines ORDER BY id DESC LIMIT ?", [limit])
      : this.#lines("SELECT line FROM record_lines WHERE id < ? ORDER BY id DESC LIMIT ?", [before, limit]);
  }

  async #lines(sql: string, values: readonly SqlValue[]): Promise<readonly SettledRecord[]> {
    return (await this.#queries.all(sql, values)).map((row) => recordOf(String(row.line)));
  }
}
