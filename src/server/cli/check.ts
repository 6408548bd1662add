import { resolve } from "node:path";
import { formatIssues, loadConfig, unread } from "../../config/index.ts";
import { policies } from "../../policies/index.ts";
import { CommandError, type Run } from "./command.ts";
import { configPathOf, jsonLine } from "./places.ts";

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
  const { config, issues } = await loadConfig(path, { environment: terminal.environment, policies, stores: unread });
  if (flags.is("json")) {
    terminal.write(jsonLine({ file: path, valid: config !== undefined, errors: issues ?? [] }));
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
  return 0;
};

function counted(things: readonly unknown[], one: string, several: string): string {
  return `${things.length} ${things.length === 1 ? one : several}`;
}
