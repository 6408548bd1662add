import { Fault } from "../exchange/index.ts";
import { Secret, weakness } from "../secrets/index.ts";
import type { KeyStore } from "../storage/index.ts";
import { makeKey } from "./issue-key.ts";
import type { ConfiguredKey } from "./known-key.ts";
import type { KeyHasher } from "./virtual-keys.ts";

/** Keys that this start made: to be shown once and kept nowhere. */
export interface FirstKeys {
  readonly admin?: string;
  readonly virtual?: string;
}

/**
 * Makes the first admin key and the first virtual key where the store has never had one, and stores their hashes. When
 * the environment gives the admin key, none is made.
 */
export async function bootstrap(keys: KeyStore, hasher: KeyHasher, now: number, adminGiven: boolean): Promise<FirstKeys> {
  const admin = adminGiven ? undefined : await first("admin");
  const virtual = await first("key");
  return { ...(admin !== undefined && { admin }), ...(virtual !== undefined && { virtual }) };

  async function first(kind: "admin" | "key"): Promise<string | undefined> {
    const { text, stored } = makeKey(
      kind === "admin" ? { kind, name: "first-admin", role: "owner" } : { kind, name: "first" },
      hasher,
      now,
    );
    return (await keys.insertFirst(stored)) ? text : undefined;
  }
}

/**
 * The admin key that the environment gives, for `KeyIndex.configure`; undefined when it gives none.
 * @throws Fault `gateway_failed` when it could be guessed
 */
export function adminKeyFrom(value: string | undefined): ConfiguredKey | undefined {
  if (value === undefined || value === "") return undefined;
  const reason = weakness(value);
  if (reason !== undefined) {
    throw new Fault("gateway_failed", {
      message: `SLUICE_ADMIN_KEY ${reason}. Set a long random one (openssl rand -hex 32), or unset it to have one made.`,
      param: "SLUICE_ADMIN_KEY",
    });
  }
  return { name: "SLUICE_ADMIN_KEY", kind: "admin", value: new Secret(value) };
}
