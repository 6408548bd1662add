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
