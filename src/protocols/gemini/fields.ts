import { type DialectId, type Extra, Fault } from "../../exchange/index.ts";

/** The name of this dialect on items, annotations and extra fields. */
export const geminiDialect: DialectId = "gemini-generate";

/** A JSON object whose members are yet to be looked at. */
export type Fields = Readonly<Record<string, unknown>>;

/** A part, a tool or another object on its way to the wire. */
export type Native = Record<string, unknown>;

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Numbers; 64-bit ones may stand in quotes in this JSON. */
export function numberOf(value: unknown): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

/** Google takes a single value where a list is meant. */
export function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return value === undefined || value === null ? [] : [value];
}

/**
 * The members under the names that Google's documents use; it takes `system_instruction` for `systemInstruction`
 * alike. Only this one level: what is inside may be the caller's own data. Null says no more than absence.
 */
export function camelFields(native: Fields): Fields {
  const out: Native = {};
  for (const name in native) {
    if (native[name] === null) continue;
    out[name.includes("_") ? camel(name) : name] = native[name];
  }
  return out;
}

function camel(name: string): string {
  return name.replace(/(?<=.)_+([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase());
}

/** The members that nobody here acts on, ready to be spread. */
export function extraOf(native: Fields, known: ReadonlySet<string>): { readonly extra?: Extra } {
  const fields = restOf(native, known);
  return Object.keys(fields).length === 0 ? {} : { extra: { dialect: geminiDialect, fields } };
}

export function restOf(native: Fields, known: ReadonlySet<string>): Native {
  const rest: Native = {};
  for (const name in native) if (!known.has(name) && native[name] != null) rest[name] = native[name];
  return rest;
}

/** The members that `extraOf` kept; none where another dialect kept them. */
export function ownFields(extra: Extra | undefined): Fields {
  return extra?.dialect === geminiDialect ? extra.fields : {};
}

/** A member ready to be spread, absent where there is no value. */
export function optional<Name extends string, Value>(name: Name, value: Value | undefined): { [K in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [K in Name]: Value });
}

/** The object, or nothing where it would be empty. */
export function filled<Value extends object>(value: Value): Value | undefined {
  return Object.keys(value).length === 0 ? undefined : value;
}

export function malformed(param: string, what: string): Fault {
  return new Fault("request_malformed", { message: `${param}: ${what}.`, param });
}

export function unsupported(param: string, message: string): Fault {
  return new Fault("request_unsupported", { message, param });
}

export function unreadable(message: string, cause?: unknown): Fault {
  return new Fault("upstream_malformed", { message, cause });
}
