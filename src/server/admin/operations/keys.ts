import { issueKey, rotateKey } from "../../../auth/index.ts";
import type { Config } from "../../../config/index.ts";
import { Fault } from "../../../exchange/index.ts";
import type { StoredKey } from "../../../storage/index.ts";
import { etagOf } from "../etag.ts";
import { type AdminReply, type OwnTools, operation } from "../operation.ts";
import { cursorOf, idIn } from "../pages.ts";
import { issuedKeySchema, keyChangesSchema, keyPage, keyQuery, keySchema, newKeySchema, rotationSchema } from "../schemas/keys.ts";

/** A key as the API shows it: never the key, never its hash. */
interface ShownKey {
  readonly id: string;
  readonly kind: "key" | "admin";
  readonly name: string;
  readonly hint: string;
  readonly team: string | null;
  readonly user: string | null;
  readonly scopes: readonly string[];
  readonly models: readonly string[] | null;
  readonly state: "works" | "expired" | "revoked";
  readonly source: "file" | "store";
  readonly createdAt: string | null;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;
  readonly lastUsedAt: string | null;
}

const ordinaryPage = 50;

export const keyOperations = [
  operation({
    name: "keys.list",
    method: "GET",
    path: "/admin/v1/keys",
    permission: "keys:read",
    owner: "team",
    summary: "The keys, revoked ones too, and those of the config file.",
    query: keyQuery,
    status: 200,
    answer: keyPage,
    async run({ query }, tools) {
      const now = tools.now();
      const { limit = ordinaryPage, cursor, team, state } = query;
      const after = cursor === undefined ? undefined : idIn(cursor);
      // Ids of the file begin with `config:`, before those of the store.
      const ofFile = tools.fileKeys
        .map((key) => shownFromFile(key, now))
        .filter((key) => (team === undefined || key.team === team) && (state === undefined || key.state === state))
        .filter(({ id }) => after === undefined || id > after)
        .toSorted((one, other) => (one.id < other.id ? -1 : 1));
      const ofStore = await tools.keys.page({ after, limit: limit + 1, team, state, now });
      const found = [...ofFile, ...ofStore.map((key) => shown(key, now))];
      const data = found.slice(0, limit);
      const last = data.at(-1);
      return { status: 200, body: { data, next: last && found.length > limit ? cursorOf(last.id) : null } };
    },
  }),
  operation({
    name: "keys.create",
    method: "POST",
    path: "/admin/v1/keys",
    permission: "keys:write",
    owner: "team",
    summary: "Makes a key. The answer shows it this once; only its hash is kept.",
    body: newKeySchema,
    status: 201,
    answer: issuedKeySchema,
    repeatable: true,
    async run({ body }, tools) {
      const now = tools.now();
      const { expiresAt, ...rest } = body;
      const ends = expiresAt === undefined ? undefined : Date.parse(expiresAt);
      if (ends !== undefined && ends <= now) throw malformed("expiresAt", "The key would have expired before it was made.");
      const twin = [
        ...(await tools.keys.named(body.name)).map((key) => shown(key, now)),
        ...tools.fileKeys.filter(({ name }) => name === body.name).map((key) => shownFromFile(key, now)),
      ].find(({ state }) => state === "works");
      if (twin)
        throw new Fault("object_conflict", { message: `A key that works is called "${body.name}" already: ${twin.id}.`, param: "name" });
      const request = { kind: "key" as const, ...defined(rest), ...(ends !== undefined && { expiresAt: ends }) };
      const issued = await issueKey(request, tools.keys, tools.hasher, now);
      await tools.rereadKeys();
      return shownOnce(issued.text, shown(issued.stored, now));
    },
  }),
  operation({
    name: "keys.get",
    method: "GET",
    path: "/admin/v1/keys/{id}",
    permission: "keys:read",
    owner: "team",
    summary: "One key.",
    status: 200,
    answer: keySchema,
    async run({ object }, tools) {
      return one(await find(object, tools));
    },
  }),
  operation({
    name: "keys.update",
    method: "PATCH",
    path: "/admin/v1/keys/{id}",
    permission: "keys:write",
    owner: "team",
    summary: "Changes what is named; null takes a value away.",
    body: keyChangesSchema,
    status: 200,
    answer: keySchema,
    async run({ object, body, ifMatch }, tools) {
      const before = await changeable(object, ifMatch, tools);
      const { expiresAt, ...rest } = body;
      const ends = expiresAt === undefined || expiresAt === null ? expiresAt : Date.parse(expiresAt);
      if (before.state === "revoked")
        throw new Fault("object_conflict", { message: `${object} is revoked; a revoked key stays as it was.` });
      await tools.keys.update(object, { ...defined(rest), ...(ends !== undefined && { expiresAt: ends }) });
      await tools.rereadKeys();
      return one(await find(object, tools));
    },
  }),
  operation({
    name: "keys.rotate",
    method: "POST",
    path: "/admin/v1/keys/{id}/rotate",
    permission: "keys:write",
    owner: "team",
    summary: "A new key in the place of an old one, which stays good for a while where that is asked.",
    body: rotationSchema,
    status: 201,
    answer: issuedKeySchema,
    repeatable: true,
    async run({ object, body, ifMatch }, tools) {
      await changeable(object, ifMatch, tools);
      const now = tools.now();
      const issued = await rotateKey(object, tools.keys, tools.hasher, now, (body.graceSeconds ?? 0) * 1000);
      if (!issued) throw new Fault("object_conflict", { message: `${object} is revoked; make a new key instead.` });
      await tools.rereadKeys();
      return shownOnce(issued.text, shown(issued.stored, now));
    },
  }),
  operation({
    name: "keys.revoke",
    method: "DELETE",
    path: "/admin/v1/keys/{id}",
    permission: "keys:write",
    owner: "team",
    summary: "Revokes a key. Running gateways refuse it within a second; it stays in the list.",
    status: 204,
    async run({ object, ifMatch }, tools) {
      await changeable(object, ifMatch, tools);
      await tools.keys.revoke(object, tools.now());
      await tools.rereadKeys();
      return { status: 204 };
    },
  }),
];

