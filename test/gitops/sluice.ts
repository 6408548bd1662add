import { join } from "node:path";
import { adminKey, type GatewayProcess } from "./gateway-process.ts";

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

/** Runs the command line as a process of its own. */
export async function sluice(
  words: readonly string[],
  { url }: Pick<GatewayProcess, "url">,
  folder: string,
  environment: Record<string, string> = {},
): Promise<Said> {
  const child = Bun.spawn([process.execPath, join(import.meta.dirname, "../../src/server/main.ts"), ...words, "--url", url], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? "", HOME: folder, SLUICE_ADMIN_KEY: adminKey, ...environment },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, errors, code] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), child.exited]);
  return { code, out, errors };
}
