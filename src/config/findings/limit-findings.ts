import type { DocumentPath } from "../issue.ts";
import { type Finding, isGroup, oneOf } from "./findings.ts";
import { nearest } from "./nearest.ts";

/** Limits and budgets that lead to models, or to people to be told, who are not there, wherever they stand in the document. */
export function limitFindings(tree: Readonly<Record<string, unknown>>): readonly Finding[] {
  const models = isGroup(tree.models) ? Object.keys(tree.models) : [];
  const { targets } = isGroup(tree.alerts) ? tree.alerts : { targets: undefined };
  const told = isGroup(targets) ? Object.keys(targets) : [];
  return limitedIn(tree).flatMap(([path, { limits, budget }]) => {
    const budgets: readonly [DocumentPath, unknown][] = Array.isArray(budget)
      ? budget.map((each: unknown, index) => [[...path, "budget", index], each])
      : [[[...path, "budget"], budget]];
    return [[[...path, "limits"], limits] as const, ...budgets].flatMap(([at, options]) => [
      ...insteadFindings(at, options, models),
      ...alertFindings(at, options, told),
    ]);
  });
}

/** Everything that can have `limits` and `budget`, and where it stands. */
function limitedIn(tree: Readonly<Record<string, unknown>>): readonly (readonly [DocumentPath, Readonly<Record<string, unknown>>])[] {
  const named = ["providers", "models", "teams", "keys", "tags", "tools"].flatMap((section): [DocumentPath, unknown][] => {
    const entries = tree[section];
    if (Array.isArray(entries)) return entries.map((entry, index) => [[section, index], entry]);
    return isGroup(entries) ? Object.entries(entries).map(([name, entry]) => [[section, name], entry]) : [];
  });
  const all: [DocumentPath, unknown][] = [...named, [["endUsers"], tree.endUsers], [["sessions"], tree.sessions]];
  return all.flatMap(([path, entry]) => (isGroup(entry) ? [[path, entry] as const] : []));
}

function insteadFindings(path: DocumentPath, options: unknown, models: readonly string[]): readonly Finding[] {
  const use = isGroup(options) && isGroup(options.then) ? options.then.use : undefined;
  if (typeof use !== "string") return [];
  const at = [...path, "then", "use"];
  if (path[0] === "providers")
    return [{ path: at, problem: "a used-up provider is passed over for the model's next target", expected: "no `then`" }];
  if (models.includes(use)) return [];
  const near = nearest(use, models);
  const expected = models.length === 0 ? "a name of `models`" : oneOf(models);
  return [{ path: at, problem: "there is no such model", expected, ...(near !== undefined && { nearest: near }) }];
}

function alertFindings(path: DocumentPath, options: unknown, targets: readonly string[]): readonly Finding[] {
  const alerts: readonly unknown[] = isGroup(options) && Array.isArray(options.alerts) ? options.alerts : [];
  return alerts.flatMap((alert, index) => {
    const names: readonly unknown[] = isGroup(alert) && Array.isArray(alert.to) ? alert.to : [];
    return names.flatMap((name, at): readonly Finding[] => {
      if (typeof name !== "string" || targets.includes(name)) return [];
      const near = nearest(name, targets);
      const expected = targets.length === 0 ? "a name of `alerts.targets`" : oneOf(targets);
      return [
        {
          path: [...path, "alerts", index, "to", at],
          problem: "nobody is called so",
          expected,
          ...(near !== undefined && { nearest: near }),
        },
      ];
    });
  });
}
