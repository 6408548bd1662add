import { existsSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "../../exchange/index.ts";
import { controlMigrations } from "../control/control.ts";
import { counterMigrations } from "../counters/sqlite-counters.ts";
import { recordMigrations } from "../records/record-schema.ts";
import type { SqliteDatabase } from "../sqlite/driver.ts";
import { migrate } from "../sqlite/migrations.ts";
import { openDatabase } from "../sqlite/open-database.ts";
import type { StorePart } from "./moved-folder.ts";

const migrationsOf = { control: controlMigrations, records: recordMigrations, counters: counterMigrations } as const;

/**
 * A database of the folder, at the newest schema, that no other process has open or can open until it is closed.
 * @returns undefined where there is none
 * @throws Fault `gateway_failed` where a gateway has it open, or a newer version has written it
 */
export async function openAlone(folder: string, part: StorePart): Promise<SqliteDatabase | undefined> {
  const path = join(folder, `${part}.db`);
  if (!existsSync(path)) return undefined;
  let database: SqliteDatabase | undefined;
  try {
    database = await openDatabase(path, { busyTimeoutMs: 0 });
    database.exec("PRAGMA locking_mode = EXCLUSIVE");
    // In write-ahead mode every open connection has a lock, also one that does nothing: this asks for theirs.
    database.exec("BEGIN IMMEDIATE; COMMIT");
    migrate(database, `${part}.db`, migrationsOf[part]);
    if (part === "control") database.exec("PRAGMA synchronous = FULL");
    return database;
  } catch (error) {
    database?.close();
    if (!String(error).includes("database is locked")) throw error;
    throw new Fault("gateway_failed", {
      message: `A gateway or another command has ${path} open. Stop it first, all its workers too: what is used meanwhile would be lost.`,
    });
  }
}
