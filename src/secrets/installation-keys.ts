import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "../exchange/index.ts";
import { loadPepper, newPepper, pepperOf } from "./pepper.ts";
import { Secret } from "./secret.ts";
import { loadSigningKey, newSigningKey, type SigningKey, signingKeyOf } from "./signing-key.ts";
import { loadTokenKey, newTokenKey, tokenKeyOf } from "./token-key.ts";
import type { Vault } from "./vault/vault.ts";

/** What an installation hashes and signs with, the same on all of its nodes. */
export interface InstallationKeys {
  pepper(): Buffer;
  auditKey(): SigningKey;
  tokenKey(): SigningKey;
}

/** Bytes, and where people find them. */
export interface KeptBytes {
  readonly path: string;
  readonly bytes: Buffer;
}

/** Those of an installation whose nodes have one folder: files in it, made on the first start. */
export function keysOfFolder(folder: string): InstallationKeys {
  return { pepper: () => loadPepper(folder), auditKey: () => loadSigningKey(folder), tokenKey: () => loadTokenKey(folder) };
}

/**
 * Those of an installation whose nodes share the control store: sealed in it, by the first node that needs them. What that node's own
 * folder holds from before goes there.
 * @param vault of nothing else
 * @throws Fault `vault_locked` where this node has another master key
 */
export async function keysOfVault(vault: Vault, folder: string): Promise<InstallationKeys> {
  const kept = (file: string, make: () => Uint8Array) => keptInVault(vault, folder, file, make);
  const pepper = pepperOf(await kept("pepper", newPepper));
  const auditKey = signingKeyOf(await kept("audit-key.pem", newSigningKey));
  const tokenKey = tokenKeyOf(await kept("token-key.pem", newTokenKey));
  return { pepper: () => pepper, auditKey: () => auditKey, tokenKey: () => tokenKey };
}

async function keptInVault(vault: Vault, folder: string, file: string, make: () => Uint8Array): Promise<KeptBytes> {
  const path = `"${file}" of the installation in the control store`;
  try {
    return { path, bytes: await read(vault, file) };
  } catch (error) {
    if (Fault.from(error).code !== "object_unknown") throw lockedOut(error);
  }
  const own = join(folder, "secrets", file);
  const bytes = existsSync(own) ? readFileSync(own) : Buffer.from(make());
  try {
    await vault.put(file, new Secret(bytes.toString("base64")));
    return { path, bytes };
  } catch (error) {
    // Another node was faster.
    if (Fault.from(error).code !== "object_conflict") throw error;
    return { path, bytes: await read(vault, file) };
  }
}

async function read(vault: Vault, name: string): Promise<Buffer> {
  return Buffer.from((await vault.read(name)).value.reveal(), "base64");
}

function lockedOut(error: unknown): Fault {
  const fault = Fault.from(error);
  if (fault.code !== "vault_locked") return fault;
  return new Fault("vault_locked", {
    message: `All nodes that share a control store need the same master key: set the same SLUICE_MASTER_KEY for each (openssl rand -base64 32). A node that made one for itself, in secrets/master-key of its data folder, hands over: set the common one there, and run \`sluice vault rekey\`. ${fault.message}`,
    param: "SLUICE_MASTER_KEY",
    cause: error,
  });
}
