import { isGroup } from "../findings/findings.ts";
import type { DocumentPath } from "../issue.ts";
import { isListKind, type ObjectKind, objectKinds } from "./object-kinds.ts";
import { entryOf, objectsIn } from "./objects-in.ts";

/** An object that was not made in the file. */
export interface LaidObject {
  readonly kind: string;
  readonly name: string;
  readonly definition: unknown;
}

/** A file's document with the other objects beside its own. */
export interface LaidOver<Laid extends LaidObject = LaidObject> {
  readonly tree: unknown;
  /** Those that stand in the file too, where the file's counts. */
  readonly shadowed: readonly Laid[];
  /** The file names no providers, so that those of the environment are there, beside the objects'. */
  readonly keepsDefaults: boolean;
  /** Whose the place is; undefined for the file's own. */
  objectAt(path: DocumentPath): Laid | undefined;
}

/** Puts objects into a file's document: of two with one name the file's stays, and the file's come first. */
export function layOver<Laid extends LaidObject>(file: unknown, objects: readonly Laid[]): LaidOver<Laid> {
  const keepsDefaults = isGroup(file) && file.providers === undefined;
  if (objects.length === 0 || !isGroup(file)) return { tree: file, shadowed: [], keepsDefaults, objectAt: () => undefined };
  const written = new Set(objectsIn(file).map(({ kind, name }) => nameOf(kind, name)));
  const shadowed = objects.filter(({ kind, name }) => written.has(nameOf(kind, name)));
  const tree: Record<string, unknown> = { ...file };
  const places = new Map<string, Laid>();
  for (const kind of objectKinds) {
    const own = objects.filter((object) => object.kind === kind && !shadowed.includes(object));
    if (own.length > 0) tree[kind] = sectionOf(kind, tree[kind], own, places);
  }
  return {
    tree,
    shadowed,
    keepsDefaults,
    objectAt: ([kind, step]) => (kind === undefined || step === undefined ? undefined : places.get(nameOf(kind, step))),
  };
}

/** A section of the wrong form stays as it is: the schema says what is wrong with it. */
function sectionOf<Laid extends LaidObject>(kind: ObjectKind, section: unknown, own: readonly Laid[], places: Map<string, Laid>): unknown {
  if (isListKind(kind)) {
    if (section !== undefined && !Array.isArray(section)) return section;
    const before: readonly unknown[] = section ?? [];
    for (const [index, object] of own.entries()) places.set(nameOf(kind, before.length + index), object);
    return [...before, ...own.map(({ name, definition }) => entryOf(name, definition))];
  }
  if (section !== undefined && !isGroup(section)) return section;
  for (const object of own) places.set(nameOf(kind, object.name), object);
  return Object.fromEntries([...Object.entries(section ?? {}), ...own.map(({ name, definition }) => [name, definition] as const)]);
}

function nameOf(kind: string | number, step: string | number): string {
  return JSON.stringify([kind, String(step)]);
}
