import { Fault, type Permission } from "../../exchange/index.ts";
import type { DirectoryKind, DirectoryObject, NewObject, ObjectChanges, ObjectStore } from "../../storage/index.ts";
import { mergedFields, patchSummary } from "./merge-patch.ts";
import { type AdminReply, type AnyCall, type Operation, type OwnTools, operation } from "./operation.ts";
import { cursorOf, idIn } from "./pages.ts";
import { directoryQuery, type KindSchemas } from "./schemas/directory.ts";

type Body = Readonly<Record<string, unknown>>;
type Known = DirectoryObject & Body;

/** An object that stands elsewhere than in the store, as a team of the config's file. */
export interface FixedObject extends Body {
  readonly id: string;
  readonly source: "file" | "built-in";
}

/** What is particular to a kind of object of the directory. */
export interface KindOfObject {
  readonly kind: DirectoryKind;
  /** As in the path, and in the names of permissions. */
  readonly collection: string;
  /** In sentences. */
  readonly noun: string;
  readonly plural: string;
  readonly schemas: KindSchemas;
  /** Whose the objects are, for reading and for changing. */
  readonly owner: { readonly read: "team" | "organisation"; readonly write: "team" | "organisation" | "installation" };
  /** Organisations belong to nobody but themselves. */
  readonly ownedBy: "organisation" | "itself";
  readonly fields: { readonly optional: readonly string[]; readonly lists: readonly string[] };
  fixed?(tools: OwnTools): readonly FixedObject[];
  /** After something was removed, and whoever belonged to it is out. @throws Fault */
  removed?(object: Known, tools: OwnTools): Promise<void>;
  /** Before something is made, changed (`before` and `after`) or removed (`after` is undefined). @throws Fault */
  check?(change: { readonly before: Known | undefined; readonly after: Known | undefined }, call: AnyCall, tools: OwnTools): Promise<void>;
}

/** List, make, get, change and remove: the same for every kind. */
export function directoryOperations(of: KindOfObject): readonly Operation[] {
  const path = `/admin/v1/${of.collection}`;
  const read = `${of.collection}:read` as Permission;
  const write = `${of.collection}:write` as Permission;
  return [
    operation({
      name: `${of.collection}.list`,
      method: "GET",
      path,
      permission: read,
      owner: of.owner.read,
      summary: `The ${of.plural} within reach.`,
      query: directoryQuery,
      status: 200,
      answer: of.schemas.page,
      run: (call, tools) => listed(of, call.query, tools),
    }),
    operation({
      name: `${of.collection}.create`,
      method: "POST",
      path,
      permission: write,
      owner: of.owner.write,
      summary: `Makes ${of.noun}.`,
      body: of.schemas.made,
      status: 201,
      answer: of.schemas.shown,
      repeatable: true,
      async run(call, tools) {
        const body = { ...Object.fromEntries(of.fields.lists.map((field) => [field, []])), ...owned(of, call.body, call) };
        await of.check?.({ before: undefined, after: { active: true, ...body } as unknown as Known }, call, tools);
        const made = await storeOf(of, tools).insert(body as unknown as NewObject<Known>, tools.now());
        await tools.rereadKeys();
        return { ...one(of, made), status: 201, location: `${path}/${made.id}`, made: made.id };
      },
    }),
    operation({
      name: `${of.collection}.get`,
      method: "GET",
      path: `${path}/{id}`,
      permission: read,
      owner: of.owner.read,
      summary: `One of the ${of.plural}.`,
      status: 200,
      answer: of.schemas.shown,
      async run({ object }, tools) {
        const fixed = of.fixed?.(tools).find(({ id }) => id === object);
        return fixed ? { status: 200, body: fixed, etag: '"0"' } : one(of, await found(of, object, tools));
      },
    }),
    operation({
      name: `${of.collection}.update`,
      method: "PATCH",
      path: `${path}/{id}`,
      permission: write,
      owner: of.owner.write,
      summary: patchSummary,
      body: of.schemas.patch,
      status: 200,
      answer: of.schemas.shown,
      async run(call, tools) {
        const before = await changeable(of, call, tools);
        const fields = mergedFields(of.schemas.changes, before, call.body);
        const after = Object.fromEntries(Object.entries({ ...before, ...fields }).filter(([, value]) => value !== null));
        await of.check?.({ before, after: after as unknown as Known }, call, tools);
        const changes = fields as ObjectChanges<Known>;
        const changed = await storeOf(of, tools).update(call.object, changes, tools.now(), before.revision);
        if (!changed) throw unknown(of, call.object);
        await tools.rereadKeys();
        return one(of, changed);
      },
    }),
    operation({
      name: `${of.collection}.remove`,
      method: "DELETE",
      path: `${path}/{id}`,
      permission: write,
      owner: of.owner.write,
      summary: `Removes ${of.noun}. What others stand on stays (409).`,
      status: 204,
      async run(call, tools) {
        const before = await changeable(of, call as AnyCall, tools);
        await of.check?.({ before, after: undefined }, call as AnyCall, tools);
        if (!(await storeOf(of, tools).remove(call.object, before.revision))) throw unknown(of, call.object);
        await tools.rereadKeys();
        await of.removed?.(before, tools);
        return { status: 204 };
      },
    }),
  ];
}

