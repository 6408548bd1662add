import { isDeepStrictEqual } from "node:util";
import type { ObjectKind } from "../../config/index.ts";
import { Fault } from "../../exchange/index.ts";
import type { ConfigChange, ConfigObject, VersionedObject } from "../../storage/index.ts";
import type { ChangeBasis, Edit } from "./live-config.ts";

/** Makes an object by API. @throws Fault `object_read_only`, `object_conflict` where the name is taken */
export function createObject(kind: ObjectKind, name: string, definition: unknown): Edit {
  return ({ objects, written }) => {
    if (written.some((object) => object.kind === kind && object.name === name)) throw standsInFile(kind, name);
    if (find(objects, kind, name)) throw new Fault("object_conflict", { message: `${kind}.${name} is there already.`, param: "name" });
    return [{ kind, name, after: { kind, name, definition, position: nextPosition(objects, kind), source: "api" } }];
  };
}

/** Puts another definition in the place of an object's. @throws Fault `object_unknown`, `object_read_only`, what `change` throws */
export function updateObject(kind: ObjectKind, name: string, change: (object: VersionedObject) => unknown): Edit {
  return (basis) => {
    const before = changeable(basis, kind, name);
    const definition = change(before);
    return isDeepStrictEqual(definition, before.definition) ? [] : [changeOf(before, { ...plain(before), definition })];
  };
}

/** Takes an object away that was made by API, also from under one of the file. @throws Fault `object_unknown`, `object_read_only` */
export function removeObject(kind: ObjectKind, name: string, check: (object: VersionedObject) => void): Edit {
  return (basis) => {
    const before = find(basis.objects, kind, name) ?? changeable(basis, kind, name);
    if (before.owner !== undefined) throw isApplied(before);
    check(before);
    return [changeOf(before, undefined)];
  };
}

/** The differences that lead from one set of objects to another, in the order of the names. */
export function differences(from: readonly ConfigObject[], to: readonly ConfigObject[]): readonly ConfigChange[] {
  const removed = from.filter(({ kind, name }) => !find(to, kind, name)).map((before) => changeOf(before, undefined));
  const others = to.flatMap((after): readonly ConfigChange[] => {
    const before = find(from, after.kind, after.name);
    if (!before) return [{ kind: after.kind, name: after.name, after: plain(after) }];
    return isDeepStrictEqual(plain(before), plain(after)) ? [] : [changeOf(before, plain(after))];
  });
  return [...removed, ...others].toSorted((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
}

/** The objects before these changes, which stand in the order in which they were made. */
export function undone(objects: readonly ConfigObject[], changes: readonly ConfigChange[]): readonly ConfigObject[] {
  const byName = new Map(objects.map((object) => [nameOf(object), object]));
  for (const each of changes.toReversed()) {
    if (each.before) byName.set(nameOf(each), each.before);
    else byName.delete(nameOf(each));
  }
  return [...byName.values()];
}

export function changeOf(before: ConfigObject, after: ConfigObject | undefined): ConfigChange {
  return { kind: before.kind, name: before.name, before: plain(before), ...(after && { after }) };
}

/** Without what its version says of it. */
export function plain({ kind, name, definition, position, source, owner }: ConfigObject): ConfigObject {
  return { kind, name, definition, position, source, ...(owner !== undefined && { owner }) };
}

export function find<Kept extends { readonly kind: string; readonly name: string }>(
  objects: readonly Kept[],
  kind: string,
  name: string,
): Kept | undefined {
  return objects.find((object) => object.kind === kind && object.name === name);
}

export function nextPosition(objects: readonly ConfigObject[], kind: string): number {
  return Math.max(0, ...objects.filter((object) => object.kind === kind).map(({ position }) => position)) + 1;
}

function changeable({ objects, written }: ChangeBasis, kind: ObjectKind, name: string): VersionedObject {
  if (written.some((object) => object.kind === kind && object.name === name)) throw standsInFile(kind, name);
  const found = find(objects, kind, name);
  if (!found) throw new Fault("object_unknown", { message: `Nothing was made by API under the name ${kind}.${name}.` });
  if (found.owner !== undefined) throw isApplied(found);
  return found;
}

function standsInFile(kind: string, name: string): Fault {
  return new Fault("object_read_only", { message: `${kind}.${name} stands in the config file: change it there.` });
}

function isApplied({ kind, name, owner }: ConfigObject): Fault {
  return new Fault("object_read_only", { message: `${kind}.${name} is applied from files (${owner}): change it there.` });
}

function nameOf({ kind, name }: { readonly kind: string; readonly name: string }): string {
  return JSON.stringify([kind, name]);
}
