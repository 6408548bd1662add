import { Fault } from "../../exchange/index.ts";
import { listOf, mostResults, oneOf, resourceTypes, schemas, serviceProviderConfig, unknown } from "./discovery.ts";
import { Effort } from "./effort.ts";
import { type Filter, parseFilter } from "./filter.ts";
import { groups } from "./groups.ts";
import { isObject, matches, type Resource } from "./match.ts";
import { applyPatch } from "./patch.ts";
import { readResource } from "./read-resource.ts";
import type { ResourceKind, ScimCall } from "./scim-call.ts";
import { type Shape, shaped } from "./shape-answer.ts";
import { users } from "./users.ts";

export interface ScimReply {
  readonly status: 200 | 201 | 204 | 304;
  readonly body?: Resource;
  readonly etag?: string;
  readonly location?: string;
}

/** One operation and everything about it. */
export interface ScimRow {
  /** As the audit log has it. */
  readonly name: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Behind `/scim/v2`; `{id}` stands for one object. */
  readonly path: string;
  /** Stands in the audit log before and behind it. */
  readonly changes: boolean;
  run(call: ScimCall): Promise<ScimReply>;
}

const kinds: readonly ResourceKind[] = [users, groups];
const ordinaryCount = 100;
const tries = 5;

/** Every operation of SCIM there is. What has no row here does not exist. */
export const scimRows: readonly ScimRow[] = [
  read("/ServiceProviderConfig", async ({ base }) => serviceProviderConfig(base)),
  read("/ResourceTypes", async ({ base }) => listOf(resourceTypes(kinds, base))),
  read("/ResourceTypes/{id}", async ({ base, object }) => oneOf(resourceTypes(kinds, base), object)),
  read("/Schemas", async ({ base }) => listOf(schemas(kinds, base))),
  read("/Schemas/{id}", async ({ base, object }) => oneOf(schemas(kinds, base), object)),
  { name: "scim.search", method: "POST", path: "/.search", changes: false, run: (call) => search(kinds, call) },
  ...kinds.flatMap(rowsOf),
];

function read(path: string, run: (call: ScimCall) => Promise<Resource>): ScimRow {
  return { name: "scim.discover", method: "GET", path, changes: false, run: async (call) => ({ status: 200, body: await run(call) }) };
}

function rowsOf(kind: ResourceKind): readonly ScimRow[] {
  const own = kind.endpoint.toLowerCase();
  const all = `/${kind.endpoint}`;
  const one = `${all}/{id}`;
  const shapeOf = ({ query }: ScimCall) => shapeIn(query.get("attributes") ?? undefined, query.get("excludedAttributes") ?? undefined);
  return [
    {
      name: `scim.${own}.list`,
      method: "GET",
      path: all,
      changes: false,
      run: (call) => list([kind], call, Object.fromEntries(call.query), shapeOf(call)),
    },
    { name: `scim.${own}.search`, method: "POST", path: `${all}/.search`, changes: false, run: (call) => search([kind], call) },
    {
      name: `scim.${own}.create`,
      method: "POST",
      path: all,
      changes: true,
      run: async (call) => shown(201, await kind.insert(readResource(call.body, kind.schema), call), kind, shapeOf(call)),
    },
    {
      name: `scim.${own}.get`,
      method: "GET",
      path: one,
      changes: false,
      async run(call) {
        const resource = await found(kind, call);
        if (call.http.header("if-none-match") === versionOf(resource)) return { status: 304, etag: versionOf(resource) };
        return shown(200, resource, kind, shapeOf(call));
      },
    },
    {
      name: `scim.${own}.replace`,
      method: "PUT",
      path: one,
      changes: true,
      run: (call) =>
        change(kind, call, () => readResource(call.body, kind.schema)).then((resource) => shown(200, resource, kind, shapeOf(call))),
    },
    {
      name: `scim.${own}.patch`,
      method: "PATCH",
      path: one,
      changes: true,
      run: (call) =>
        change(kind, call, (before) => applyPatch(before, call.body, kind.schema)).then((resource) =>
          shown(200, resource, kind, shapeOf(call)),
        ),
    },
    {
      name: `scim.${own}.remove`,
      method: "DELETE",
      path: one,
      changes: true,
      async run(call) {
        const before = await found(kind, call);
        refuseStale(call, before);
        const seen = call.http.header("if-match") === undefined ? undefined : revisionOf(before);
        if (!(await kind.remove(call.object, seen, call))) throw unknown(call.object);
        return { status: 204 };
      },
    },
  ];
}

