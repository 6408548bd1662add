import { camelFields, type Fields, isFields, textOf, unreadable } from "../fields.ts";

const steps = /\.([^.[\]]+)|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]/g;
const maxSteps = 100;
/** How far behind the end of a list a value may stand: the places between are filled with null. */
const maxGap = 100;

type Node = Record<string, unknown> | unknown[];

/** Arguments that come value by value, each under a JSON path (Vertex, `streamFunctionCallArguments`). */
export class PartialArgs {
  // Without a prototype, so that no name in a path means more than itself.
  readonly #root: Record<string, unknown> = Object.create(null);

  /** @throws Fault `upstream_malformed` */
  add(given: unknown): void {
    if (!isFields(given)) return;
    const partial = camelFields(given);
    const path = pathOf(partial.jsonPath);
    let node: Node = this.#root;
    for (const [at, step] of path.entries()) {
      if (at === path.length - 1) put(node, step, grown(partial, valueAt(node, step)));
      else node = child(node, step, path[at + 1]);
    }
  }

  json(): string {
    return JSON.stringify(this.#root);
  }
}

function pathOf(jsonPath: unknown): (string | number)[] {
  const path: (string | number)[] = [];
  for (const [, plain, index, single, double] of (textOf(jsonPath) ?? "").matchAll(steps)) {
    if (path.length === maxSteps) throw unreadable("The provider sent arguments that are nested beyond reason.");
    path.push(index === undefined ? (plain ?? (single ?? double ?? "").replace(/\\(.)/g, "$1")) : Number(index));
  }
  return path;
}

/** Strings grow; everything else comes whole. */
function grown(partial: Fields, before: unknown): unknown {
  if (typeof partial.stringValue === "string") return (typeof before === "string" ? before : "") + partial.stringValue;
  if (partial.numberValue !== undefined) return partial.numberValue;
  if (partial.boolValue !== undefined) return partial.boolValue;
  return before ?? null;
}

function child(node: Node, step: string | number, next: string | number | undefined): Node {
  const known = valueAt(node, step);
  if (typeof known === "object" && known !== null) return known as Node;
  const made: Node = typeof next === "number" ? [] : Object.create(null);
  put(node, step, made);
  return made;
}

/** What stands in the place. Lists have places by number only: their `length` and their prototype are no places. */
function valueAt(node: Node, step: string | number): unknown {
  if (Array.isArray(node) && (typeof step !== "number" || step > node.length + maxGap)) {
    throw unreadable("The provider sent arguments whose paths lead nowhere.");
  }
  return (node as Record<string | number, unknown>)[step];
}

function put(node: Node, step: string | number, value: unknown): void {
  (node as Record<string | number, unknown>)[step] = value;
}
