import { existsSync } from "node:fs";
import { type Config, loadConfig, loadStores } from "../../../config/index.ts";
import { openSecrets } from "../../../gateway/index.ts";
import { policies } from "../../../policies/index.ts";
import type { Transport } from "../../../providers/index.ts";
import { type KeptState, openVault } from "../../../secrets/index.ts";
import { openControl } from "../../../storage/index.ts";
import type { Invocation } from "../command-line/command.ts";
import { configPathOf, dataFolderOf } from "../places.ts";
import type { Finding } from "./finding.ts";

/** Reads every secret that the config refers to, as a start would. Without what went wrong there is the config with their values. */
export async function examineSecrets(
  invocation: Invocation,
  transport: Transport,
): Promise<{ readonly secrets: readonly Finding[]; readonly config?: Config }> {
  const path = configPathOf(invocation);
  if (path === undefined) return { secrets: [] };
  const { environment: env } = invocation.terminal;
  const folder = dataFolderOf(invocation);
  const stores = await loadStores(path, env, "control").catch(() => undefined);
  const where = stores?.control.reveal() ?? "sqlite";
  const isThere = where !== "sqlite" || existsSync(folder);
  const control = isThere ? await openControl({ folder, where }).catch(() => undefined) : undefined;
  const opened = control && (await openVault({ folder, opened: control, env, guards: {} }).catch(() => undefined));
  const { secrets, close } = openSecrets({ env, transport, log: () => undefined, ...(opened && { vault: opened.vault }) });
  try {
    const { config } = await loadConfig(path, { environment: env, policies, stores: secrets });
    return { secrets: secrets.states().map(findingOf), ...(config && { config }) };
  } finally {
    await close();
    control?.close();
  }
}

function findingOf({ source, path, status, version, expiresAt, problem }: KeptState): Finding {
  const what = `secret ${source}:${path}`;
  if (status === "fresh") {
    const until = expiresAt === null ? "" : `, good until ${new Date(expiresAt).toISOString()}`;
    return { what, ok: true, said: `read${version === null ? "" : `, version ${version}`}${until}` };
  }
  return {
    what,
    ok: false,
    said: problem ?? "it was not read",
    mend: "Mend the reference, `secrets` in the config, or what the store allows.",
  };
}
