import { Fault } from "../../exchange/index.ts";
import type { SqliteDatabase } from "./driver.ts";

/**
 * Brings a database to the newest schema. The schema's number is SQLite's `user_version`; migration `n` (from 0) leads
 * to number `n + 1`. Migrations only go forward and are never edited once released.
 * @throws Fault `gateway_failed` when the database is newer than this program
 */
export function migrate(database: SqliteDatabase, name: string, migrations: readonly string[]): void {
  if (schemaNumber(database) === migrations.length) return;
  // Read again under the lock: another process may just have done it.
  database.transaction(() => {
    const current = schemaNumber(database);
    if (current > migrations.length) {
      throw new Fault("gateway_failed", {
        message: `${name} has schema ${current}, and this version of Sluice knows schemas up to ${migrations.length}. Start the newer version, or restore a backup made before the upgrade.`,
      });
    }
    for (const migration of migrations.slice(current)) database.exec(migration);
    database.exec(`PRAGMA user_version = ${migrations.length}`);
  });
}

function schemaNumber(database: SqliteDatabase): number {
  return Number(database.prepare("PRAGMA user_version").get([])?.user_version);
}