function storeOf(of: KindOfObject, { directory }: OwnTools): ObjectStore<Known> {
  return directory[of.kind] as unknown as ObjectStore<Known>;
}

const ordinary = 50;

async function listed(of: KindOfObject, query: object, tools: OwnTools): Promise<AdminReply> {
  const {
    limit = ordinary,
    cursor,
    active,
    ...wanted
  } = query as { limit?: number; cursor?: string; active?: string } & Record<string, string>;
  const after = cursor === undefined ? undefined : idIn(cursor);
  const isActive = active === undefined ? undefined : active === "true";
  const stored = await storeOf(of, tools).list({ ...wanted, active: isActive, after, limit: limit + 1 });
  // What stands elsewhere has no more to be asked for than its name.
  const { name, ...others } = wanted;
  const isAsked = (fixed: FixedObject) => (name === undefined || fixed.name === name) && (after === undefined || fixed.id > after);
  const fixed = Object.keys(others).length > 0 || isActive === false ? [] : (of.fixed?.(tools) ?? []).filter(isAsked);
  const all = [...stored.map((each) => shown(of, each)), ...fixed].toSorted((one, other) => (one.id < other.id ? -1 : 1));
  const data = all.slice(0, limit);
  const last = data.at(-1);
  return { status: 200, body: { data, next: last !== undefined && all.length > limit ? cursorOf(last.id) : null } };
}

/** Who acts within an organisation, or within one team, makes things there without saying so. */
function owned(of: KindOfObject, body: Body, { access }: AnyCall): Body {
  const { organisation, teams } = access.scope;
  if (of.ownedBy === "itself") return body;
  const inTeam = of.fields.optional.includes("team") && teams?.length === 1 && of.owner.write === "team" ? { team: teams[0] } : {};
  return { ...inTeam, ...(organisation !== undefined && { organisation }), ...body };
}

/** @throws Fault `object_unknown` */
async function found(of: KindOfObject, id: string, tools: OwnTools): Promise<Known> {
  const object = await storeOf(of, tools).get(id);
  if (!object) throw unknown(of, id);
  return object;
}

/** @throws Fault `object_unknown`, `object_read_only`, `object_changed` */
async function changeable(of: KindOfObject, { object, ifMatch }: AnyCall, tools: OwnTools): Promise<Known> {
  const fixed = of.fixed?.(tools).find(({ id }) => id === object);
  if (fixed) {
    const where = fixed.source === "file" ? "stands in the config file: change it there." : "is built in.";
    throw new Fault("object_read_only", { message: `${object} ${where}` });
  }
  const before = await found(of, object, tools);
  if (ifMatch !== undefined && ifMatch !== "*" && ifMatch !== etag(before)) throw new Fault("object_changed");
  return before;
}

function unknown({ noun }: KindOfObject, id: string): Fault {
  return new Fault("object_unknown", { message: `There is no ${noun.replace(/^an? /, "")} ${JSON.stringify(id)}.` });
}

function one(of: KindOfObject, object: Known): AdminReply {
  return { status: 200, body: shown(of, object), etag: etag(object) };
}

function etag({ revision }: DirectoryObject): string {
  return `"${revision}"`;
}

/** As the API shows it: what is not there is null. */
function shown({ fields, ownedBy }: KindOfObject, object: Known): Body & { readonly id: string } {
  const { organisation, createdAt, updatedAt, ...rest } = object;
  return {
    ...Object.fromEntries(fields.optional.map((field) => [field, null])),
    externalId: null,
    ...rest,
    ...(ownedBy === "organisation" && { organisation: organisation ?? null }),
    source: "store",
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
  };
}
