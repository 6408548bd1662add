import { type DialectId, type Extra, Fault } from "../exchange/index.ts";

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

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** A string with something in it. */
export function wordOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** The fields that `dialect` kept to write them back; those of another dialect are not its own to read. */
export function keptBy(dialect: DialectId, extra: Extra | undefined): Fields {
  return extra?.dialect === dialect ? extra.fields : {};
}

/** A member where there is a value, ready to be spread. */
export function optional<Name extends string, Value>(name: Name, value: Value | undefined): { [K in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [K in Name]: Value });
}

/** What a table of ours says of somebody else's word: `constructor` and `__proto__` stand in none. */
export function entryOf<Entry>(table: Readonly<Record<string, Entry>>, word: string): Entry | undefined {
  return Object.hasOwn(table, word) ? table[word] : undefined;
}

/** Gives the object a member under somebody else's name, as JSON has it: `__proto__` is a name like others. */
export function setMember(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== "__proto__") object[name] = value;
  else Object.defineProperty(object, name, { value, configurable: true, enumerable: true, writable: true });
}

/** Puts `more` behind a list, however long it is: a spread into a call ends the stack at a million. */
export function pushAll<Value>(list: Value[], more: Iterable<Value>): void {
  for (const value of more) list.push(value);
}

/** The members of several objects; of one name, the last one's. */
export function joinedMembers(objects: readonly Fields[]): Fields {
  const joined: Record<string, unknown> = {};
  for (const object of objects) for (const [name, value] of Object.entries(object)) setMember(joined, name, value);
  return joined;
}

export function unsupported(param: string, message: string): Fault {
  return new Fault("request_unsupported", { message, param });
}

export function unreadable(message: string, cause?: unknown): Fault {
  return new Fault("upstream_malformed", { message, ...(cause !== undefined && { cause }) });
}
