import { join } from "node:path";
import { openVault, type Vault } from "../../src/secrets/index.ts";

const root = join(import.meta.dir, "../..");

export interface Told {
  readonly code: number;
  readonly out: string;
}

/** The command line in a process of its own, with the value that it reads. */
export function sluice(words: readonly string[], folder: string, input = "", env: Readonly<Record<string, string>> = {}) {
  const child = Bun.spawn([process.execPath, "src/server/main.ts", ...words, "--data", join(folder, "data")], {
    cwd: root,
    env: { ...process.env, ...env },
    stdin: new Blob([input]),
    stdout: "pipe",
    stderr: "pipe",
  });
  return child;
}

export async function told(child: ReturnType<typeof sluice>): Promise<Told> {
  const [out, err] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  return { code: await child.exited, out: out + err };
}

/** The vault of a gateway's folder, from this process. */
export async function withVault<T>(
  folder: string,
  work: (vault: Vault) => Promise<T>,
  env: Readonly<Record<string, string>> = {},
): Promise<T> {
  const { vault, close } = await openVault({ folder: join(folder, "data"), env, guards: {} });
  try {
    return await work(vault);
  } finally {
    close();
  }
}
