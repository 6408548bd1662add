import { type DialectId, type Extra, Fault } from "../../exchange/index.ts";
import { type Fields, keptBy, setMember } from "../json-fields.ts";

export { type Fields, fieldsOf, isFields, optional, textOf, unreadable, unsupported } from "../json-fields.ts";

/** The name of this dialect on items, annotations and extra fields. */
export const geminiDialect: DialectId = "gemini-generate";

/** A part, a tool or another object on its way to the wire. */
export type Native = Record<string, unknown>;

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
    setMember(out, name.includes("_") ? camel(name) : name, native[name]);
  }
  return out;
}

/** The same where it decides what may be done: a member in both spellings is one that somebody reads otherwise. @throws Fault `request_malformed` */
export function plainFields(native: Fields, path: string): Fields {
  const names = Object.keys(native).map(camel);
  const twin = names.find((name, index) => names.indexOf(name) !== index);
  if (twin !== undefined) throw malformed(`${path}.${twin}`, "stands twice, in two spellings");
  return camelFields(native);
}

function camel(name: string): string {
  return name.replace(/(?<=[^_])_+([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase());
}

/** The members that nobody here acts on, ready to be spread. */
export function extraOf(native: Fields, known: ReadonlySet<string>): { readonly extra?: Extra } {
  const fields = restOf(native, known);
  return Object.keys(fields).length === 0 ? {} : { extra: { dialect: geminiDialect, fields } };
}

export function restOf(native: Fields, known: ReadonlySet<string>): Native {
  const rest: Native = {};
  for (const name in native) if (!known.has(name) && native[name] != null) setMember(rest, name, native[name]);
  return rest;
}

/** The members that `extraOf` kept; none where another dialect kept them. */
export function ownFields(extra: Extra | undefined): Fields {
  return keptBy(geminiDialect, extra);
}

/** The object, or nothing where it would be empty. */
export function filled<Value extends object>(value: Value): Value | undefined {
  return Object.keys(value).length === 0 ? undefined : value;
}

export function malformed(param: string, what: string): Fault {
  return new Fault("request_malformed", { message: `${param}: ${what}.`, param });
}
