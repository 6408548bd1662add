import type { Extra } from "../../exchange/index.ts";
import { type Fields, isFields, keptBy, setMember } from "../json-fields.ts";

export { type Fields, isFields, numberOf, textOf, unreadable, unsupported } from "../json-fields.ts";

/** A content block on its way to the wire. */
export type Block = Record<string, unknown>;

/** The members that nobody here acts on, ready to be spread; null says no more than absence and is left out. */
export function extraOf(native: Fields, known: readonly string[]): { readonly extra?: Extra } {
  let fields: Record<string, unknown> | undefined;
  for (const name in native) {
    if (native[name] === null || (known.includes(name) && !isRichMark(name, native[name]))) continue;
    fields ??= {};
    setMember(fields, name, native[name]);
  }
  return fields === undefined ? {} : { extra: { dialect: "anthropic-messages", fields } };
}

/** A cache mark that says more than its time to live; written back, it replaces the one made of that time. */
function isRichMark(name: string, value: unknown): boolean {
  return name === "cache_control" && isFields(value) && Object.keys(value).some((member) => member !== "type" && member !== "ttl");
}

/** The members that `extraOf` kept; none where another dialect kept them. */
export function ownFields(extra: Extra | undefined): Fields {
  return keptBy("anthropic-messages", extra);
}
