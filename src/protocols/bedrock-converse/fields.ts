import { type Extra, Fault } from "../../exchange/index.ts";

/** A JSON object whose members are yet to be looked at. */
export type Fields = Readonly<Record<string, unknown>>;

/** A block on its way to the wire. */
export type Block = Record<string, unknown>;

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A member where there is a value, ready to be spread. */
export function optional<Name extends string, Value>(name: Name, value: Value | undefined): { [K in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [K in Name]: Value });
}

/** The members that nobody here acts on; undefined where there are none. Null says no more than absence. */
export function restOf(native: Fields, known: readonly string[]): Fields | undefined {
  let rest: Record<string, unknown> | undefined;
  for (const name in native) {
    if (native[name] === null || known.includes(name)) continue;
    rest ??= {};
    rest[name] = native[name];
  }
  return rest;
}

/** Members for the same dialect only, ready to be spread. */
export function extraOf(fields: Fields | undefined): { readonly extra?: Extra } {
  return fields === undefined ? {} : { extra: { dialect: "bedrock-converse", fields } };
}

/** The members that this dialect kept; none where another dialect kept them. */
export function ownFields(extra: Extra | undefined): Fields {
  return extra?.dialect === "bedrock-converse" ? extra.fields : {};
}

export function malformed(param: string, what: string): Fault {
  return new Fault("request_malformed", { message: `${param}: ${what}.`, param });
}

export function unsupported(param: string, message: string): Fault {
  return new Fault("request_unsupported", { message, param });
}

export function unreadable(message: string, cause?: unknown): Fault {
  return new Fault("upstream_malformed", { message, ...(cause !== undefined && { cause }) });
}
