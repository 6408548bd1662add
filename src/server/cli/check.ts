import { resolve } from "node:path";
import {
  formatIssue,
  formatIssues,
  formatPath,
  type LeftOutObject,
  type LoadOptions,
  loadConfig,
  readConfig,
  readFitting,
  unread,
} from "../../config/index.ts";
import { policies } from "../../policies/index.ts";
import { CommandError, type Invocation, type Run } from "./command.ts";
import { configPathOf, jsonLine, withData } from "./places.ts";

/** `sluice check`: 0 when the file is right. */
export const check: Run = async (invocation) => {
  const { flags, terminal } = invocation;
  const named = invocation.arguments[0];
  const path = named === undefined ? configPathOf(invocation) : resolve(terminal.folder, named);
  if (path === undefined) {
    throw new CommandError(
      "No config file was named, and there is no sluice.yaml in this folder.",
      "Run `sluice check FILE`. Without a file the gateway needs no check.",
    );
  }
  const options = { environment: terminal.environment, policies, stores: unread };
  const loaded = await loadConfig(path, options);
  const { config, issues } = loaded;
  const leftOut = loaded.config && flags.text("data") !== undefined ? await leftOutBeside(loaded.text, path, options, invocation) : [];
  if (flags.is("json")) {
    terminal.write(jsonLine({ file: path, valid: config !== undefined, errors: issues ?? [], leftOut }));
    return config === undefined ? 1 : 0;
  }
  if (config === undefined) {
    terminal.writeError(`${formatIssues(issues)}\n`);
    return 1;
  }
  const counts = [
    counted(config.providers, "provider", "providers"),
    counted(config.models, "model", "models"),
    counted(config.teams, "team", "teams"),
    counted(config.keys, "key", "keys"),
    counted(config.policies, "policy", "policies"),
  ];
  terminal.write(`${path} is right: ${counts.join(", ")}.\n`);
  for (const { kind, name, issues: wrong } of leftOut)
    terminal.writeError(
      `${formatPath([kind, name])} was made by API and does not fit it: a start leaves it out and refuses what it governs.\n${wrong.map(formatIssue).join("\n")}\n`,
    );
  return 0;
};

/** What a start with this file and this data would not serve. */
function leftOutBeside(text: string, path: string, options: LoadOptions, invocation: Invocation): Promise<readonly LeftOutObject[]> {
  return withData(invocation, async ({ control }) => {
    const { objects } = await control.config.current();
    const read = (fitting: typeof objects) => readConfig(text, path, { ...options, objects: fitting });
    return (await readFitting({ objects, mayLeaveOut: () => true, read })).config?.leftOut ?? [];
  });
}

function counted(things: readonly unknown[], one: string, several: string): string {
  return `${things.length} ${things.length === 1 ? one : several}`;
}
