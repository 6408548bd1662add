import { type DialectId, type Extra, Fault } from "../../exchange/index.ts";
import { keptBy, setMember } from "../json-fields.ts";

export { listOf, numberOf, textOf, unsupported, wordOf } from "../json-fields.ts";

/** The name of this dialect on items, annotations and extra fields. */
export const chatDialect: DialectId = "openai-chat";

/** A JSON object whose members we have not looked at. */
export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value where it is an object, otherwise an empty one. */
export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

export function flagOf(value: unknown): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}

/** The members that are not `known`, for writing back; null and empty lists say nothing on this wire. */
export function extraOf(object: JsonObject, known: ReadonlySet<string>): Extra | undefined {
  let fields: JsonObject | undefined;
  for (const name of Object.keys(object)) {
    const value = object[name];
    if (known.has(name) || value === null || value === undefined || (Array.isArray(value) && value.length === 0)) continue;
    fields ??= {};
    setMember(fields, name, value);
  }
  return fields && { dialect: chatDialect, fields };
}

/** The extra fields that this dialect kept; those of another dialect are not ours to read. */
export function ownFields(extra: Extra | undefined): Readonly<JsonObject> {
  return keptBy(chatDialect, extra);
}

export function malformed(param: string, expected: string): Fault {
  return new Fault("request_malformed", { message: `"${param}" must be ${expected}.`, param });
}
