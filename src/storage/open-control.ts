import { join } from "node:path";
import { type ControlStore, controlMigrations, sqliteControl } from "./control.ts";
import { openAtNewest } from "./sqlite/open-at-newest.ts";
import { makePrivateFolder } from "./sqlite/open-database.ts";

export interface OpenedControl {
  readonly control: ControlStore;
  close(): void;
}

/**
 * Opens `control.db` alone: what has to be known before the config is read, and what needs no records. It may be open several times
 * in one process.
 * @throws Fault `gateway_failed` when the data was written by a newer version
 */
export async function openControl(folder: string): Promise<OpenedControl> {
  makePrivateFolder(folder);
  const database = await openAtNewest(join(folder, "control.db"), controlMigrations);
  // What operators do is rare, and is on the disk before they are answered.
  database.exec("PRAGMA synchronous = FULL");
  return { control: sqliteControl(database), close: () => database.close() };
}