/** What is read, changed and written again is tried once more where somebody else was faster, unless the caller has named a version. */
async function change(kind: ResourceKind, call: ScimCall, next: (before: Resource) => Resource): Promise<Resource> {
  for (let attempt = 1; ; attempt++) {
    const before = await found(kind, call);
    refuseStale(call, before);
    try {
      const after = await kind.replace(call.object, next(before), revisionOf(before), call);
      if (after === undefined) throw unknown(call.object);
      return after;
    } catch (error) {
      const isLate = error instanceof Fault && error.code === "object_changed" && call.http.header("if-match") === undefined;
      if (!isLate || attempt >= tries) throw error;
    }
  }
}

/** @throws Fault `object_unknown` */
async function found(kind: ResourceKind, call: ScimCall): Promise<Resource> {
  const resource = await kind.get(call.object, call);
  if (resource === undefined) throw unknown(call.object);
  return resource;
}

function refuseStale({ http }: ScimCall, before: Resource): void {
  const wanted = http.header("if-match");
  if (wanted === undefined || wanted === "*") return;
  const plain = (tag: string) => tag.trim().replace(/^W\//, "");
  if (!wanted.split(",").some((tag) => plain(tag) === plain(versionOf(before)))) throw new Fault("object_changed");
}

function versionOf({ meta }: Resource): string {
  return (meta as { version: string }).version;
}

function revisionOf(resource: Resource): number {
  return Number(/\d+/.exec(versionOf(resource))?.[0]);
}

function shown(status: 200 | 201, resource: Resource, { schema }: ResourceKind, shape: Shape): ScimReply {
  const { location } = resource.meta as { location: string };
  return { status, body: shaped(resource, shape, schema), etag: versionOf(resource), location };
}

/** The same question in a body (RFC 7644 3.4.3). */
function search(of: readonly ResourceKind[], call: ScimCall): Promise<ScimReply> {
  if (!isObject(call.body)) throw new Fault("request_malformed", { message: "The body is no search.", nativeCode: "invalidSyntax" });
  const { filter, startIndex, count, attributes, excludedAttributes } = call.body;
  const names = (value: unknown) => (Array.isArray(value) && value.length > 0 ? value.map(String) : undefined);
  const asked = { filter: textOf(filter), startIndex: textOf(startIndex), count: textOf(count) };
  return list(of, call, asked, { attributes: names(attributes), excludedAttributes: names(excludedAttributes) });
}

function textOf(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : String(value);
}

interface Asked {
  readonly filter?: string | undefined;
  readonly startIndex?: string | undefined;
  readonly count?: string | undefined;
}

async function list(of: readonly ResourceKind[], call: ScimCall, asked: Asked, shape: Shape): Promise<ScimReply> {
  const filter = asked.filter === undefined ? undefined : parseFilter(asked.filter);
  const startIndex = Math.max(1, wholeNumber(asked.startIndex, "startIndex", 1));
  const count = Math.min(mostResults, Math.max(0, wholeNumber(asked.count, "count", ordinaryCount)));
  const all: { readonly resource: Resource; readonly kind: ResourceKind }[] = [];
  const effort = new Effort();
  for (const kind of asksAbout(of, filter))
    for (const resource of await kind.list(filter, call))
      if (filter === undefined || matches(filter, resource, kind.schema, effort)) all.push({ resource, kind });
  const page = all.slice(startIndex - 1, startIndex - 1 + count).map(({ resource, kind }) => shaped(resource, shape, kind.schema));
  return { status: 200, body: listOf(page, all.length, startIndex) };
}

/** Of several kinds, those that have what the filter looks at. @throws Fault `request_malformed` (`invalidFilter`) where none has */
function asksAbout(of: readonly ResourceKind[], filter: Filter | undefined): readonly ResourceKind[] {
  if (filter === undefined) return of;
  let first: unknown;
  const able = of.filter(({ schema }) => {
    try {
      return matches(filter, {}, schema) || true;
    } catch (error) {
      first ??= error;
      return false;
    }
  });
  if (able.length === 0) throw first;
  return able;
}

function wholeNumber(text: string | undefined, name: string, usual: number): number {
  if (text === undefined) return usual;
  if (!/^-?\d{1,9}$/.test(text))
    throw new Fault("request_malformed", { message: `\`${name}\` is a whole number.`, param: name, nativeCode: "invalidValue" });
  return Number(text);
}

function shapeIn(attributes: string | undefined, excludedAttributes: string | undefined): Shape {
  const names = (text: string | undefined) => {
    const all = text
      ?.split(",")
      .map((name) => name.trim())
      .filter(Boolean);
    return all?.length ? all : undefined;
  };
  return { attributes: names(attributes), excludedAttributes: names(excludedAttributes) };
}
