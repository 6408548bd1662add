import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type Config, ConfigError, defaultConfig, formatIssues, loadConfig, loadStores, unread } from "../../config/index.ts";
import { policies } from "../../policies/index.ts";
import { keyGuards, openTransport, type Transport } from "../../providers/index.ts";
import { type InstallationKeys, type OpenedVault, openVault } from "../../secrets/index.ts";
import { type OpenedControl, openControl, openStorage, type Storage } from "../../storage/index.ts";
import { CommandError, type Invocation } from "./command-line/command.ts";
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

/** The data of a gateway that runs or has run. */
export interface OpenedData extends Storage {
  /** What the gateway hashes and signs with. */
  installationKeys(): Promise<InstallationKeys>;
}

/** Does something with the data of a gateway, and closes it again. */
export async function withData<T>(invocation: Invocation, use: (data: OpenedData) => Promise<T>, mayBeNew = false): Promise<T> {
  const folder = dataFolderOf(invocation);
  const { environment } = invocation.terminal;
  const stores = await loadStores(configPathOf(invocation), environment, "control", "records").catch(tell);
  if (!mayBeNew && stores.control.reveal() === "sqlite" && !existsSync(folder)) {
    throw new CommandError(
      `There is no data in ${folder}.`,
      "Name the gateway's data folder with --data FOLDER, or start the gateway once: sluice serve.",
    );
  }
  const warn = (message: string) => invocation.terminal.writeError(`sluice: ${message}\n`);
  let control: OpenedControl | undefined;
  let storage: Storage;
  try {
    control = await openControl({ folder, where: stores.control.reveal(), warn });
    // Nothing here asks what is left of limits: a running gateway knows that.
    storage = await openStorage({ folder, control, records: stores.records.reveal(), counters: "memory", warn });
  } catch (error) {
    control?.close();
    const known = systemError(error);
    const reason = known?.message ?? (error instanceof Error ? error.message : String(error));
    throw new CommandError(`The data in ${folder} cannot be opened: ${reason}`, known?.next ?? "Check that the folder belongs to you.");
  }
  const opened = control;
  const installationKeys = () => withVault(invocation, ({ installationKeys: keys }) => keys(), opened);
  try {
    return await use({ ...storage, installationKeys });
  } finally {
    await storage.close();
    control.close();
  }
}

/** Does something with the vault, and closes it again. @param opened where control is open already */
export async function withVault<T>(invocation: Invocation, use: (vault: OpenedVault) => Promise<T>, opened?: OpenedControl): Promise<T> {
  const folder = dataFolderOf(invocation);
  const { environment: env } = invocation.terminal;
  let transport: Promise<Transport> | undefined;
  const guards = keyGuards(env, () => {
    transport ??= openTransport();
    return transport;
  });
  const stores = await loadStores(configPathOf(invocation), env, "control").catch(tell);
  const control = opened ?? (await openControl({ folder, where: stores.control.reveal() }));
  try {
    return await use(await openVault({ folder, opened: control, env, guards }));
  } finally {
    if (!opened) control.close();
    await (await transport)?.close();
  }
}

function tell(error: unknown): never {
  if (error instanceof ConfigError) throw new CommandError(`The config has errors.\n\n${error.message}`, "", error.issues);
  throw error;
}

/** JSON on one line, for `--json`; bigints become numbers where they are exact and text where they are not. */
export function jsonLine(value: unknown): string {
  const plain = (_: string, item: unknown) => {
    if (typeof item !== "bigint") return item;
    return item <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(item) : String(item);
  };
  return `${JSON.stringify(value, plain)}\n`;
}
