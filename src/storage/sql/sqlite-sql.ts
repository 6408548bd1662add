import type { SqliteDatabase, SqliteStatement, SqlRow, SqlValue } from "../sqlite/driver.ts";
import { type SqlDatabase, type SqlQueries, UniqueConflict } from "./sql-database.ts";

/** More texts than the stores have; lists with many filters make new ones. */
const mostStatements = 500;

/** The query layer over SQLite. Whoever uses it for a connection uses nothing else on it: a transaction goes on over several turns. */
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
  }

  async run(sql: string, values?: readonly SqlValue[]): Promise<number> {
    while (this.#busy) await this.#busy;
    return this.#now.run(sql, values);
  }

  async get(sql: string, values?: readonly SqlValue[]): Promise<SqlRow | undefined> {
    while (this.#busy) await this.#busy;
    return this.#now.get(sql, values);
  }

  async all(sql: string, values?: readonly SqlValue[]): Promise<readonly SqlRow[]> {
    while (this.#busy) await this.#busy;
    return this.#now.all(sql, values);
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

  async #transaction<Result>(work: (queries: SqlQueries) => Promise<Result>): Promise<Result> {
    this.#statement("BEGIN IMMEDIATE").run([]);
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

function asked<Result>(ask: () => Result): Result {
  try {
    return ask();
  } catch (error) {
    const found = /UNIQUE constraint failed: (?:index '(?<index>[^']+)'|(?<column>\S+?),?(?:\s|$))/.exec(String(error))?.groups;
    if (!found) throw error;
    throw new UniqueConflict(found.index ?? (found.column as string), error);
  }
}
