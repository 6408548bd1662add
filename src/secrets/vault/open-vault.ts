import { type OpenedControl, openControl } from "../../storage/index.ts";
import { type InstallationKeys, keysOfFolder, keysOfVault } from "../installation-keys.ts";
import { Secret } from "../secret.ts";
import { BodySeals } from "./body-seals.ts";
import type { KeyGuards } from "./key-guard.ts";
import { Keyring } from "./keyring.ts";
import { Vault } from "./vault.ts";

export interface OpenVaultOptions {
  /** Of the data. */
  readonly folder: string;
  /** Opened already, and left open at the end. Default: what the folder holds. */
  readonly opened?: OpenedControl | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly guards: KeyGuards;
}

export interface OpenedVault {
  readonly vault: Vault;
  /** What seals bodies of exchanges: its keys are secrets of the same store, so that a new master key takes them over too. */
  readonly bodySeals: BodySeals;
  /** What all nodes hash and sign with. @throws Fault `vault_locked`, `gateway_failed` */
  installationKeys(): Promise<InstallationKeys>;
  close(): void;
}

/** No organisation is called so. */
const installation = "@installation";

/** The vault of an installation. No key is looked for before one is needed. @throws Fault `vault_locked`, `gateway_failed` */
export async function openVault({ folder, opened, env, guards }: OpenVaultOptions): Promise<OpenedVault> {
  const { control, shared, close } = opened ?? (await openControl({ folder }));
  const closed = () => (opened ? undefined : close());
  try {
    const given = env.SLUICE_MASTER_KEY ? new Secret(env.SLUICE_MASTER_KEY) : undefined;
    const keyring = new Keyring({ folder, given, guards, store: control.sealed, now: Date.now });
    const tools = { store: control.sealed, keyring, now: Date.now };
    return {
      vault: new Vault(tools),
      bodySeals: new BodySeals(new Vault({ ...tools, tenant: "@bodies" }), Date.now),
      installationKeys: async () => (shared ? keysOfVault(new Vault({ ...tools, tenant: installation }), folder) : keysOfFolder(folder)),
      close: closed,
    };
  } catch (error) {
    closed();
    throw error;
  }
}
