import { Database, type SQLQueryBindings, type Statement } from "bun:sqlite";
import { basename } from "node:path";
import { driverFault, type SqliteDatabase, type SqliteStatement, type SqlRow, type SqlValue, transactionOf } from "./driver.ts";

/** bun:sqlite behind the driver's interface. */
export function openBunDatabase(path: string): SqliteDatabase {
  const database = new Database(path, { create: true, readwrite: true });
  const name = basename(path);
  const prepare = (sql: string) => wrap(database.prepare<SqlRow, SQLQueryBindings[]>(sql), name);
  return {
    exec: (sql) => void database.exec(sql),
    prepare,
    transaction: transactionOf({ prepare }),
    close: () => database.close(),
  };
}

function wrap(statement: Statement<SqlRow, SQLQueryBindings[]>, name: string): SqliteStatement {
  // One array instead of spread arguments: a quarter less time for a wide row.
  const list = (values: readonly SqlValue[]) => values as unknown as SQLQueryBindings;
  return {
    run(values) {
      try {
        return statement.run(list(values)).changes;
      } catch (error) {
        throw driverFault(error, name);
      }
    },
    get(values) {
      try {
        return statement.get(list(values)) ?? undefined;
      } catch (error) {
        throw driverFault(error, name);
      }
    },
    all(values) {
      try {
        return statement.all(list(values));
      } catch (error) {
        throw driverFault(error, name);
      }
    },
  };
}
