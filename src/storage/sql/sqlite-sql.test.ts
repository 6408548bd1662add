import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase } from "../sqlite/open-database.ts";
import { sqlSuite } from "./sql-suite.ts";
import { SqliteSql } from "./sqlite-sql.ts";

sqlSuite("SQLite", async () => {
  const database = await openDatabase(":memory:");
  database.exec("CREATE TABLE things (name TEXT NOT NULL UNIQUE, count INTEGER NOT NULL)");
  return new SqliteSql(database);
});

test("two connections of one process do not stand in each other's way", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sluice-sql-"));
  const path = join(folder, "things.db");
  const files = [await openDatabase(path), await openDatabase(path)];
  files[0]?.exec("CREATE TABLE things (count INTEGER NOT NULL); INSERT INTO things VALUES (0)");
  const databases = files.map((file) => new SqliteSql(file));
  const add = (database: SqliteSql) =>
    database.transaction(async (queries) => {
      const before = Number((await queries.get("SELECT count FROM things"))?.count);
      await queries.run("UPDATE things SET count = ?", [before + 1]);
    });
  const addAtOnce = (database: SqliteSql) => database.run("UPDATE things SET count = count + 1");
  await Promise.all(Array.from({ length: 20 }, () => databases.flatMap((database) => [add(database), addAtOnce(database)])).flat());
  expect(await databases[0]?.get("SELECT count FROM things")).toEqual({ count: 80 });
  for (const file of files) file.close();
  rmSync(folder, { recursive: true });
});
