import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { loadStores } from "../../../config/index.ts";
import { backUp, type Manifest, restore } from "../../../storage/index.ts";
import { audited } from "../audit/audited.ts";
import { CommandError, type Invocation, type Run } from "../command-line/command.ts";
import { configPathOf, dataFolderOf, jsonLine, withData } from "../places.ts";

/** `sluice backup`. */
export const backup: Run = async (invocation) => {
  const [file, folder] = [fileOf(invocation), dataFolderOf(invocation)];
  if (!existsSync(folder)) {
    throw new CommandError(`There is no data in ${folder}.`, "Name the gateway's data folder with --data FOLDER.");
  }
  // Whoever has the copy has the keys, too: who made it stands in the audit log.
  const work = () => orTell(backUp(folder, file), "Nothing was written.", "Choose another file, or make room on the disk.");
  const manifest = await withData(invocation, (data) => audited(data, { operation: "backup.create", object: file }, work));
  tell(invocation, manifest, file, `${folder} was copied to ${file}`);
  const stores = await loadStores(configPathOf(invocation), invocation.terminal.environment, "control", "records");
  for (const part of ["control", "records"] as const)
    if (stores[part].reveal() !== "sqlite") invocation.terminal.writeError(elsewhere[part]);
  return 0;
};

const elsewhere = {
  control:
    "sluice: Keys, people, versions of the config and the audit log are in PostgreSQL and not in this file: copy them by `pg_dump --schema=sluice`.\n",
  records:
    "sluice: The records are in PostgreSQL and not in this file, but for what waits in the journal: copy them by `pg_dump --schema=sluice`.\n",
};

/** `sluice restore`. */
export const restoreBackup: Run = async (invocation) => {
  const [file, folder] = [fileOf(invocation), dataFolderOf(invocation)];
  const manifest = await orTell(
    restore(file, folder),
    "Nothing was restored.",
    "Name a folder without data with --data FOLDER, and a whole file of `sluice backup`.",
  );
  tell(invocation, manifest, file, `${file} was put back into ${folder}`);
  return 0;
};

function fileOf({ arguments: [file], terminal }: Invocation): string {
  return resolve(terminal.folder, file!);
}

async function orTell<T>(work: Promise<T>, result: string, next: string): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw new CommandError(`${result} ${error instanceof Error ? error.message : String(error)}`, next);
  }
}

function tell({ flags, terminal }: Invocation, { files, startedAt }: Manifest, file: string, done: string): void {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  if (flags.is("json")) terminal.write(jsonLine({ file, startedAt: new Date(startedAt).toISOString(), files: files.length, bytes }));
  else terminal.write(`${done}: ${files.length} files, ${(bytes / 1e6).toFixed(1)} MB, as of ${new Date(startedAt).toISOString()}.\n`);
}
