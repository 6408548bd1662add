import { openControl } from "../../storage/index.ts";
import { Secret } from "../secret.ts";
import type { KeyGuards } from "./key-guard.ts";
import { Keyring } from "./keyring.ts";
import { Vault } from "./vault.ts";

export interface OpenVaultOptions {
  /** Of the data. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly guards: KeyGuards;
}

export interface OpenedVault {
  readonly vault: Vault;
  close(): void;
}

/** The vault of a data folder. No key is looked for before one is needed. @throws Fault `vault_locked`, `gateway_failed` */
export async function openVault({ folder, env, guards }: OpenVaultOptions): Promise<OpenedVault> {
  const { control, close } = await openControl(folder);
  try {
    const given = env.SLUICE_MASTER_KEY ? new Secret(env.SLUICE_MASTER_KEY) : undefined;
    const keyring = new Keyring({ folder, given, guards, store: control.sealed, now: Date.now });
    return { vault: new Vault({ store: control.sealed, keyring, now: Date.now }), close };
  } catch (error) {
    close();
    throw error;
  }
}
