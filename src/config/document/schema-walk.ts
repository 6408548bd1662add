import type * as z from "zod/mini";
import type { DocumentPath } from "../issue.ts";

type Schema = z.core.$ZodType;

/** The schema without what wraps it: optional, default, readonly. */
export function unwrapped(schema: Schema): z.core.$ZodTypes {
  const definition = (schema as z.core.$ZodTypes)._zod.def;
  switch (definition.type) {
    case "optional":
    case "nullable":
    case "default":
    case "prefault":
    case "nonoptional":
    case "readonly":
      return unwrapped(definition.innerType);
    case "pipe":
      return unwrapped(definition.in);
    default:
      return schema as z.core.$ZodTypes;
  }
}

/** All schemas that a value at `path` may have. */
export function schemasAt(schema: Schema, path: DocumentPath): readonly z.core.$ZodTypes[] {
  const here = alternatives(schema);
  const [step, ...rest] = path;
  if (step === undefined) return here;
  return here.flatMap((each) => {
    const definition = each._zod.def;
    if (definition.type === "object") {
      const child = Object.hasOwn(definition.shape, step) ? definition.shape[step] : undefined;
      return child === undefined ? [] : schemasAt(child, rest);
    }
    if (definition.type === "record") return schemasAt(definition.valueType, rest);
    if (definition.type === "array") return schemasAt(definition.element, rest);
    return [];
  });
}

function alternatives(schema: Schema): readonly z.core.$ZodTypes[] {
  const plain = unwrapped(schema);
  return plain._zod.def.type === "union" ? plain._zod.def.options.flatMap(alternatives) : [plain];
}

/** The keys that may stand at `path`; of the alternatives with a tag, the one that `tag` names. */
export function keysAt(schema: Schema, path: DocumentPath, tag?: unknown): readonly string[] {
  const objects = schemasAt(schema, path).flatMap((each) => (each._zod.def.type === "object" ? [each._zod.def.shape] : []));
  const chosen = objects.filter((shape) => literalOf(shape.use) === tag);
  return [...new Set((chosen.length > 0 ? chosen : objects).flatMap((shape) => Object.keys(shape)))];
}

function literalOf(schema: Schema | undefined): unknown {
  const definition = schema === undefined ? undefined : unwrapped(schema)._zod.def;
  return definition?.type === "literal" ? definition.values[0] : undefined;
}
