import { Fault } from "../../exchange/index.ts";
import { isObject, type Resource } from "./match.ts";
import { type Attribute, attributeIn, type ScimSchema, subAttributeIn } from "./schemas.ts";

const longestText = 1_024;
const mostValues = 100_000;

/**
 * What somebody sent as a resource: known attributes only, spelled as the schema spells them; what is read-only is left out.
 *
 * @throws Fault `request_malformed` (`invalidValue`, `invalidSyntax`)
 */
export function readResource(sent: unknown, schema: ScimSchema): Resource {
  if (!isObject(sent)) throw new Fault("request_malformed", { message: "The body is no resource.", nativeCode: "invalidSyntax" });
  const resource: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(sent)) {
    const attribute = attributeIn(
      schema,
      name.toLowerCase().startsWith(`${schema.id.toLowerCase()}:`) ? name.slice(schema.id.length + 1) : name,
    );
    if (attribute === undefined || attribute.mutability === "readOnly") continue;
    const read = readValue(value, attribute);
    if (read !== undefined) resource[attribute.name] = read;
  }
  for (const { name, required } of schema.attributes)
    if (required && (resource[name] === undefined || resource[name] === "")) throw wrong(name, "is required");
  return resource;
}

/** @returns undefined for what stands for nothing. @throws Fault `request_malformed` (`invalidValue`) */
export function readValue(value: unknown, attribute: Attribute): unknown {
  if (value === null || value === undefined) return undefined;
  if (!attribute.multiValued) return Array.isArray(value) && value.length === 1 ? readOne(value[0], attribute) : readOne(value, attribute);
  const list = Array.isArray(value) ? value : [value];
  if (list.length > mostValues) throw wrong(attribute.name, `has more than ${mostValues} values`);
  const all = list.map((each) => readOne(each, attribute)).filter((each) => each !== undefined);
  return all.length === 0 ? undefined : onePrimary(all);
}

function readOne(value: unknown, attribute: Attribute): unknown {
  if (value === null || value === undefined) return undefined;
  switch (attribute.type) {
    case "boolean":
      // Some directories write truth as text.
      if (typeof value === "string" && /^(true|false)$/i.test(value)) return value.toLowerCase() === "true";
      if (typeof value !== "boolean") throw wrong(attribute.name, "is true or false");
      return value;
    case "complex":
      return readComplex(attribute.multiValued && typeof value === "string" ? { value } : value, attribute);
    default:
      if (typeof value !== "string") throw wrong(attribute.name, "is a text");
      if (value.length > longestText || /\p{Cc}/u.test(value))
        throw wrong(attribute.name, `has at most ${longestText} characters, none of them for control`);
      return value;
  }
}

function readComplex(value: unknown, attribute: Attribute): unknown {
  if (!isObject(value)) throw wrong(attribute.name, "is an object");
  const read: Record<string, unknown> = {};
  for (const [name, each] of Object.entries(value)) {
    const sub = subAttributeIn(attribute, name);
    const one = sub === undefined || sub.mutability === "readOnly" ? undefined : readValue(each, sub);
    if (sub !== undefined && one !== undefined) read[sub.name] = one;
  }
  return Object.keys(read).length === 0 ? undefined : read;
}

/** At most one value of a list is the first choice: the last that says so (RFC 7643 2.4). */
export function onePrimary(values: readonly unknown[]): readonly unknown[] {
  const last = values.findLastIndex((value) => isObject(value) && value.primary === true);
  return values.map((value, at) => (isObject(value) && value.primary === true && at !== last ? { ...value, primary: false } : value));
}

export function wrong(name: string, why: string): Fault {
  return new Fault("request_malformed", { message: `\`${name}\` ${why}.`, param: name, nativeCode: "invalidValue" });
}
