import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type Config, ConfigError, defaultConfig, formatIssues, loadConfig, loadStores, unread } from "../../config/index.ts";
import { policies } from "../../policies/index.ts";
import { openStorage, type Storage } from "../../storage/index.ts";
import { CommandError, type Invocation } from "./command.ts";
import { systemError } from "./errors/system-error.ts";

const usualConfig = "sluice.yaml";
const usualData = ".sluice";

/** The config file: the one that was named, else the usual one where it is there. */
export function configPathOf({ flags, terminal }: Invocation): string | undefined {
  const named = flags.text("config") ?? (terminal.environment.SLUICE_CONFIG || undefined);
  if (named !== undefined) return resolve(terminal.folder, named);
  const usual = resolve(terminal.folder, usualConfig);
  return existsSync(usual) ? usual : undefined;
}

export function dataFolderOf({ flags, terminal }: Invocation): string {
  return resolve(terminal.folder, flags.text("data") ?? usualData);
}

/** The config that `serve` would start with, but for the secrets in other stores: none of them is read. @throws CommandError with everything that is wrong with it */
export async function configOf(invocation: Invocation): Promise<Config> {
  const { environment } = invocation.terminal;
  const path = configPathOf(invocation);
  if (path === undefined) return defaultConfig(environment);
  const { config, issues } = await loadConfig(path, { environment, policies, stores: unread });
  if (config === undefined) throw new CommandError(`The config has errors.\n\n${formatIssues(issues)}`, "", issues);
  return config;
}

/** Does something with the data of a gateway that runs or has run, and closes it again. */
export async function withData<T>(invocation: Invocation, use: (storage: Storage) => Promise<T>, mayBeNew = false): Promise<T> {
  const folder = dataFolderOf(invocation);
  if (!mayBeNew && !existsSync(folder)) {
    throw new CommandError(
      `There is no data in ${folder}.`,
      "Name the gateway's data folder with --data FOLDER, or start the gateway once: sluice serve.",
    );
  }
  const warn = (message: string) => invocation.terminal.writeError(`sluice: ${message}\n`);
  let storage: Storage;
  try {
    const { records } = await loadStores(configPathOf(invocation), invocation.terminal.environment);
    storage = await openStorage({ folder, warn, records: records.reveal() });
  } catch (error) {
    if (error instanceof ConfigError) throw new CommandError(`The config has errors.\n\n${error.message}`, "", error.issues);
    const known = systemError(error);
    const reason = known?.message ?? (error instanceof Error ? error.message : String(error));
    throw new CommandError(`The data in ${folder} cannot be opened: ${reason}`, known?.next ?? "Check that the folder belongs to you.");
  }
  try {
    return await use(storage);
  } finally {
    await storage.close();
  }
}

/** JSON on one line, for `--json`; bigints become numbers where they are exact and text where they are not. */
export function jsonLine(value: unknown): string {
  const plain = (_: string, item: unknown) => {
    if (typeof item !== "bigint") return item;
    return item <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(item) : String(item);
  };
  return `${JSON.stringify(value, plain)}\n`;
}
