import type { Config } from "../../../config/index.ts";
import { Fault } from "../../../exchange/index.ts";
import type { MarkedField } from "./field-permissions.ts";

/**
 * Refuses limits and budgets that lead to models, or to people to be told, who are not there: the request that needs them would be the
 * first to say so.
 *
 * @throws Fault `request_malformed`
 */
export function refuseLostNames(body: unknown, fields: readonly MarkedField[], config: Pick<Config, "models" | "alertTargets">): void {
  for (const { path, permission } of fields) {
    if (permission !== "limits:write") continue;
    const limited = path.reduce<unknown>((value, step) => member(value, step), body);
    for (const options of [limited, member(limited, "limits"), member(limited, "budget")].flat()) {
      const use = member(member(options, "then"), "use");
      if (typeof use === "string" && !config.models.some(({ name }) => name === use)) throw lost(path, `there is no model "${use}"`);
      const told = listOf(member(options, "alerts")).flatMap((alert) => listOf(member(alert, "to")));
      const stranger = told.find((name) => typeof name === "string" && !config.alertTargets.has(name));
      if (stranger !== undefined) throw lost(path, `nobody is called "${String(stranger)}" in \`alerts.targets\` of the config`);
    }
  }
}

function lost(path: readonly string[], problem: string): Fault {
  return new Fault("request_malformed", { message: `\`${path.join(".")}\`: ${problem}.`, param: path.join(".") });
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
