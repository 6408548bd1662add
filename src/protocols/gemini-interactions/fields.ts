import { type DialectId, type Extra, Fault } from "../../exchange/index.ts";
import { type Fields, keptBy, setMember } from "../json-fields.ts";

export {
  entryOf,
  type Fields,
  fieldsOf,
  isFields,
  listOf,
  numberOf,
  optional,
  setMember,
  textOf,
  unreadable,
  unsupported,
  wordOf,
} from "../json-fields.ts";

/** The name of this dialect on items, annotations and extra fields. */
export const interactionsDialect: DialectId = "gemini-interactions";

/** A step, a content or another object on its way to the wire. */
export type Native = Record<string, unknown>;

/** The members that are not `known`; null says no more than absence. */
export function restOf(native: Fields, known: ReadonlySet<string>): Native {
  const rest: Native = {};
  for (const name of Object.keys(native)) if (!known.has(name) && native[name] != null) setMember(rest, name, native[name]);
  return rest;
}

/** Fields to ride along, ready to be spread; nothing where there are none. */
export function riding(fields: Fields): { readonly extra?: Extra } {
  return Object.keys(fields).length === 0 ? {} : { extra: { dialect: interactionsDialect, fields } };
}

/** The fields that rode along; none where another dialect kept them. */
export function ownFields(extra: Extra | undefined): Fields {
  return keptBy(interactionsDialect, extra);
}

export function malformed(param: string, what: string): Fault {
  return new Fault("request_malformed", { message: `${param}: ${what}.`, param });
}
