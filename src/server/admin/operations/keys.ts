import { issueKey, type KeyRequest, rotateKey } from "../../../auth/index.ts";
import { Fault } from "../../../exchange/index.ts";
import type { Scope, StoredKey } from "../../../storage/index.ts";
import { refuseKeyAbove, refuseLonger, refuseWiderKey } from "../grants/key-grants.ts";
import { refuseTrustedKey } from "../grants/user-trust.ts";
import { mergedFields, patchSummary } from "../merge-patch.ts";
import { type AdminReply, type AnyCall, type OwnTools, operation } from "../operation.ts";
import { cursorOf, idIn } from "../pages.ts";
import {
  issuedKeySchema,
  keyChangesSchema,
  keyPage,
  keyPatchSchema,
  keyQuery,
  keySchema,
  newKeySchema,
  rotationSchema,
} from "../schemas/keys.ts";
import { type ShownKey, shown, shownFromFile, versionOf } from "./shown-key.ts";

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
      const { limit = ordinaryPage, cursor, state, ...wanted } = query;
      const after = cursor === undefined ? undefined : idIn(cursor);
      const fields = Object.entries(wanted) as [keyof typeof wanted, string][];
      // Ids of the file begin with `config:`, before those of the store.
      const ofFile = tools.fileKeys
        .map((key) => shownFromFile(key, tools.now()))
        .filter((key) => (state === undefined || key.state === state) && fields.every(([field, value]) => key[field] === value))
        .filter(({ id }) => after === undefined || id > after)
        .toSorted((one, other) => (one.id < other.id ? -1 : 1));
      const ofStore = await tools.keys.page({ ...wanted, after, limit: limit + 1, state, now: tools.now() });
      const found = [...ofFile, ...ofStore.map((key) => shown(key, tools))];
      const page = found.slice(0, limit);
      const last = page.at(-1);
      // To the store a key works that is suspended.
      const data = page.filter((key) => state === undefined || key.state === state);
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
    shownOnce: true,
    async run(call, tools) {
      const now = tools.now();
      const { expiresAt, ...rest } = { ...ownedBy(call.access.scope), ...call.body };
      const ends = expiresAt === undefined ? undefined : Date.parse(expiresAt);
      if (ends !== undefined && ends <= now) throw malformed("expiresAt", "The key would have expired before it was made.");
      const request = withRole({ kind: "key" as const, ...defined(rest), ...(ends !== undefined && { expiresAt: ends }) });
      await refuseWiderKey({ scopes: [], ...request }, call, tools);
      if (request.kind === "admin") refuseLonger(ends, call.principal);
      await refuseTrustedKey(request, undefined, call, tools);
      refuseNameOfFile(request, tools);
      const issued = await issueKey(request, tools.keys, tools.hasher, now);
      await tools.rereadKeys();
      return shownOnce(issued.text, shown(issued.stored, tools));
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
    summary: patchSummary,
    body: keyPatchSchema,
    status: 200,
    answer: keySchema,
    async run(call, tools) {
      const { object } = call;
      const before = await changeable(call, tools);
      const { expiresAt, ...rest } = mergedFields(keyChangesSchema, before, call.body);
      const ends = expiresAt === undefined || expiresAt === null ? expiresAt : Date.parse(expiresAt);
      if (before.revokedAt !== undefined)
        throw new Fault("object_conflict", { message: `${object} is revoked; a revoked key stays as it was.` });
      const after = changed(before, rest);
      await refuseWiderKey(after, call, tools);
      if (after.kind === "admin" && ends !== undefined) refuseLonger(ends ?? undefined, call.principal);
      await refuseTrustedKey(after, before, call, tools);
      if (after.name !== before.name) refuseNameOfFile(after, tools);
      await tools.keys.update(object, { ...defined(rest), ...(ends !== undefined && { expiresAt: ends }) }, before, tools.now());
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
    shownOnce: true,
    async run(call, tools) {
      const { object, body } = call;
      // Whoever rotates a key has the new one: it is as if it were made.
      const before = await changeable(call, tools);
      await refuseWiderKey(before, call, tools);
      if (before.kind === "admin") refuseLonger(before.expiresAt, call.principal);
      await refuseTrustedKey(before, undefined, call, tools);
      const now = tools.now();
      const issued = await rotateKey(object, tools.keys, tools.hasher, now, (body.graceSeconds ?? 0) * 1000, before);
      if (!issued) throw new Fault("object_conflict", { message: `${object} is revoked; make a new key instead.` });
      await tools.rereadKeys();
      return shownOnce(issued.text, shown(issued.stored, tools));
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
    async run(call, tools) {
      const { object } = call;
      await changeable(call as AnyCall, tools);
      await tools.keys.revoke(object, tools.now());
      await tools.rereadKeys();
      return { status: 204 };
    },
  }),
];

/** Names of keys of the store are unique by themselves. @throws Fault `object_conflict` */
function refuseNameOfFile({ name, organisation }: Pick<KeyRequest, "name" | "organisation">, { fileKeys, now }: OwnTools): void {
  const twin = fileKeys.find((key) => organisation === undefined && key.name === name && shownFromFile(key, now()).state === "works");
  if (twin) throw new Fault("object_conflict", { message: `A key that works is called "${name}" already: config:${name}.`, param: "name" });
}

/** @throws Fault `object_unknown` */
async function find(id: string, tools: OwnTools): Promise<ShownKey> {
  const stored = await tools.keys.get(id);
  const ofFile = tools.fileKeys.find(({ name }) => `config:${name}` === id);
  const found = stored ? shown(stored, tools) : ofFile && shownFromFile(ofFile, tools.now());
  if (!found) throw new Fault("object_unknown", { message: `There is no key ${JSON.stringify(id)}.` });
  return found;
}

/** @throws Fault `object_unknown`, `object_read_only`, `object_changed`, `grant_refused` */
async function changeable(call: AnyCall, tools: OwnTools): Promise<StoredKey> {
  const { object, ifMatch } = call;
  // Read once: what is compared with the version that the caller has seen is what the change is made to.
  const stored = await tools.keys.get(object);
  if (!stored) {
    await find(object, tools);
    throw new Fault("object_read_only", { message: `${object} stands in the config file: change it there.` });
  }
  await refuseKeyAbove(stored, call, tools);
  if (ifMatch !== undefined && ifMatch !== "*" && ifMatch !== versionOf(shown(stored, tools))) throw new Fault("object_changed");
  return stored;
}

/** Who acts within an organisation, or within one team, makes keys there without saying so. */
function ownedBy({ organisation, teams }: Scope): Pick<StoredKey, "organisation" | "team"> {
  return { ...(organisation !== undefined && { organisation }), ...(teams?.length === 1 && { team: teams[0] as string }) };
}

/** An admin key that is no account's is the owner's, where nothing else is said. */
function withRole<Request extends Pick<KeyRequest, "kind" | "role" | "serviceAccount">>(request: Request): Request {
  const isOwners = request.kind === "admin" && request.role === undefined && request.serviceAccount === undefined;
  return isOwners ? { ...request, role: "owner" } : request;
}

function changed(before: StoredKey, changes: Readonly<Record<string, unknown>>): StoredKey {
  const all = Object.entries({ ...before, ...defined(changes) });
  return Object.fromEntries(all.filter(([, value]) => value !== null)) as unknown as StoredKey;
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

function malformed(param: string, message: string): Fault {
  return new Fault("request_malformed", { message, param });
}

/** Without the members that were not given. */
function defined<Value extends object>(value: Value): { [Name in keyof Value]: Exclude<Value[Name], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as never;
}
