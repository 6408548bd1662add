import { Fault } from "../../exchange/index.ts";
import { Effort } from "./effort.ts";
import type { AttributePath, Comparison, Filter, Literal } from "./filter.ts";
import { type Attribute, attributeIn, type ScimSchema, subAttributeIn } from "./schemas.ts";

/** A resource as JSON, its attributes spelled as the schema spells them. */
export type Resource = Readonly<Record<string, unknown>>;

/** Whether a resource is one that the filter means. @throws Fault `request_malformed` (`invalidFilter`, `tooMany`) */
export function matches(filter: Filter, resource: Resource, schema: ScimSchema, effort = new Effort()): boolean {
  const look = (path: AttributePath) => {
    const found = resolved(path, resource, schema);
    effort.spend(Math.max(1, found.values.length));
    return found;
  };
  return holds(filter, look, effort);
}

/** Whether a value of a list is one that the filter in brackets means. */
export function matchesValue(filter: Filter, value: unknown, attribute: Attribute, effort = new Effort()): boolean {
  const look = ({ name, sub, schema }: AttributePath) => {
    effort.spend(1);
    const own = schema === undefined && sub === undefined ? subAttributeIn(attribute, name) : undefined;
    if (own === undefined) throw unknown(name);
    const member = isObject(value) ? value[own.name] : own.name === "value" ? value : undefined;
    return { attribute: own, values: member === undefined || member === null ? [] : [member] };
  };
  return holds(filter, look, effort);
}

interface Resolved {
  readonly attribute: Attribute;
  readonly values: readonly unknown[];
}

function resolved({ schema: urn, name, sub }: AttributePath, resource: Resource, schema: ScimSchema): Resolved {
  const attribute = urn === undefined || urn.toLowerCase() === schema.id.toLowerCase() ? attributeIn(schema, name) : undefined;
  if (attribute === undefined) throw unknown(name);
  const value = resource[attribute.name];
  const values = value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
  if (sub === undefined) return { attribute, values };
  const inner = subAttributeIn(attribute, sub);
  if (inner === undefined) throw unknown(`${name}.${sub}`);
  return { attribute: inner, values: values.flatMap((each) => (isObject(each) ? (each[inner.name] ?? []) : [])) };
}

function holds(filter: Filter, look: (path: AttributePath) => Resolved, effort: Effort): boolean {
  switch (filter.kind) {
    case "and":
      return holds(filter.left, look, effort) && holds(filter.right, look, effort);
    case "or":
      return holds(filter.left, look, effort) || holds(filter.right, look, effort);
    case "not":
      return !holds(filter.filter, look, effort);
    case "present":
      return look(filter.path).values.some((value) => value !== "");
    case "within": {
      const { attribute, values } = look(filter.path);
      return values.some((value) => matchesValue(filter.filter, value, attribute, effort));
    }
    case "compare":
      return compared(look(filter.path), filter.by, filter.value);
  }
}

/** A list is as the filter says where one of its values is; a complex value stands for its `value`. */
function compared({ attribute, values }: Resolved, by: Comparison, wanted: Literal): boolean {
  if (by === "ne") return !compared({ attribute, values }, "eq", wanted);
  if (wanted === null) return by === "eq" && values.length === 0;
  const [own, plain] =
    attribute.type === "complex"
      ? [subAttributeIn(attribute, "value") ?? attribute, values.map((value) => (isObject(value) ? value.value : value))]
      : [attribute, values];
  if (own.type === "boolean" && by !== "eq")
    throw new Fault("request_malformed", {
      message: `\`${own.name}\` is true or false: it is compared by eq and ne.`,
      nativeCode: "invalidFilter",
    });
  return plain.some((value) => one(value, by, wanted, own.caseExact === true));
}

function one(value: unknown, by: Comparison, wanted: Literal, caseExact: boolean): boolean {
  // Directories write truth as text, too.
  if (typeof value === "boolean") return String(value) === String(wanted).toLowerCase();
  if (typeof value !== "string" || typeof wanted === "boolean") return false;
  const fold = (text: string) => (caseExact ? text : text.normalize("NFKC").toLowerCase());
  const left = fold(value);
  const right = fold(String(wanted));
  switch (by) {
    case "eq":
      return left === right;
    case "co":
      return left.includes(right);
    case "sw":
      return left.startsWith(right);
    case "ew":
      return left.endsWith(right);
    case "gt":
      return left > right;
    case "ge":
      return left >= right;
    case "lt":
      return left < right;
    default:
      return left <= right;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unknown(name: string): Fault {
  return new Fault("request_malformed", { message: `There is no attribute \`${name.slice(0, 100)}\` here.`, nativeCode: "invalidFilter" });
}