/** @throws Fault `object_unknown` */
async function find(id: string, tools: OwnTools): Promise<ShownKey> {
  const now = tools.now();
  const stored = await tools.keys.get(id);
  const ofFile = tools.fileKeys.find(({ name }) => `config:${name}` === id);
  const found = stored ? shown(stored, now) : ofFile && shownFromFile(ofFile, now);
  if (!found) throw new Fault("object_unknown", { message: `There is no key ${JSON.stringify(id)}.` });
  return found;
}

/** @throws Fault `object_unknown`, `object_read_only`, `object_changed` */
async function changeable(id: string, ifMatch: string | undefined, tools: OwnTools): Promise<ShownKey> {
  const found = await find(id, tools);
  if (found.source === "file") throw new Fault("object_read_only", { message: `${id} stands in the config file: change it there.` });
  if (ifMatch !== undefined && ifMatch !== "*" && ifMatch !== versionOf(found)) throw new Fault("object_changed");
  return found;
}

function one(key: ShownKey): AdminReply {
  return { status: 200, body: key, etag: versionOf(key) };
}

function shownOnce(key: string, shownKey: ShownKey): AdminReply {
  return {
    status: 201,
    body: { key, ...shownKey },
    etag: versionOf(shownKey),
    location: `/admin/v1/keys/${shownKey.id}`,
    made: shownKey.id,
  };
}

/** Of what an operator decides; that a key was used changes nothing of it. */
function versionOf({ lastUsedAt: _used, state: _state, ...key }: ShownKey): string {
  return etagOf(key);
}

function shown(key: StoredKey, now: number): ShownKey {
  return {
    id: key.id,
    kind: key.kind,
    name: key.name,
    hint: key.hint,
    team: key.team ?? null,
    user: key.user ?? null,
    scopes: key.scopes,
    models: key.models ?? null,
    state: key.revokedAt !== undefined ? "revoked" : key.expiresAt !== undefined && key.expiresAt <= now ? "expired" : "works",
    source: "store",
    createdAt: timeOf(key.createdAt),
    expiresAt: timeOf(key.expiresAt),
    revokedAt: timeOf(key.revokedAt),
    lastUsedAt: timeOf(key.lastUsedAt),
  };
}

function shownFromFile(key: Config["keys"][number], now: number): ShownKey {
  return {
    id: `config:${key.name}`,
    kind: "key",
    name: key.name,
    hint: "",
    team: key.team ?? null,
    user: null,
    scopes: key.scopes,
    models: key.models ?? null,
    state: key.expiresAt !== undefined && key.expiresAt <= now ? "expired" : "works",
    source: "file",
    createdAt: null,
    expiresAt: timeOf(key.expiresAt),
    revokedAt: null,
    lastUsedAt: null,
  };
}

function timeOf(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}

function malformed(param: string, message: string): Fault {
  return new Fault("request_malformed", { message, param });
}

/** Without the members that were not given. */
function defined<Value extends object>(value: Value): { [Name in keyof Value]: Exclude<Value[Name], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as never;
}
