import { Fault } from "../../exchange/index.ts";
import { Effort } from "./effort.ts";
import { type AttributePath, type Filter, parsePatchPath } from "./filter.ts";
import { isObject, matchesValue, type Resource } from "./match.ts";
import { onePrimary, readResource, readValue, wrong } from "./read-resource.ts";
import { type Attribute, attributeIn, type ScimSchema, subAttributeIn } from "./schemas.ts";

type Act = "add" | "replace" | "remove";

const mostOperations = 1_000;
/** Attributes of RFC 7643 that are not kept: whoever sends them is not told that they are wrong. */
const passedOver = new Set(
  "nickname profileurl preferredlanguage password phonenumbers ims photos addresses entitlements roles x509certificates".split(" "),
);

/**
 * The resource after all operations, or none of them (RFC 7644 3.5.2): as the standard says it and as the directories of Microsoft and
 * Okta write it, with `Add` in capitals, truth as text, dotted names in the place of a path, and members to remove in the value.
 *
 * @throws Fault `request_malformed` with the standard's `scimType`
 */
export function applyPatch(before: Resource, body: unknown, schema: ScimSchema): Resource {
  const sent = isObject(body) ? Object.entries(body).find(([name]) => name.toLowerCase() === "operations")?.[1] : undefined;
  if (!Array.isArray(sent) || sent.length === 0 || sent.length > mostOperations)
    throw new Fault("request_malformed", { message: `\`Operations\` is a list of 1 to ${mostOperations}.`, nativeCode: "invalidSyntax" });
  const resource: Record<string, unknown> = structuredClone(before) as Record<string, unknown>;
  const effort = new Effort();
  for (const each of sent) applyOne(resource, each, schema, effort);
  return readResource(resource, schema);
}

function applyOne(resource: Record<string, unknown>, sent: unknown, schema: ScimSchema, effort: Effort): void {
  if (!isObject(sent) || typeof sent.op !== "string")
    throw new Fault("request_malformed", { message: "An operation has an `op`.", nativeCode: "invalidSyntax" });
  const act = sent.op.toLowerCase();
  if (act !== "add" && act !== "replace" && act !== "remove")
    throw new Fault("request_malformed", { message: `There is no operation "${sent.op.slice(0, 50)}".`, nativeCode: "invalidSyntax" });
  if (typeof sent.path === "string" && sent.path !== "") {
    change(resource, { act, text: sent.path, value: sent.value, explicit: true }, schema, effort);
    return;
  }
  if (act === "remove") throw new Fault("request_malformed", { message: "`remove` needs a `path`.", nativeCode: "noTarget" });
  if (!isObject(sent.value)) throw wrong("value", "is an object where there is no path");
  for (const [path, value] of Object.entries(sent.value)) {
    // A whole extension, or the own schema's part, under its URN.
    if (isObject(value) && path.toLowerCase() === schema.id.toLowerCase())
      for (const [inner, each] of Object.entries(value)) change(resource, { act, text: inner, value: each }, schema, effort);
    else change(resource, { act, text: path, value }, schema, effort);
  }
}

interface Wanted {
  readonly act: Act;
  readonly text: string;
  readonly value: unknown;
  /** The path was named: what is read-only there is said to be so. */
  readonly explicit?: boolean;
}

function change(resource: Record<string, unknown>, wanted: Wanted, schema: ScimSchema, effort: Effort): void {
  const { act, text, value, explicit = false } = wanted;
  const { path, filter } = parsePatchPath(text);
  const attribute = targetOf(path, schema);
  if (attribute === undefined) return;
  if (attribute.mutability === "readOnly") {
    if (!explicit) return;
    throw new Fault("request_malformed", { message: `\`${attribute.name}\` is read-only.`, nativeCode: "mutability" });
  }
  const sub = path.sub === undefined ? undefined : subAttributeIn(attribute, path.sub);
  if (path.sub !== undefined && sub === undefined) throw noAttribute(`${attribute.name}.${path.sub}`);
  if (attribute.required && act === "remove")
    throw new Fault("request_malformed", { message: `\`${attribute.name}\` is required.`, nativeCode: "mutability" });
  const next = attribute.multiValued
    ? changedList(listIn(resource, attribute), act, value, { attribute, sub, filter, effort })
    : filter === undefined
      ? changedOne(resource[attribute.name], act, value, attribute, sub)
      : undefined;
  if (filter !== undefined && !attribute.multiValued)
    throw new Fault("request_malformed", { message: `\`${attribute.name}\` is no list.`, nativeCode: "invalidPath" });
  if (next === undefined || (Array.isArray(next) && next.length === 0)) delete resource[attribute.name];
  else resource[attribute.name] = next;
}

