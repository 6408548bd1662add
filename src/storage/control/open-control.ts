import { join } from "node:path";
import { refuseMoved } from "../move/moved-folder.ts";
import { openAtNewest } from "../sqlite/open-at-newest.ts";
import { makePrivateFolder } from "../sqlite/open-database.ts";
import { type ControlStore, controlMigrations, sqliteControl } from "./control.ts";

export interface OpenControlOptions {
  /** The data folder; made when it is not there. */
  readonly folder: string;
  /** `sqlite`: `control.db` in the folder; or the URL of a PostgreSQL. Default `sqlite`. */
  readonly where?: string | undefined;
  readonly warn?: ((message: string) => void) | undefined;
}

export interface OpenedControl {
  readonly control: ControlStore;
  /** Whether several nodes share it, each with a folder of its own. */
  readonly shared: boolean;
  /** Whether it answers. */
  isUp(): boolean;
  close(): void;
}

/**
 * Opens control alone: what has to be known before the config is read, and what needs no records. `control.db` may be open several
 * times in one process.
 * @throws Fault `gateway_failed` when the data was written by a newer version, or the server of control does not answer
 */
export async function openControl({ folder, where = "sqlite", warn = () => undefined }: OpenControlOptions): Promise<OpenedControl> {
  makePrivateFolder(folder);
  if (where !== "sqlite") {
    const { openPostgresControl } = await import("../postgres/postgres-control.ts");
    return { ...(await openPostgresControl(where, warn)), shared: true };
  }
  const database = await openAtNewest(join(folder, "control.db"), controlMigrations, () => refuseMoved(folder, "control"));
  // What operators do is rare, and is on the disk before they are answered.
  database.exec("PRAGMA synchronous = FULL");
  return { control: sqliteControl(database), shared: false, isUp: () => true, close: () => database.close() };
}
