import { basename } from "node:path";
import type { SqliteDatabase } from "./driver.ts";
import { migrate } from "./migrations.ts";
import { openDatabase } from "./open-database.ts";

/** @param check throws where it is not to be used @throws Fault `gateway_failed` when the data was written by a newer version */
export async function openAtNewest(
  path: string,
  migrations: readonly string[],
  check: () => void = () => undefined,
): Promise<SqliteDatabase> {
  const database = await openDatabase(path);
  try {
    migrate(database, basename(path), migrations);
    check();
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
