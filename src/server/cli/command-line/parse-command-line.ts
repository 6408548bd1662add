import { nearest } from "../../../config/index.ts";
import { type Command, CommandError, type Flag, type Flags } from "./command.ts";

export interface ParsedCommandLine {
  readonly command: Command;
  readonly arguments: readonly string[];
  readonly flags: Flags;
  readonly help: boolean;
}

/** Finds the command and reads its flags. @returns undefined where no command was named @throws CommandError */
export function parseCommandLine(words: readonly string[], commands: readonly Command[]): ParsedCommandLine | undefined {
  const found = findCommand(words, commands);
  if (found === undefined) return undefined;
  const { command, rest } = found;
  const values = new Map<string, string | true>();
  const positional: string[] = [];
  for (let index = 0; index < rest.length; index++) {
    const word = rest[index]!;
    if (word === "--") {
      positional.push(...rest.slice(index + 1));
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      positional.push(word);
      continue;
    }
    const [name, inline] = splitFlag(word);
    if (name === "help") {
      values.set("help", true);
      continue;
    }
    const flag = flagOf(command, name, word);
    if (flag.takes === undefined) {
      if (inline !== undefined) throw usageError(command, `--${flag.name} takes no value`);
      values.set(flag.name, true);
      continue;
    }
    const value = inline ?? rest[++index];
    if (value === undefined || (inline === undefined && value.startsWith("--"))) {
      throw usageError(command, `--${flag.name} needs a value: --${flag.name} ${flag.takes}`);
    }
    if (flag.whole === true && !/^\d{1,9}$/.test(value))
      throw usageError(command, `--${flag.name} takes a whole number, not ${JSON.stringify(value)}`);
    values.set(flag.name, value);
  }
  const help = values.has("help");
  if (!help) checkArguments(command, positional);
  return { command, arguments: positional, flags: flagsOf(values), help };
}

function findCommand(words: readonly string[], commands: readonly Command[]): { command: Command; rest: readonly string[] } | undefined {
  const first = words[0];
  if (first === undefined || first === "-h" || first === "--help") return undefined;
  if (first === "help") {
    const named = words.slice(1).filter((word) => !word.startsWith("-"));
    return named.length === 0 ? undefined : findCommand([...named, "--help"], commands);
  }
  for (const length of [2, 1]) {
    const name = words.slice(0, length).join(" ");
    const command = commands.find((each) => each.name === name);
    if (command !== undefined) return { command, rest: words.slice(length) };
  }
  const group = commandsBelow(first, commands);
  const second = words[1];
  if (group.length > 0 && (second === undefined || second.startsWith("-"))) {
    throw new CommandError(
      `\`sluice ${first}\` needs to know what to do.`,
      `One of: ${group.map((each) => `sluice ${each.name}`).join(", ")}.`,
    );
  }
  const typed = group.length > 0 ? `${first} ${second}` : first;
  const near = nearest(
    typed,
    commands.map((each) => each.name),
  );
  throw new CommandError(
    `There is no command \`${typed}\`.`,
    near === undefined ? "Run `sluice --help` for the list." : `Did you mean \`sluice ${near}\`? \`sluice --help\` lists all.`,
  );
}

/** Those that begin with a word, as `keys`. */
function commandsBelow(word: string, commands: readonly Command[]): readonly Command[] {
  return commands.filter((each) => each.name.startsWith(`${word} `));
}

/** Whose help was asked for with the first word of several commands: `keys --help`, `help keys`. */
export function groupAskedFor(words: readonly string[], commands: readonly Command[]): readonly Command[] {
  const [first = "", second] = words[0] === "help" ? [words[1], "--help"] : words;
  return words.length === 2 && (second === "--help" || second === "-h") ? commandsBelow(first, commands) : [];
}

function splitFlag(word: string): [name: string, inline: string | undefined] {
  if (word === "-h") return ["help", undefined];
  const plain = word.replace(/^--?/, "");
  const equals = plain.indexOf("=");
  return equals < 0 ? [plain, undefined] : [plain.slice(0, equals), plain.slice(equals + 1)];
}

function flagOf(command: Command, name: string, word: string): Flag {
  const flag = word.startsWith("--") ? command.flags.find((each) => each.name === name) : undefined;
  if (flag !== undefined) return flag;
  const near = nearest(
    name,
    command.flags.map((each) => each.name),
  );
  throw usageError(
    command,
    `\`sluice ${command.name}\` has no flag \`${word.split("=")[0]}\``,
    near === undefined ? undefined : `Did you mean \`--${near}\`?`,
  );
}

function checkArguments(command: Command, positional: readonly string[]): void {
  const missing = command.arguments.find((argument, index) => argument.required && positional[index] === undefined);
  if (missing !== undefined) throw usageError(command, `\`sluice ${command.name}\` needs ${missing.name}: ${missing.doc}`);
  const surplus = positional[command.arguments.length];
  if (surplus !== undefined)
    throw usageError(command, `\`sluice ${command.name}\` does not know what to do with ${JSON.stringify(surplus)}`);
}

function usageError(command: Command, problem: string, hint?: string): CommandError {
  const next = `Run \`sluice ${command.name} --help\` for what it takes.`;
  return new CommandError(problem.endsWith(".") ? problem : `${problem}.`, hint === undefined ? next : `${hint} ${next}`);
}

function flagsOf(values: ReadonlyMap<string, string | true>): Flags {
  const text = (name: string): string | undefined => {
    const value = values.get(name);
    return value === true ? undefined : value;
  };
  return {
    text,
    whole: (name) => {
      const value = text(name);
      return value === undefined ? undefined : Number(value);
    },
    is: (name) => values.get(name) === true,
  };
}
