import { isDeepStrictEqual } from "node:util";
import { formatPath } from "../../../config/index.ts";

/** A difference as the admin API gives it. */
export interface PrintedChange {
  readonly kind: string;
  readonly name: string;
  readonly action: "create" | "change" | "move" | "adopt" | "remove";
  readonly before: { readonly definition: unknown } | null;
  readonly after: { readonly definition: unknown } | null;
}

const signs = { create: "+", change: "~", move: ">", adopt: "=", remove: "-" } as const;
const words = {
  create: ["to create", "created"],
  change: ["to change", "changed"],
  move: ["to move", "moved"],
  adopt: ["to adopt", "adopted"],
  remove: ["to remove", "removed"],
} as const;

/** Each difference with what changes in it, a line each. */
export function changeLines(changes: readonly PrintedChange[]): string {
  return changes
    .map(({ kind, name, action, before, after }) => {
      const head = `${signs[action]} ${formatPath([kind, name])}`;
      const fields = before && after ? fieldLines(before.definition, after.definition) : [];
      const whole = action === "create" ? [`    ${JSON.stringify(after?.definition)}`] : [];
      return printable([head, ...whole, ...fields].join("\n"));
    })
    .join("\n");
}

/** `2 to create, 1 to change`, or that it was done. */
export function countChanges(changes: readonly PrintedChange[], done: boolean): string {
  const counts = (Object.keys(words) as PrintedChange["action"][])
    .map((action) => [changes.filter((change) => change.action === action).length, words[action][done ? 1 : 0]] as const)
    .filter(([count]) => count > 0);
  return counts.map(([count, word]) => `${count} ${word}`).join(", ");
}

/** An object that was made by API and does not fit the config. */
export interface LeftOut {
  readonly kind: string;
  readonly name: string;
  readonly problem: string;
}

/** Each object that is not served, a line each. */
export function leftOutLines(leftOut: readonly LeftOut[]): readonly string[] {
  return leftOut.map(({ kind, name, problem }) =>
    printable(`! ${formatPath([kind, name])} does not fit and is not served; what it governs is refused (${problem}).`),
  );
}

function fieldLines(before: unknown, after: unknown, path: readonly (string | number)[] = []): readonly string[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (isGroup(before) && isGroup(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return names.flatMap((name) => fieldLines(before[name], after[name], [...path, name]));
  }
  const at = path.length === 0 ? "" : `${formatPath(path)}: `;
  return [`    ${at}${said(before)} → ${said(after)}`];
}

function said(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A terminal must not obey what names hold. */
function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n]/gu, (letter) => `\\x${letter.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
