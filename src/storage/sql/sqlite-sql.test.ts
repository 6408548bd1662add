import { openDatabase } from "../sqlite/open-database.ts";
import { sqlSuite } from "./sql-suite.ts";
import { SqliteSql } from "./sqlite-sql.ts";

sqlSuite("SQLite", async () => {
  const database = await openDatabase(":memory:");
  database.exec("CREATE TABLE things (name TEXT NOT NULL UNIQUE, count INTEGER NOT NULL)");
  return new SqliteSql(database);
});
