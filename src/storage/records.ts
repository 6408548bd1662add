import { recordOf } from "./record-columns.ts";
import { sumUsage, type UsageQuery, type UsageRow } from "./rollups/usage.ts";
import { everything, reachCondition, reaches, type Scope } from "./scope.ts";
import type { SettledRecord } from "./settled-record.ts";
import type { SqliteDatabase, SqliteStatement } from "./sqlite/driver.ts";

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

/** Records in SQLite. */
export class SqliteRecordStore implements RecordStore {
  readonly #database: SqliteDatabase;
  readonly #record: SqliteStatement;
  readonly #recent: SqliteStatement;
  readonly #older: SqliteStatement;
  readonly #scope: Scope;
  readonly #chunkEnd: SqliteStatement;
  readonly #dropOwners: SqliteStatement;
  readonly #dropFromChunk: SqliteStatement;

  constructor(database: SqliteDatabase, scope: Scope = everything) {
    this.#database = database;
    this.#scope = scope;
    this.#record = database.prepare("SELECT line FROM record_lines WHERE id = ?");
    this.#recent = database.prepare("SELECT line FROM record_lines ORDER BY id DESC LIMIT ?");
    this.#older = database.prepare("SELECT line FROM record_lines WHERE id < ? ORDER BY id DESC LIMIT ?");
    this.#chunkEnd = database.prepare("SELECT max(id) AS id FROM (SELECT id FROM record_lines WHERE id > ? ORDER BY id LIMIT 1000)");
    this.#dropOwners = database.prepare(
      `DELETE FROM record_owners WHERE (organisation, id) IN (SELECT line ->> '$[24]', id FROM record_lines
         WHERE id > ? AND id <= ? AND line ->> '$[1]' < ? AND line ->> '$[24]' IS NOT NULL)`,
    );
    this.#dropFromChunk = database.prepare("DELETE FROM record_lines WHERE id > ? AND id <= ? AND line ->> '$[1]' < ?");
  }

  async record(id: string): Promise<SettledRecord | undefined> {
    const row = this.#record.get([id]);
    const record = row && recordOf(String(row.line));
    return record && reaches(this.#scope, record) ? record : undefined;
  }

  within(scope: Scope): RecordStore {
    return new SqliteRecordStore(this.#database, scope);
  }

  async recent(limit: number, before?: string): Promise<readonly SettledRecord[]> {
    if (this.#scope.organisation !== undefined) return this.#recentOfOrganisation(limit, before);
    if (this.#scope.teams === undefined) return this.#next(limit, before);
    // The config's teams alone: they have no index of their own, so that records cost no more for them.
    const found: SettledRecord[] = [];
    for (let last = before; ; ) {
      const some = this.#next(1000, last);
      found.push(...some.filter((record) => reaches(this.#scope, record)));
      last = some.at(-1)?.id;
      if (last === undefined || found.length >= limit) return found.slice(0, limit);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #recentOfOrganisation(limit: number, before: string | undefined): readonly SettledRecord[] {
    const { sql, values } = reachCondition(this.#scope);
    const older = before === undefined ? "" : "AND id < ?";
    return this.#database
      .prepare(
        `SELECT line FROM (SELECT id FROM record_owners WHERE ${sql} ${older} ORDER BY id DESC LIMIT ?) JOIN record_lines USING (id)
         ORDER BY id DESC`,
      )
      .all([...values, ...(before === undefined ? [] : [before]), limit])
      .map((row) => recordOf(String(row.line)));
  }

  #next(limit: number, before: string | undefined): readonly SettledRecord[] {
    return (before === undefined ? this.#recent.all([limit]) : this.#older.all([before, limit])).map((row) => recordOf(String(row.line)));
  }

  async usage(query: UsageQuery): Promise<readonly UsageRow[]> {
    return sumUsage(this.#database, query, this.#scope);
  }

  async dropBefore(time: number): Promise<number> {
    let dropped = 0;
    let after = "";
    for (;;) {
      const end = this.#chunkEnd.get([after])?.id;
      if (typeof end !== "string") return dropped;
      const chunk = [after, end, time];
      const some = this.#database.transaction(() => {
        this.#dropOwners.run(chunk);
        return this.#dropFromChunk.run(chunk);
      });
      // Ids sort by time: behind a chunk that holds nothing old there is nothing old.
      if (some === 0) return dropped;
      dropped += some;
      after = end;
      // A turn for everyone else between two short locks.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
