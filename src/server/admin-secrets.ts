import { Fault } from "../exchange/index.ts";
import type { Vault } from "../secrets/index.ts";
import type { ControlStore } from "../storage/index.ts";

export interface AdminSecrets {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly control: ControlStore;
  readonly vault: Vault;
  readonly warn: (message: string) => void;
}

/** Whether only this machine reaches what listens there. */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[|\]$/g, "");
  return name === "localhost" || name === "::1" || /^127(\.\d{1,3}){3}$/.test(name);
}

/**
 * Beyond this machine nobody is let in by a key that the gateway made up itself and printed: what it prints ends in logs. Weak keys are
 * refused wherever it listens, and not here.
 *
 * @throws Fault `gateway_failed` where there is no admin key yet
 */
export async function checkAdminSecrets(host: string, { env, control, vault, warn }: AdminSecrets): Promise<void> {
  if (!env.SLUICE_ADMIN_KEY && !(await hasAdminKey(control)))
    throw new Fault("gateway_failed", {
      message: `The gateway is to listen on ${host}, where other machines reach it, and there is no admin key. Set SLUICE_ADMIN_KEY (openssl rand -hex 32), or make one first: sluice keys create NAME --admin. Without either it listens on 127.0.0.1 only.`,
      param: "SLUICE_ADMIN_KEY",
    });
  if (env.SLUICE_MASTER_KEY || (await vault.list(undefined, 1)).length === 0) return;
  warn(
    "The vault's master key is in the data folder, beside what it seals: whoever copies the folder has both. Set SLUICE_MASTER_KEY and run `sluice vault rekey`.",
  );
}

async function hasAdminKey({ keys }: ControlStore): Promise<boolean> {
  return (await keys.page({ kind: "admin", state: "works", limit: 1, now: Date.now() })).length > 0;
}
