import type * as z from "zod/mini";
import { Fault, type Permission } from "../../../exchange/index.ts";
import { fieldPermission } from "../schemas/named.ts";

/** A field that needs a permission of its own, by where it stands: names, and `*` for each of a list. */
export interface MarkedField {
  readonly path: readonly string[];
  readonly permission: Permission;
}

/** The fields of a schema that are marked, however deep. */
export function markedFields(schema: z.core.$ZodType, path: readonly string[] = []): readonly MarkedField[] {
  const permission = fieldPermission(schema);
  if (permission !== undefined) return [{ path, permission }];
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case "optional":
    case "nullable":
    case "readonly":
      return markedFields(def.innerType, path);
    case "array":
      return markedFields(def.element, [...path, "*"]);
    case "object":
      return Object.entries(def.shape).flatMap(([name, each]) => markedFields(each, [...path, name]));
    default:
      return [];
  }
}

/** Refuses a body that holds what its sender may not change. @throws Fault `permission_missing` */
export function refuseFields(body: unknown, fields: readonly MarkedField[], permissions: ReadonlySet<Permission>): void {
  for (const { path, permission } of fields) {
    if (permissions.has(permission) || !stands(body, path)) continue;
    throw new Fault("permission_missing", {
      message: `\`${path.join(".")}\` needs the permission ${permission}, which your role does not have.`,
      param: path.join("."),
    });
  }
}

/** The same answer without what its reader may not see. */
export function withoutFields(body: unknown, fields: readonly MarkedField[], permissions: ReadonlySet<Permission>): unknown {
  return fields.reduce((left, { path, permission }) => (permissions.has(permission) ? left : without(left, path)), body);
}

function stands(value: unknown, path: readonly string[]): boolean {
  const [step, ...rest] = path;
  if (step === undefined) return value !== undefined;
  if (step === "*") return Array.isArray(value) && value.some((each) => stands(each, rest));
  return isObject(value) && Object.hasOwn(value, step) && stands(value[step], rest);
}

function without(value: unknown, path: readonly string[]): unknown {
  const [step, ...rest] = path as [string, ...string[]];
  if (step === "*") return Array.isArray(value) ? value.map((each) => without(each, rest)) : value;
  if (!isObject(value) || !Object.hasOwn(value, step)) return value;
  const { [step]: found, ...others } = value;
  return rest.length === 0 ? others : { ...value, [step]: without(found, rest) };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
