import { type DialectId, type Extra, Fault } from "../../exchange/index.ts";
import { type Fields, keptBy, setMember } from "../json-fields.ts";

export { type Fields, fieldsOf, isFields, listOf, numberOf, wordOf } from "../json-fields.ts";

/** The name of this dialect on items and extra fields. */
export const ollamaDialect: DialectId = "ollama-chat";

/** The members that are not `known`, for writing back; null, an empty string and an empty list say nothing on this wire. */
export function restOf(native: Fields, known: ReadonlySet<string>): Fields {
  const rest: Record<string, unknown> = {};
  for (const name of Object.keys(native)) {
    const value = native[name];
    const silent = value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
    if (!known.has(name) && !silent) setMember(rest, name, value);
  }
  return rest;
}

/** Fields to ride along, ready to be spread; nothing where there are none. */
export function riding(fields: Fields): { readonly extra?: Extra } {
  return Object.keys(fields).length === 0 ? {} : { extra: { dialect: ollamaDialect, fields } };
}

/** The fields that rode along; none where another dialect kept them. */
export function ownFields(extra: Extra | undefined): Fields {
  return keptBy(ollamaDialect, extra);
}

export function malformed(param: string, expected: string): Fault {
  return new Fault("request_malformed", { message: `"${param}" must be ${expected}.`, param });
}
