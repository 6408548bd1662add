import { basename } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { driverFault, type SqliteDatabase, type SqliteStatement, transactionOf } from "./driver.ts";

/** node:sqlite behind the driver's interface. */
export function openNodeDatabase(path: string): SqliteDatabase {
  const database = new DatabaseSync(path);
  const name = basename(path);
  const prepare = (sql: string) => wrap(database.prepare(sql), name);
  return {
    exec: (sql) => database.exec(sql),
    prepare,
    transaction: transactionOf({ prepare }),
    close: () => database.close(),
  };
}

function wrap(statement: StatementSync, name: string): SqliteStatement {
  return {
    run(values) {
      try {
        return Number(statement.run(...values).changes);
      } catch (error) {
        throw driverFault(error, name);
      }
    },
    get(values) {
      try {
        return statement.get(...values);
      } catch (error) {
        throw driverFault(error, name);
      }
    },
    all(values) {
      try {
        return statement.all(...values);
      } catch (error) {
        throw driverFault(error, name);
      }
    },
  };
}
