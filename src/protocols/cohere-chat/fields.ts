import { type DialectId, type Extra, Fault } from "../../exchange/index.ts";

/** The name of this dialect on items and extra fields. */
export const cohereDialect: DialectId = "cohere-chat";

/** A JSON object whose members are yet to be looked at. */
export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value where it is an object, otherwise an empty one. */
export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A string with something in it. */
export function wordOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** The members that are not `known`, for writing back; null and an empty list say nothing on this wire. */
export function restOf(native: Fields, known: ReadonlySet<string>): Fields {
  const rest: Record<string, unknown> = {};
  for (const name of Object.keys(native)) {
    const value = native[name];
    const silent = value === null || value === undefined || (Array.isArray(value) && value.length === 0);
    if (!known.has(name) && !silent) rest[name] = value;
  }
  return rest;
}

/** Fields to ride along, ready to be spread; nothing where there are none. */
export function riding(fields: Fields): { readonly extra?: Extra } {
  return Object.keys(fields).length === 0 ? {} : { extra: { dialect: cohereDialect, fields } };
}

/** The fields that rode along; none where another dialect kept them. */
export function ownFields(extra: Extra | undefined): Fields {
  return extra?.dialect === cohereDialect ? extra.fields : {};
}

export function malformed(param: string, expected: string): Fault {
  return new Fault("request_malformed", { message: `"${param}" must be ${expected}.`, param });
}

/** Ready to be spread; nothing where the value is undefined. */
export function optional<Name extends string, Value>(name: Name, value: Value | undefined): { readonly [key in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [key in Name]: Value });
}
