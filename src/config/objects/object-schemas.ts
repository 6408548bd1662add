import * as z from "zod/mini";
import { keyOptions } from "../../auth/options.ts";
import { budgetOptions, limitOptions } from "../../policies/limits/options.ts";
import { documentSchema, type Policies, policyName, policySchema } from "../document/document.ts";
import { unwrapped } from "../document/schema-walk.ts";
import type { DocumentPath } from "../issue.ts";
import type { LaidObject } from "./lay-over.ts";
import type { ObjectKind } from "./object-kinds.ts";
import { objectsIn } from "./objects-in.ts";
import { foreignFindings } from "./written-secrets.ts";

export interface ObjectSchema {
  readonly name: z.ZodMiniType<string>;
  readonly definition: z.ZodMiniType;
}

/** One object of a kind as it is sent: as the document has it, variables not filled in. No error shows a value of it. */
export function objectSchema(kind: Exclude<ObjectKind, "keys">, policies: Policies): ObjectSchema {
  const { name, definition } = kind === "policies" ? { name: policyName, definition: policySchema(policies, {}) } : entryOf(kind, policies);
  return { name, definition: withoutSecrets(definition, (value) => [{ kind, name: "", definition: value, at: [] }]) };
}

/** The definition of objects of a kind, wherever one stands. */
export function definitionSchema(kind: "providers" | "models" | "prices" | "teams"): z.ZodMiniType {
  return entryOf(kind, new Map()).definition;
}

/** A JSON merge patch of an object's definition: whatever may come over the network. What it makes is checked by the object's own schema. */
export function objectPatchSchema(kind: Exclude<ObjectKind, "keys">): z.ZodMiniType {
  const patch = z.unknown().check(z.describe("A JSON merge patch (RFC 7396) of the definition as it is."));
  return withoutSecrets(patch, (value) => [{ kind, name: "", definition: value, at: [] }]);
}

/** Several objects as they are sent: the sections of a document that may stand elsewhere than in a gateway's own file. */
export function objectsSchema(policies: Policies): z.ZodMiniType<Record<string, unknown>> {
  const { providers, models, prices, policies: rules, teams } = documentSchema(policies).shape;
  // What a reference stands for is looked at where it is filled in.
  const limited = { limits: z.optional(limitOptions), budget: z.optional(budgetOptions) };
  const key = z.strictObject({ ...keyOptions.shape, ...limited, value: z.string().check(z.minLength(1)) });
  const schema = z.strictObject({ providers, models, prices, policies: rules, teams, keys: z.optional(z.array(key)) });
  return withoutSecrets(schema, (value) => objectsIn(value).map((object) => ({ ...object, at: [object.kind, object.step] })));
}

function entryOf(kind: "providers" | "models" | "prices" | "teams", policies: Policies): ObjectSchema {
  const section = unwrapped(documentSchema(policies).shape[kind])._zod.def;
  if (section.type !== "record") throw new TypeError(`${kind} is no group of names.`);
  return { name: section.keyType as z.ZodMiniType<string>, definition: section.valueType as z.ZodMiniType };
}

type FoundObject = LaidObject & { readonly at: DocumentPath };

/** The same schema, which also refuses what may not come over the network. */
function withoutSecrets<Schema extends z.ZodMiniType>(schema: Schema, objectsOf: (value: unknown) => readonly FoundObject[]): Schema {
  return schema.check(({ value, issues }) => {
    for (const object of objectsOf(value))
      for (const { path, problem, expected } of foreignFindings(object))
        issues.push({ code: "custom", input: value, path: [...object.at, ...path.slice(2)], message: `${expected} (this ${problem})` });
  }) as Schema;
}
