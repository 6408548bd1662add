import { isGroup } from "../findings/findings.ts";
import { isListKind, type ObjectKind, objectKinds } from "./object-kinds.ts";

/** An entry of a section, as it is written there. */
export interface WrittenObject {
  readonly kind: ObjectKind;
  readonly name: string;
  /** Without its name, variables not filled in. */
  readonly definition: unknown;
  /** Where it stands in its section. */
  readonly step: string | number;
}

/** The objects of a document that was read, in its order. What has the wrong form is left to the schema. */
export function objectsIn(tree: unknown): readonly WrittenObject[] {
  if (!isGroup(tree)) return [];
  return objectKinds.flatMap((kind): readonly WrittenObject[] => {
    const section = Object.hasOwn(tree, kind) ? tree[kind] : undefined;
    if (isListKind(kind)) return Array.isArray(section) ? inList(kind, section) : [];
    return isGroup(section) ? Object.entries(section).map(([name, definition]) => ({ kind, name, definition, step: name })) : [];
  });
}

/** An entry without a name is called by what it uses; the second of these has a 2 behind it. */
function inList(kind: ObjectKind, entries: readonly unknown[]): readonly WrittenObject[] {
  const counts = new Map<string, number>();
  return entries.flatMap((entry, step): readonly WrittenObject[] => {
    if (!isGroup(entry)) return [];
    const { name, ...definition } = entry;
    if (typeof name === "string") return [{ kind, name, definition, step }];
    if (typeof entry.use !== "string") return [];
    const count = (counts.get(entry.use) ?? 0) + 1;
    counts.set(entry.use, count);
    return [{ kind, name: count === 1 ? entry.use : `${entry.use}-${count}`, definition, step }];
  });
}

/** The document that holds these objects, in their order. */
export function documentOf(objects: readonly Omit<WrittenObject, "step">[]): Record<string, unknown> {
  const document: Record<string, unknown> = {};
  for (const kind of objectKinds) {
    const own = objects.filter((object) => object.kind === kind);
    if (own.length === 0) continue;
    document[kind] = isListKind(kind)
      ? own.map(({ name, definition }) => entryOf(name, definition))
      : Object.fromEntries(own.map(({ name, definition }) => [name, definition]));
  }
  return document;
}

/** As an entry of a list stands in the document. */
export function entryOf(name: string, definition: unknown): unknown {
  return isGroup(definition) ? { name, ...definition } : definition;
}
