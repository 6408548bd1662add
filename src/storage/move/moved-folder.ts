import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "../../exchange/index.ts";
import { syncFolder } from "../journal/journal-segment.ts";

/** What can be kept in a data folder or on a server; `stores` of the config names them so. */
export const storeParts = ["control", "records", "counters"] as const;
export type StorePart = (typeof storeParts)[number];

/** `moved.json` in a data folder: which of its databases are elsewhere now. */
export interface MovedFolder {
  /** The same in the marks of the servers. */
  readonly id: string;
  readonly parts: Readonly<Partial<Record<StorePart, PartTimes>>>;
}

/** ISO 8601. */
export interface PartTimes {
  readonly begunAt: string;
  readonly doneAt?: string;
}

const fileName = "moved.json";

export function readMoved(folder: string): MovedFolder | undefined {
  const path = join(folder, fileName);
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as MovedFolder) : undefined;
}

/** From here on no gateway begins on these databases. On the disk when it returns. */
export function writeMoved(folder: string, moved: MovedFolder): void {
  const path = join(folder, fileName);
  const draft = `${path}.part`;
  writeFileSync(draft, `${JSON.stringify(moved, undefined, 2)}\n`, { mode: 0o600, flush: true });
  renameSync(draft, path);
  syncFolder(folder);
}

/**
 * Two that go on from the same data would each spend its budgets. Asked once a database is open: whoever moves it is alone with it.
 * @throws Fault `gateway_failed` where it was moved away
 */
export function refuseMoved(folder: string, part: StorePart): void {
  const times = readMoved(folder)?.parts[part];
  if (times === undefined) return;
  throw new Fault("gateway_failed", {
    message: `${part}.db in ${folder} was moved to a server (${times.doneAt ?? `begun ${times.begunAt}`}) and is not used any more. Use the config whose \`stores.${part}\` names that server. To go on here instead, without what has happened there since, remove moved.json in the folder.`,
  });
}
