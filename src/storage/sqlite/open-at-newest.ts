import { basename } from "node:path";
import type { SqliteDatabase } from "./driver.ts";
import { migrate } from "./migrations.ts";
import { openDatabase } from "./open-database.ts";

/** @throws Fault `gateway_failed` when the data was written by a newer version */
export async function openAtNewest(path: string, migrations: readonly string[]): Promise<SqliteDatabase> {
  const database = await openDatabase(path);
  try {
    migrate(database, basename(path), migrations);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
