import { openControl } from "../../storage/index.ts";
import { Secret } from "../secret.ts";
import { BodySeals } from "./body-seals.ts";
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
  /** What seals bodies of exchanges: its keys are secrets of the same store, so that a new master key takes them over too. */
  readonly bodySeals: BodySeals;
  close(): void;
}

/** The vault of a data folder. No key is looked for before one is needed. @throws Fault `vault_locked`, `gateway_failed` */
export async function openVault({ folder, env, guards }: OpenVaultOptions): Promise<OpenedVault> {
  const { control, close } = await openControl(folder);
  try {
    const given = env.SLUICE_MASTER_KEY ? new Secret(env.SLUICE_MASTER_KEY) : undefined;
    const keyring = new Keyring({ folder, given, guards, store: control.sealed, now: Date.now });
    const tools = { store: control.sealed, keyring, now: Date.now };
    const bodySeals = new BodySeals(new Vault({ ...tools, tenant: "@bodies" }), Date.now);
    return { vault: new Vault(tools), bodySeals, close };
  } catch (error) {
    close();
    throw error;
  }
}
