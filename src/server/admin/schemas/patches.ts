import * as z from "zod/mini";
import { adminSchemas, fieldPermission, named, needs } from "./named.ts";

type Schema = z.ZodMiniType;

/**
 * The merge patch of what a schema of changes takes: of a field that is an object, some members are enough, and null takes one away that
 * need not be there. What comes out of merging is checked by the schema of changes itself.
 *
 * @param id its name in the document
 */
export function patchSchema(id: string, changes: z.ZodMiniObject): z.ZodMiniType<Record<string, unknown>> {
  const shape = Object.entries(changes.shape as Record<string, Schema>).map(([field, schema]) => [field, patchOf(schema)] as const);
  return named(id, z.strictObject(Object.fromEntries(shape))) as unknown as z.ZodMiniType<Record<string, unknown>>;
}

const made = new WeakMap<Schema, Schema>();

/** The same for a named schema each time, so that the document has it once. */
function patchOf(schema: Schema): Schema {
  const id = adminSchemas.get(schema)?.id;
  if (id === undefined) return marked(schema, unnamed(schema));
  const before = made.get(schema);
  if (before) return before;
  const merged = unnamed(schema);
  // What is no object is replaced as a whole.
  const patch = merged === schema ? schema : named(`${id}Changes`, merged);
  made.set(schema, patch);
  return patch;
}

function unnamed(schema: Schema): Schema {
  const { def } = (schema as unknown as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case "optional":
      return z.optional(patchOf(def.innerType as Schema));
    case "nullable":
      return z.nullable(patchOf(def.innerType as Schema));
    case "union":
      return z.union((def.options as Schema[]).map(patchOf));
    case "record":
      return z.record(def.keyType as z.ZodMiniType<string>, z.nullable(patchOf(def.valueType as Schema)));
    case "object":
      return z.strictObject(Object.fromEntries(Object.entries(def.shape).map(([name, member]) => [name, memberOf(member as Schema)])));
    default:
      return schema;
  }
}

function memberOf(member: Schema): Schema {
  const { def } = (member as unknown as z.core.$ZodTypes)._zod;
  return def.type === "optional" ? z.optional(z.nullable(patchOf(def.innerType as Schema))) : z.optional(patchOf(member));
}

/** A field that needs a permission of its own needs it for each of its members. */
function marked(schema: Schema, patch: Schema): Schema {
  const permission = fieldPermission(schema);
  return permission === undefined || patch === schema ? patch : needs(permission, patch);
}
