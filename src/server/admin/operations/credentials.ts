import { Fault } from "../../../exchange/index.ts";
import { type ListedSecret, Secret, type VaultStatus } from "../../../secrets/index.ts";
import { etagOf } from "../etag.ts";
import { type AdminReply, type AdminTools, operation } from "../operation.ts";
import { cursorOf, idIn } from "../pages.ts";
import {
  credentialPage,
  credentialQuery,
  credentialRotationSchema,
  credentialSchema,
  newCredentialSchema,
  rekeyedSchema,
  rekeySchema,
  vaultSchema,
} from "../schemas/credentials.ts";

const ordinaryPage = 50;

export const credentialOperations = [
  operation({
    name: "credentials.list",
    method: "GET",
    path: "/admin/v1/credentials",
    permission: "credentials:read",
    owner: "installation",
    summary: "The credentials in the vault, in the order of their names, and never their values.",
    query: credentialQuery,
    status: 200,
    answer: credentialPage,
    async run({ query: { limit = ordinaryPage, cursor } }, { vault }) {
      const found = await vault.list(cursor === undefined ? undefined : idIn(cursor), limit + 1);
      const data = found.slice(0, limit);
      const last = data.at(-1);
      return { status: 200, body: { data: data.map(shown), next: last && found.length > limit ? cursorOf(last.name) : null } };
    },
  }),
  operation({
    name: "credentials.create",
    method: "POST",
    path: "/admin/v1/credentials",
    permission: "credentials:write",
    owner: "installation",
    summary: "Seals a credential in the vault. The config refers to it as vault:NAME, where a variable's name would stand.",
    body: newCredentialSchema,
    secrets: ["value"],
    status: 201,
    answer: credentialSchema,
    repeatable: true,
    async run({ body }, { vault }) {
      const made = await vault.put(body.name, new Secret(body.value));
      return { ...one(made), status: 201, location: `/admin/v1/credentials/${made.id}`, made: made.id };
    },
  }),
  operation({
    name: "credentials.get",
    method: "GET",
    path: "/admin/v1/credentials/{id}",
    permission: "credentials:read",
    owner: "installation",
    summary: "One credential, by its id or its name, and never its value.",
    status: 200,
    answer: credentialSchema,
    async run({ object }, { vault }) {
      return one(await vault.get(object));
    },
  }),
  operation({
    name: "credentials.rotate",
    method: "POST",
    path: "/admin/v1/credentials/{id}/rotate",
    permission: "credentials:write",
    owner: "installation",
    summary:
      "Seals a new value in the place of the old one. New requests go out with it within a second; running ones end with the old one.",
    body: credentialRotationSchema,
    secrets: ["value"],
    status: 200,
    answer: credentialSchema,
    repeatable: true,
    async run({ object, body, ifMatch }, tools) {
      const { name } = await changeable(object, ifMatch, tools);
      const rotated = await tools.vault.rotate(name, new Secret(body.value));
      await tools.vaultChanged();
      return one(rotated);
    },
  }),
  operation({
    name: "credentials.revoke",
    method: "DELETE",
    path: "/admin/v1/credentials/{id}",
    permission: "credentials:write",
    owner: "installation",
    summary:
      "Removes a credential from the vault. It is not used any more within a second, wherever the config refers to it; what is under way ends with it.",
    status: 204,
    async run({ object, ifMatch }, tools) {
      const { name } = await changeable(object, ifMatch, tools);
      await tools.vault.remove(name);
      await tools.vaultChanged();
      return { status: 204 };
    },
  }),
  operation({
    name: "vault.status",
    method: "GET",
    path: "/admin/v1/vault",
    permission: "credentials:read",
    owner: "installation",
    summary: "The master keys, where they are kept, and how many credentials each of them opens.",
    status: 200,
    answer: vaultSchema,
    async run(_call, { vault }) {
      return { status: 200, body: shownStatus(await vault.status()) };
    },
  }),
  operation({
    name: "vault.rekey",
    method: "POST",
    path: "/admin/v1/vault/rekey",
    permission: "vault:rekey",
    owner: "installation",
    summary: "Lets the master key that seals now open every credential. What was begun and broken off goes on where it ended.",
    body: rekeySchema,
    status: 200,
    answer: rekeyedSchema,
    async run({ body }, { vault }) {
      if (body.newKey) await vault.renewMasterKey();
      const { rewrapped, status } = await vault.rekey();
      return { status: 200, body: { rewrapped, vault: shownStatus(status) } };
    },
  }),
];

/** @throws Fault `object_unknown`, `object_changed` */
async function changeable(object: string, ifMatch: string | undefined, { vault }: AdminTools): Promise<ListedSecret> {
  const found = await vault.get(object);
  if (ifMatch !== undefined && ifMatch !== "*" && ifMatch !== versionOf(found)) throw new Fault("object_changed");
  return found;
}

function one(secret: ListedSecret): AdminReply {
  return { status: 200, body: shown(secret), etag: versionOf(secret) };
}

/** That another master key opens it changes nothing of it. */
function versionOf({ masterKey: _masterKey, ...secret }: ListedSecret): string {
  return etagOf(secret);
}

function shown({ createdAt, changedAt, ...rest }: ListedSecret) {
  return { ...rest, createdAt: new Date(createdAt).toISOString(), changedAt: new Date(changedAt).toISOString() };
}

function shownStatus({ secrets, masterKeys }: VaultStatus) {
  return { secrets, masterKeys: masterKeys.map((key) => ({ ...key, from: key.from ?? null })) };
}
