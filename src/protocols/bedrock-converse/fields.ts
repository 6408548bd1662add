import { type Extra, Fault } from "../../exchange/index.ts";
import { type Fields, keptBy, setMember } from "../json-fields.ts";

export { type Fields, fieldsOf, isFields, listOf, numberOf, optional, textOf, unreadable, unsupported } from "../json-fields.ts";

/** A block on its way to the wire. */
export type Block = Record<string, unknown>;

/** The members that nobody here acts on; undefined where there are none. Null says no more than absence. */
export function restOf(native: Fields, known: readonly string[]): Fields | undefined {
  let rest: Record<string, unknown> | undefined;
  for (const name in native) {
    if (native[name] === null || known.includes(name)) continue;
    rest ??= {};
    setMember(rest, name, native[name]);
  }
  return rest;
}

/** Members for the same dialect only, ready to be spread. */
export function extraOf(fields: Fields | undefined): { readonly extra?: Extra } {
  return fields === undefined ? {} : { extra: { dialect: "bedrock-converse", fields } };
}

/** The members that this dialect kept; none where another dialect kept them. */
export function ownFields(extra: Extra | undefined): Fields {
  return keptBy("bedrock-converse", extra);
}

export function malformed(param: string, what: string): Fault {
  return new Fault("request_malformed", { message: `${param}: ${what}.`, param });
}
