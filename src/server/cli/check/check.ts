import { resolve } from "node:path";
import { formatIssue, formatIssues, formatPath, loadConfig, unread } from "../../../config/index.ts";
import { policies } from "../../../policies/index.ts";
import { CommandError, type Run } from "../command-line/command.ts";
import { configPathOf, jsonLine } from "../places.ts";
import { leftOutBeside } from "./left-out-beside.ts";

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

function counted(things: readonly unknown[], one: string, several: string): string {
  return `${things.length} ${things.length === 1 ? one : several}`;
}