/** Undefined for what is passed over. */
function targetOf({ schema: urn, name }: AttributePath, schema: ScimSchema): Attribute | undefined {
  const own = urn === undefined || urn.toLowerCase() === schema.id.toLowerCase();
  if (!own) return undefined;
  const attribute = attributeIn(schema, name);
  if (attribute === undefined && !passedOver.has(name.toLowerCase())) throw noAttribute(name);
  return attribute;
}

function changedOne(before: unknown, act: Act, value: unknown, attribute: Attribute, sub: Attribute | undefined): unknown {
  if (sub !== undefined) {
    const { [sub.name]: _before, ...others } = isObject(before) ? before : {};
    const read = act === "remove" ? undefined : readValue(value, sub);
    return read === undefined ? others : { ...others, [sub.name]: read };
  }
  if (act === "remove") return undefined;
  const read = readValue(value, attribute);
  return isObject(before) && isObject(read) ? { ...before, ...read } : read;
}

interface ListTarget {
  readonly attribute: Attribute;
  readonly sub: Attribute | undefined;
  readonly filter: Filter | undefined;
  readonly effort: Effort;
}

function changedList(before: readonly unknown[], act: Act, value: unknown, target: ListTarget): readonly unknown[] {
  const { attribute, sub, filter, effort } = target;
  // Of whole lists each value is read and compared.
  effort.spend(2 * (before.length + (Array.isArray(value) ? value.length : 1)));
  const isMeant = (each: unknown) => filter === undefined || matchesValue(filter, each, attribute, effort);
  if (filter === undefined && sub === undefined) return wholeList(before, act, value, attribute);
  if (act === "remove") {
    if (sub === undefined) return before.filter((each) => !isMeant(each));
    return before.map((each) => (isMeant(each) && isObject(each) ? without(each, sub.name) : each));
  }
  const given = sub === undefined ? readValue(value, { ...attribute, multiValued: false }) : { [sub.name]: readValue(value, sub) };
  if (!isObject(given)) throw wrong(attribute.name, "needs a value");
  if (!before.some(isMeant)) {
    // To replace what is not there is an error of the standard; to add it makes what the filter describes.
    if (act === "replace" && filter !== undefined)
      throw new Fault("request_malformed", {
        message: `No value of \`${attribute.name}\` is one that the path means.`,
        nativeCode: "noTarget",
      });
    return onePrimary([...before, { ...(filter && described(filter)), ...given }]);
  }
  const next = before.map((each) => (isMeant(each) && isObject(each) ? { ...each, ...given } : each));
  return given.primary === true ? onePrimary([...next.filter((each) => !isMeant(each)), ...next.filter(isMeant)]) : next;
}

function wholeList(before: readonly unknown[], act: Act, value: unknown, attribute: Attribute): readonly unknown[] {
  const given = (readValue(value, attribute) ?? []) as readonly unknown[];
  if (act === "replace") return distinct(given);
  if (act === "add") return onePrimary(distinct([...before, ...given]));
  if (value === undefined || value === null) return [];
  const gone = new Set(given.map(keyOf));
  return before.filter((each) => !gone.has(keyOf(each)));
}

/** The last of those that stand for the same, in the place of the first. */
function distinct(values: readonly unknown[]): readonly unknown[] {
  const byKey = new Map<string, unknown>();
  for (const each of values) {
    const key = keyOf(each);
    const before = byKey.get(key);
    byKey.set(key, isObject(before) && isObject(each) ? { ...before, ...each } : each);
  }
  return [...byKey.values()];
}

function keyOf(value: unknown): string {
  return JSON.stringify(isObject(value) && value.value !== undefined ? [value.value, value.type ?? null] : value);
}

/** What `type eq "work" and primary eq true` says of a value. */
function described(filter: Filter): Record<string, unknown> {
  if (filter.kind === "and") return { ...described(filter.left), ...described(filter.right) };
  return filter.kind === "compare" && filter.by === "eq" ? { [filter.path.name]: filter.value } : {};
}

function listIn(resource: Readonly<Record<string, unknown>>, { name }: Attribute): readonly unknown[] {
  const value = resource[name];
  return Array.isArray(value) ? value : [];
}

function without(value: Readonly<Record<string, unknown>>, name: string): Record<string, unknown> {
  const { [name]: _gone, ...others } = value;
  return others;
}

function noAttribute(name: string): Fault {
  return new Fault("request_malformed", { message: `There is no attribute \`${name.slice(0, 100)}\` here.`, nativeCode: "invalidPath" });
}
