import { DatabaseSync, type StatementSync } from "node:sqlite";
import { type SqliteDatabase, type SqliteStatement, transactionOf } from "./driver.ts";

/** node:sqlite behind the driver's interface. */
export function openNodeDatabase(path: string): SqliteDatabase {
  const database = new DatabaseSync(path);
  const prepare = (sql: string) => wrap(database.prepare(sql));
  return {
    exec: (sql) => database.exec(sql),
    prepare,
    transaction: transactionOf({ prepare }),
    close: () => database.close(),
  };
}

function wrap(statement: StatementSync): SqliteStatement {
  return {
    run: (values) => Number(statement.run(...values).changes),
    get: (values) => statement.get(...values),
    all: (values) => statement.all(...values),
  };
}
