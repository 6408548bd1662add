import { type DialectId, type Extra, Fault } from "../../exchange/index.ts";
import { setMember } from "../json-fields.ts";

export { textOf, unsupported } from "../json-fields.ts";

/** The name of this dialect on items, annotations and extra fields. */
export const responsesDialect: DialectId = "openai-responses";

/** A JSON object whose members we have not looked at. */
export type Wire = Record<string, unknown>;

export function isWire(value: unknown): value is Wire {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function wireOf(value: unknown): Wire {
  return isWire(value) ? value : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Everything but the named members, kept for writing back; undefined where nothing is left. Null means absent on this wire. */
export function extraOf(wire: Wire, known: ReadonlySet<string>): Extra | undefined {
  let fields: Wire | undefined;
  for (const name of Object.keys(wire)) {
    if (known.has(name) || wire[name] === null || wire[name] === undefined) continue;
    fields ??= {};
    setMember(fields, name, wire[name]);
  }
  return fields && { dialect: responsesDialect, fields };
}

/** The extra fields that this dialect wrote itself; those of another dialect are not ours to read. */
export function ownFields(extra: Extra | undefined): Readonly<Wire> {
  return extra?.dialect === responsesDialect ? extra.fields : {};
}

export function malformed(param: string, expected: string): Fault {
  return new Fault("request_malformed", { message: `"${param}" must be ${expected}.`, param });
}

/** The object without its undefined members, in the order given. */
export function compact(wire: Wire): Wire {
  for (const name of Object.keys(wire)) if (wire[name] === undefined) delete wire[name];
  return wire;
}
