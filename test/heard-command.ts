import { runCommandLine } from "../src/server/cli/command-line/run-command-line.ts";
import { commands } from "../src/server/cli/commands.ts";

/** Runs `sluice` with these words in a folder, in an environment that is empty unless one is given. @returns its exit code, and all that it wrote, errors too */
export async function heardCommand(
  folder: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number; readonly out: string }> {
  let out = "";
  const take = (text: string) => {
    out += text;
  };
  const code = await runCommandLine([...words], commands, { environment, folder, write: take, writeError: take });
  return { code, out };
}
