import * as z from "zod/mini";
import type { Permission } from "../../../exchange/index.ts";
import { budgetOptions, limitOptions } from "../../../policies/index.ts";

interface SchemaNote {
  readonly id?: string;
  /** What the field needs beside its operation's permission. */
  readonly "x-permission"?: Permission;
}

/** The bodies of the admin API by name: requests are checked by them, and the OpenAPI document is made from them. */
export const adminSchemas = z.registry<SchemaNote>();

/**
 * Marks a field that needs a permission of its own: who does not have it may not send it, and gets answers without it. In answers it
 * has to be optional.
 */
export function needs<Schema extends z.ZodMiniType>(permission: Permission, schema: Schema): Schema {
  adminSchemas.add(schema, { "x-permission": permission });
  return schema;
}

/** What a marked field needs. */
export function fieldPermission(schema: z.core.$ZodType): Permission | undefined {
  return adminSchemas.get(schema as z.ZodMiniType)?.["x-permission"];
}

export function named<Schema extends z.ZodMiniType>(id: string, schema: Schema): Schema {
  adminSchemas.add(schema, { id });
  return schema;
}

/**
 * A part of a schema that another room owns, to be named where the document has it more than once.
 *
 * @param path members of objects; `*` for what stands in lists and records, numbers for the forms of a union
 */
export function partOf(schema: z.core.$ZodType, ...path: readonly (string | number)[]): z.ZodMiniType {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === "optional" || def.type === "nullable") return partOf(def.innerType, ...path);
  const [step, ...rest] = path;
  if (step === undefined) return schema as z.ZodMiniType;
  if (def.type === "array" && step === "*") return partOf(def.element, ...rest);
  if (def.type === "record" && step === "*") return partOf(def.valueType, ...rest);
  const found = def.type === "object" ? def.shape[step] : def.type === "union" ? def.options[step as number] : undefined;
  if (found === undefined) throw new TypeError(`There is no ${step} in a schema of the type ${def.type}.`);
  return partOf(found, ...rest);
}

export const time = named("Time", z.iso.datetime());
export const name = z.string().check(z.minLength(1), z.maxLength(200));
export const names = z.array(z.string().check(z.minLength(1), z.maxLength(256))).check(z.minLength(1), z.maxLength(1000));
const scope = z.string().check(z.regex(/^\//), z.maxLength(256));
export const scopes = z.array(scope).check(z.maxLength(200));
/** Labels that people choose: at most 20, and 4,000 characters in all. */
export const metadata = named(
  "Labels",
  z.record(z.string().check(z.regex(/^[A-Za-z0-9_.-]{1,64}$/)), z.string().check(z.maxLength(256))).check(
    z.refine((labels) => Object.keys(labels).length <= 20, "at most 20 labels"),
    z.refine((labels) => JSON.stringify(labels).length <= 4_000, "at most 4,000 characters of labels"),
  ),
);
/** How much may be used and spent. */
export const limits = named("LimitOptions", limitOptions);
export const budget = named("BudgetOptions", budgetOptions);
named("Budget", partOf(budgetOptions, 0));
named("LimitAlert", partOf(limitOptions, "alerts", "*"));
named("LimitInstead", partOf(limitOptions, "then"));
export const count = z.int().check(z.gte(0));
/** Dollars without rounding: a decimal as text. */
export const money = named("Money", z.string().check(z.regex(/^-?\d+(\.\d+)?$/)));

/** A page of a list. `next` is the cursor of the page behind it, null where there is none. */
export function pageSchema<Schema extends z.ZodMiniType>(id: string, item: Schema) {
  return named(id, z.object({ data: z.array(item), next: z.nullable(z.string()) }));
}

export const pageQuery = z.strictObject({
  limit: z.optional(z.coerce.number().check(z.int(), z.gte(1), z.lte(200))),
  cursor: z.optional(z.string().check(z.minLength(1), z.maxLength(512))),
});

export const problemSchema = named(
  "Problem",
  z.object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    instance: z.string(),
    errors: z.optional(z.array(z.object({ path: z.string(), message: z.string() }))),
  }),
);
