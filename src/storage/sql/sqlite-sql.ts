import type { SqliteDatabase, SqliteStatement, SqlRow, SqlValue } from "../sqlite/driver.ts";
import { type SqlDatabase, type SqlQueries, UniqueConflict } from "./sql-database.ts";

/** More texts than the stores have; lists with many filters make new ones. */
const mostStatements = 500;
/** How long the lock of another connection is waited for. Nothing is held up meanwhile. */
const patienceMs = 5_000;
const longestWaitMs = 25;

/**
 * The query layer over SQLite. Whoever uses it for a connection writes by nothing else on it but `alone`: a transaction goes on over
 * several turns. For the same reason SQLite itself must not wait for a lock, which another connection of this very process may hold.
 */
export class SqliteSql implements SqlDatabase {
  readonly dialect = "sqlite";
  readonly #database: SqliteDatabase;
  readonly #statements = new Map<string, SqliteStatement>();
  /** The transaction under way, or none. */
  #busy: Promise<void> | undefined;
  readonly #now: SqlQueries = {
    run: async (sql, values = []) => asked(() => this.#statement(sql).run(values)),
    get: async (sql, values = []) => asked(() => this.#statement(sql).get(values)),
    all: async (sql, values = []) => asked(() => this.#statement(sql).all(values)),
  };

  constructor(database: SqliteDatabase) {
    this.#database = database;
    database.exec("PRAGMA busy_timeout = 0");
  }

  run(sql: string, values?: readonly SqlValue[]): Promise<number> {
    return this.#outside(() => this.#now.run(sql, values));
  }

  get(sql: string, values?: readonly SqlValue[]): Promise<SqlRow | undefined> {
    return this.#outside(() => this.#now.get(sql, values));
  }

  all(sql: string, values?: readonly SqlValue[]): Promise<readonly SqlRow[]> {
    return this.#outside(() => this.#now.all(sql, values));
  }

  /** Outside of any transaction, however long it has to wait for that. */
  #outside<Result>(ask: () => Promise<Result>): Promise<Result> {
    return unlocked(async () => {
      while (this.#busy) await this.#busy;
      return ask();
    });
  }

  async transaction<Result>(work: (queries: SqlQueries) => Promise<Result>): Promise<Result> {
    while (this.#busy) await this.#busy;
    const running = this.#transaction(work);
    const ended = running.then(
      () => undefined,
      () => undefined,
    );
    this.#busy = ended.then(() => {
      this.#busy = undefined;
    });
    return running;
  }

  /** Work that asks the connection itself, within one turn, when no transaction is under way. It is begun anew after a lock. */
  alone<Result>(work: () => Result): Promise<Result> {
    return this.#outside(async () => work());
  }

  async #transaction<Result>(work: (queries: SqlQueries) => Promise<Result>): Promise<Result> {
    await unlocked(async () => this.#statement("BEGIN IMMEDIATE").run([]));
    try {
      const result = await work(this.#now);
      this.#statement("COMMIT").run([]);
      return result;
    } catch (error) {
      this.#rollBack();
      throw error;
    }
  }

  #rollBack(): void {
    try {
      this.#statement("ROLLBACK").run([]);
    } catch (error) {
      // A full disk makes SQLite roll back by itself, and then there is no transaction left to end.
      if (!String(error).includes("no transaction")) throw error;
    }
  }

  #statement(sql: string): SqliteStatement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      if (this.#statements.size >= mostStatements) this.#statements.clear();
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

/** Asks again as long as another connection has the lock. */
async function unlocked<Result>(ask: () => Promise<Result>): Promise<Result> {
  const until = performance.now() + patienceMs;
  for (let waitMs = 1; ; waitMs = Math.min(waitMs * 2, longestWaitMs)) {
    try {
      return await ask();
    } catch (error) {
      if (!String(error).includes("database is locked") || performance.now() > until) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, waitMs));
  }
}

function asked<Result>(ask: () => Result): Result {
  try {
    return ask();
  } catch (error) {
    const found = /UNIQUE constraint failed: (?:index '(?<index>[^']+)'|(?<column>\S+?),?(?:\s|$))/.exec(String(error))?.groups;
    if (!found) throw error;
    throw new UniqueConflict(found.index ?? (found.column as string), error);
  }
}
