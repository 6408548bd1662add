import { recordOf } from "./record-columns.ts";
import { hourMs, rollupCounts, rollupSums } from "./rollup-batch.ts";
import { everything, reachCondition, reaches, type Scope } from "./scope.ts";
import type { SettledRecord } from "./settled-record.ts";
import type { SqliteDatabase, SqliteStatement, SqlRow } from "./sqlite/driver.ts";

export type UsageGroup = "team" | "key" | "model" | "provider" | "day" | "hour";

export interface UsageQuery {
  /** Milliseconds since the epoch; sums are kept by the hour, so the hour that it falls into counts whole. */
  readonly since?: number;
  /** Exclusive; the hour that it falls into counts whole. */
  readonly until?: number;
  /** Default: one row for everything. */
  readonly by?: readonly UsageGroup[];
}

/** Sums over a group. `requests = success + refused + failed + cancelled`. */
export interface UsageRow {
  /** Values of the groups asked for: names and ids, `2026-11-20` for a day, `2026-11-20T13:00Z` for an hour, `""` for none. */
  readonly group: Readonly<Partial<Record<UsageGroup, string>>>;
  readonly requests: number;
  readonly success: number;
  readonly refused: number;
  readonly failed: number;
  readonly cancelled: number;
  /** Requests whose usage was estimated, because the provider did not report it. */
  readonly estimated: number;
  /** Requests that used something for which there was no price: their cost is not in `costNanos`. */
  readonly unpriced: number;
  readonly inputUncached: bigint;
  readonly cacheRead: bigint;
  readonly cacheWrite: bigint;
  readonly output: bigint;
  readonly reasoning: bigint;
  readonly costNanos: bigint;
}

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

const groupColumns: Readonly<Record<UsageGroup, string>> = {
  team: "team",
  key: "key_id",
  model: "model",
  provider: "provider",
  day: "hour / 24",
  hour: "hour",
};

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
    const groups = query.by ?? [];
    const selected = [
      ...groups.map((group) => `${groupColumns[group]} AS by_${group}`),
      ...rollupCounts.map((name) => `COALESCE(SUM(${name}), 0) AS ${name}`),
      // As text: neither runtime hands integers beyond 2^53 over as numbers exactly.
      ...rollupSums.map((name) => `CAST(COALESCE(SUM(${name}), 0) AS TEXT) AS ${name}`),
    ];
    const grouping = groups.length === 0 ? "" : `GROUP BY ${groups.map((group) => `by_${group}`).join(", ")}`;
    const order = groups.length === 0 ? "" : `ORDER BY ${groups.map((group) => `by_${group}`).join(", ")}`;
    const since = Math.floor((query.since ?? 0) / hourMs);
    const until = query.until === undefined ? Number.MAX_SAFE_INTEGER : Math.ceil(query.until / hourMs);
    const within = reachCondition(this.#scope);
    const sql = `SELECT ${selected.join(", ")} FROM rollups WHERE hour >= ? AND hour < ? AND ${within.sql} ${grouping} ${order}`;
    return this.#database
      .prepare(sql)
      .all([since, until, ...within.values])
      .map((row) => usageRow(row, groups));
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

function usageRow(row: SqlRow, groups: readonly UsageGroup[]): UsageRow {
  return {
    group: Object.fromEntries(groups.map((group) => [group, groupValue(group, row[`by_${group}`])])),
    requests: Number(row.requests),
    success: Number(row.success),
    refused: Number(row.refused),
    failed: Number(row.failed),
    cancelled: Number(row.cancelled),
    estimated: Number(row.estimated),
    unpriced: Number(row.unpriced),
    inputUncached: BigInt(String(row.input_uncached)),
    cacheRead: BigInt(String(row.cache_read)),
    cacheWrite: BigInt(String(row.cache_write)),
    output: BigInt(String(row.output)),
    reasoning: BigInt(String(row.reasoning)),
    costNanos: BigInt(String(row.cost_nanos)),
  };
}

function groupValue(group: UsageGroup, value: unknown): string {
  if (group === "hour") return `${new Date(Number(value) * hourMs).toISOString().slice(0, 16)}Z`;
  if (group === "day") return new Date(Number(value) * 24 * hourMs).toISOString().slice(0, 10);
  return String(value);
}
