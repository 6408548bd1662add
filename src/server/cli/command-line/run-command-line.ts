import { programVersion } from "../../../exchange/index.ts";
import { systemError } from "../errors/system-error.ts";
import { type Command, CommandError, type Terminal } from "./command.ts";
import { helpOf, overview } from "./help.ts";
import { groupAskedFor, parseCommandLine } from "./parse-command-line.ts";

const versionWords = new Set(["--version", "-V", "-v", "version"]);

/** Runs what was typed. @returns the exit code: 0 well done, 1 failed, 2 not understood */
export async function runCommandLine(words: readonly string[], commands: readonly Command[], terminal: Terminal): Promise<number> {
  const json = words.includes("--json");
  let understood = false;
  try {
    if (words.length === 1 && versionWords.has(words[0]!)) {
      terminal.write(`sluice ${programVersion}\n`);
      return 0;
    }
    const group = groupAskedFor(words, commands);
    if (group.length > 0) {
      terminal.write(overview(group));
      return 0;
    }
    const parsed = parseCommandLine(words, commands);
    if (parsed === undefined) {
      terminal.write(overview(commands));
      return words.length === 0 ? 2 : 0;
    }
    if (parsed.help) {
      terminal.write(helpOf(parsed.command));
      return 0;
    }
    understood = true;
    const run = await parsed.command.load();
    return await run({ arguments: parsed.arguments, flags: parsed.flags, terminal });
  } catch (error) {
    const known = error instanceof CommandError ? error : (systemError(error) ?? unforeseen(error));
    if (json) terminal.write(`${JSON.stringify({ error: { message: known.message, next: known.next, details: known.details } })}\n`);
    else terminal.writeError(`sluice: ${known.message}\n${known.next === "" ? "" : `\n${known.next}\n`}`);
    return understood ? 1 : 2;
  }
}

/** A defect, or a part of the system that failed in a way that nobody has described yet. */
function unforeseen(error: unknown): CommandError {
  const message = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? error.stack : undefined;
  return new CommandError(message, stack === undefined ? "" : `This was not foreseen; please report it with these lines:\n${stack}`);
}
