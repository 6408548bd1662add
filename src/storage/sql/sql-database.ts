import type { SqlRow, SqlValue } from "../sqlite/driver.ts";

/** Statements in the SQL that SQLite and PostgreSQL share. Values stand as `?`, or as `?1`, `?2` … where one is used twice. */
export interface SqlQueries {
  /** @returns how many rows changed */
  run(sql: string, values?: readonly SqlValue[]): Promise<number>;
  get(sql: string, values?: readonly SqlValue[]): Promise<SqlRow | undefined>;
  /** Integers of 64 bits may come out as text. */
  all(sql: string, values?: readonly SqlValue[]): Promise<readonly SqlRow[]>;
}

/**
 * One query layer over the embedded SQLite and over PostgreSQL.
 *
 * Every method throws `UniqueConflict`, and where the database is elsewhere and does not answer the Fault `store_unavailable`.
 */
export interface SqlDatabase extends SqlQueries {
  readonly dialect: "sqlite" | "postgres";
  /**
   * `work` alone: no other transaction on these data runs meanwhile, in this process or in another one, and all of it is undone when it
   * throws. It asks `queries` only, never the database itself, and waits for nothing else: others wait for it.
   */
  transaction<Result>(work: (queries: SqlQueries) => Promise<Result>): Promise<Result>;
}

/** There is another row with what may stand once. */
export class UniqueConflict extends Error {
  /** What the database calls it: `table.column` of SQLite, the name of the constraint or the index of both. */
  readonly place: string;

  constructor(place: string, cause: unknown) {
    super(`${place} is there already.`, { cause });
    this.place = place;
  }
}
