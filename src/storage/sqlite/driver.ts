import { Explanation, Fault } from "../../exchange/index.ts";

/** What SQLite takes and gives. Integers beyond 2^53 go in as bigint and come out as text (`CAST(… AS TEXT)`). */
export type SqlValue = string | number | bigint | null;
export type SqlRow = Readonly<Record<string, unknown>>;

export interface SqliteStatement {
  /** @returns how many rows changed */
  run(values: readonly SqlValue[]): number;
  get(values: readonly SqlValue[]): SqlRow | undefined;
  all(values: readonly SqlValue[]): readonly SqlRow[];
}

/** The little of SQLite that the stores need; two runtimes bring it in two shapes. */
export interface SqliteDatabase {
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
  /** `work` runs under the write lock (`BEGIN IMMEDIATE`) and is undone when it throws. It must not be async. */
  transaction<Result>(work: () => Result): Result;
  close(): void;
}

/** Builds `transaction` from the plain statements that both runtimes have. */
export function transactionOf(database: Pick<SqliteDatabase, "prepare">): SqliteDatabase["transaction"] {
  const begin = database.prepare("BEGIN IMMEDIATE");
  const commit = database.prepare("COMMIT");
  const rollback = database.prepare("ROLLBACK");
  return (work) => {
    begin.run([]);
    try {
      const result = work();
      commit.run([]);
      return result;
    } catch (error) {
      rollBack(rollback);
      throw error;
    }
  };
}

function rollBack(rollback: SqliteStatement): void {
  try {
    rollback.run([]);
  } catch (error) {
    // A full disk makes SQLite roll back by itself, and then there is no transaction left to end.
    if (!String(error).includes("no transaction")) throw error;
  }
}

/** The first byte of what SQLite answers, where the disk is what does not do its part. */
const diskTroubles: Readonly<Record<number, string>> = {
  8: "may not be written",
  10: "cannot be written or read: its disk fails, or has no room",
  13: "cannot be written: there is no room on its disk",
};

/**
 * What a runtime's driver threw. A disk that is full, broken or not to be written is no defect of the gateway: the Fault
 * `store_unavailable` then, which says so.
 *
 * @param name of the database, for people
 */
export function driverFault(error: unknown, name: string): unknown {
  if (!(error instanceof Error)) return error;
  const { errno, errcode = errno } = error as { readonly errno?: unknown; readonly errcode?: unknown };
  const trouble = typeof errcode === "number" ? diskTroubles[errcode & 0xff] : undefined;
  if (trouble === undefined) return error;
  const cause = new Explanation(`${name}: ${error.message}`);
  return new Fault("store_unavailable", { message: `${name} ${trouble}.`, retryAfterMs: 1_000, cause });
}
