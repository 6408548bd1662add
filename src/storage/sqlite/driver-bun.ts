import { Database, type SQLQueryBindings, type Statement } from "bun:sqlite";
import { type SqliteDatabase, type SqliteStatement, type SqlRow, type SqlValue, transactionOf } from "./driver.ts";

/** bun:sqlite behind the driver's interface. */
export function openBunDatabase(path: string): SqliteDatabase {
  const database = new Database(path, { create: true, readwrite: true });
  const prepare = (sql: string) => wrap(database.prepare<SqlRow, SQLQueryBindings[]>(sql));
  return {
    exec: (sql) => void database.exec(sql),
    prepare,
    transaction: transactionOf({ prepare }),
    close: () => database.close(),
  };
}

function wrap(statement: Statement<SqlRow, SQLQueryBindings[]>): SqliteStatement {
  // One array instead of spread arguments: a quarter less time for a wide row.
  const list = (values: readonly SqlValue[]) => values as unknown as SQLQueryBindings;
  return {
    run: (values) => statement.run(list(values)).changes,
    get: (values) => statement.get(list(values)) ?? undefined,
    all: (values) => statement.all(list(values)),
  };
}
