import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type OperatedGateway, openOperated, ownerKey as owner, type ToldByAdminApi } from "../../../test/isolation/operated-gateway.ts";

let gateway: OperatedGateway;

beforeAll(async () => {
  gateway = await openOperated();
});
afterAll(() => gateway.close());

type Told = ToldByAdminApi;
const ask: OperatedGateway["ask"] = (...asked) => gateway.ask(...asked);
const made: OperatedGateway["made"] = (...asked) => gateway.made(...asked);
const adminKey = async (role: string, fields: object = {}) => (await gateway.adminKey(role, fields)).key;
const refusal = ({ status, body }: Told) => [status, body.code];

describe("a role", () => {
  test("of an admin key is the owner's where nothing is said, and can be any other", async () => {
    const first = await made("keys", { name: "unsaid", kind: "admin" });
    expect(first).toMatchObject({ role: "owner" });
    const viewer = await adminKey("viewer");
    expect((await ask(viewer, "GET", "/admin/v1/models")).status).toBe(200);
    expect(refusal(await ask(viewer, "GET", "/admin/v1/keys"))).toEqual([403, "permission_missing"]);
    expect((await ask(viewer, "GET", "/admin/v1/keys")).body.detail).toContain("keys:read");
  });

  test("does not give what its giver lacks, whichever way it is given", async () => {
    const admin = await adminKey("admin");
    const ways = [
      ["POST", "keys", { name: "up", kind: "admin", role: "owner" }],
      ["POST", "keys", { name: "up", kind: "admin" }],
      ["POST", "users", { userName: "up", roles: ["owner"] }],
      ["POST", "service-accounts", { name: "up", roles: ["viewer", "owner"] }],
      ["POST", "groups", { displayName: "up", roles: ["owner"] }],
    ] as const;
    for (const [method, path, body] of ways) {
      const refused = await ask(admin, method, `/admin/v1/${path}`, body);
      expect([path, ...refusal(refused)]).toEqual([path, 403, "grant_refused"]);
      expect(refused.body.detail).toContain("organisations:write");
    }
    expect(refusal(await ask(admin, "POST", "/admin/v1/roles", { name: "up", permissions: ["roles:write"] }))).toEqual([
      403,
      "permission_missing",
    ]);
    expect((await made("keys", { name: "down", kind: "admin", role: "developer" }, admin)).key).toStartWith("sk-sluice-admin-");
  });

  test("is not taken over from somebody who may do more: their key is not rotated, changed or revoked", async () => {
    const admin = await adminKey("admin");
    const above = await made("keys", { name: "above", kind: "admin", role: "owner" });
    const account = await made("service-accounts", { name: "above", roles: ["owner"] });
    const itsKey = await made("keys", { name: "above-account", kind: "admin", serviceAccount: account.id });
    const inGroup = await made("users", { userName: "above" });
    await made("groups", { displayName: "above", members: [inGroup.id], roles: ["owner"] });
    for (const [method, body] of [
      ["PATCH", { userName: "mine" }],
      ["DELETE", undefined],
    ] as const)
      expect(refusal(await ask(admin, method, `/admin/v1/users/${inGroup.id}`, body))).toEqual([403, "grant_refused"]);
    for (const { id } of [above, itsKey]) {
      for (const [method, path, body] of [
        ["POST", `keys/${id}/rotate`, {}],
        ["PATCH", `keys/${id}`, { name: "mine" }],
        ["DELETE", `keys/${id}`, undefined],
      ] as const)
        expect([path, ...refusal(await ask(admin, method, `/admin/v1/${path}`, body))]).toEqual([path, 403, "grant_refused"]);
    }
    expect(refusal(await ask(admin, "PATCH", `/admin/v1/service-accounts/${account.id}`, { name: "mine" }))).toEqual([
      403,
      "grant_refused",
    ]);
    expect(refusal(await ask(admin, "POST", "/admin/v1/keys", { name: "mine", kind: "admin", serviceAccount: account.id }))).toEqual([
      403,
      "grant_refused",
    ]);
    expect((await ask(itsKey.key, "GET", "/admin/v1/audit")).status).toBe(200);
  });

  test("does not change itself", async () => {
    const role = await made("roles", {
      name: "keeper",
      permissions: ["roles:read", "roles:write", "keys:read", "keys:write", "roles:grant"],
    });
    const account = await made("service-accounts", { name: "keeper", roles: [role.id, "admin"] });
    const key = await made("keys", { name: "keeper", kind: "admin", serviceAccount: account.id });
    const own = [
      ["PATCH", `roles/${role.id}`, { permissions: ["keys:read"] }],
      ["DELETE", `roles/${role.id}`, undefined],
      ["PATCH", `service-accounts/${account.id}`, { roles: ["viewer"] }],
      ["PATCH", `keys/${key.id}`, { expiresAt: null }],
    ] as const;
    for (const [method, path, body] of own)
      expect([path, ...refusal(await ask(key.key, method, `/admin/v1/${path}`, body))]).toEqual([path, 403, "grant_refused"]);
    expect((await ask(key.key, "PATCH", `/admin/v1/keys/${key.id}`, { name: "renamed" })).status).toBe(200);
    expect((await ask(owner, "PATCH", `/admin/v1/roles/${role.id}`, { permissions: ["keys:read"] })).status).toBe(200);
    expect(refusal(await ask(key.key, "PATCH", `/admin/v1/roles/${role.id}`, { name: "x" }))).toEqual([403, "permission_missing"]);
  });

  test("needs its own permission wherever it stands", async () => {
    const role = await made("roles", { name: "people", permissions: ["users:read", "users:write", "keys:write", "keys:read"] });
    const people = await adminKey(role.id);
    const ann = await made("users", { userName: "ann" }, people);
    for (const body of [{ roles: [] }, { roles: ["viewer"], displayName: "Ann" }]) {
      const refused = await ask(people, "PATCH", `/admin/v1/users/${ann.id}`, body);
      expect([...refusal(refused), refused.body.detail.includes("roles:grant")]).toEqual([403, "permission_missing", true]);
    }
    expect((await ask(people, "PATCH", `/admin/v1/users/${ann.id}`, { displayName: "Ann" })).body.displayName).toBe("Ann");
    const grouping = await made("roles", { name: "grouping", permissions: ["groups:read", "groups:write", "models:read"] });
    const keeper = await adminKey(grouping.id);
    const plain = await made("groups", { displayName: "plain" });
    const given = await made("groups", { displayName: "given", roles: [grouping.id] });
    expect((await ask(keeper, "PATCH", `/admin/v1/groups/${plain.id}`, { members: [ann.id] })).status).toBe(200);
    expect(refusal(await ask(keeper, "PATCH", `/admin/v1/groups/${given.id}`, { members: [ann.id] }))).toEqual([403, "permission_missing"]);
    expect(refusal(await ask(people, "POST", "/admin/v1/keys", { name: "up2", kind: "admin" }))).toEqual([403, "permission_missing"]);
  });

  test("built in cannot be changed, nor can another take its name; one that is used stays", async () => {
    expect(refusal(await ask(owner, "PATCH", "/admin/v1/roles/viewer", { permissions: [] }))).toEqual([409, "object_read_only"]);
    expect(refusal(await ask(owner, "DELETE", "/admin/v1/roles/owner"))).toEqual([409, "object_read_only"]);
    expect(refusal(await ask(owner, "POST", "/admin/v1/roles", { name: "Owner", permissions: [] }))).toEqual([409, "object_conflict"]);
    const role = await made("roles", { name: "used", permissions: ["models:read"] });
    const key = await adminKey(role.id);
    expect(refusal(await ask(owner, "DELETE", `/admin/v1/roles/${role.id}`))).toEqual([409, "object_conflict"]);
    await ask(owner, "PATCH", `/admin/v1/roles/${role.id}`, { active: false });
    expect(refusal(await ask(key, "GET", "/admin/v1/models"))).toEqual([403, "permission_missing"]);
  });
});

describe("a field", () => {
  test("that needs a permission is not in the answer of who lacks it", async () => {
    const [developer, finance] = [await adminKey("developer"), await adminKey("finance")];
    expect((await ask(finance, "GET", "/admin/v1/usage")).body.total).toHaveProperty("costUsd");
    const seen = (await ask(developer, "GET", "/admin/v1/usage")).body;
    expect(seen.total).toHaveProperty("requests");
    expect(JSON.stringify(seen)).not.toContain("costUsd");
  });
});

describe("a key", () => {
  test("of an admin key with limits has the same limits, or narrower ones", async () => {
    const bound = await adminKey("owner", { scopes: ["/admin/v1/keys*"], networks: ["127.0.0.0/8"] });
    const limits = { scopes: ["/admin/v1/keys"], networks: ["127.0.0.1"] };
    for (const body of [{}, { ...limits, scopes: [] }, { ...limits, scopes: ["/admin/v1/*"] }, { ...limits, networks: ["0.0.0.0/0"] }]) {
      const refused = await ask(bound, "POST", "/admin/v1/keys", { name: "wide", kind: "admin", role: "viewer", ...body });
      expect([body, ...refusal(refused)]).toEqual([body, 403, "grant_refused"]);
    }
    expect((await made("keys", { name: "narrow", kind: "admin", role: "viewer", ...limits }, bound)).id).toStartWith("key_");
    expect((await ask(bound, "GET", "/admin/v1/users")).status).toBe(403);
  });

  test("works only from its networks, on both planes", async () => {
    const elsewhere = ["192.0.2.0/24", "2001:db8::/32"];
    const admin = await adminKey("owner", { networks: elsewhere });
    expect(refusal(await ask(admin, "GET", "/admin/v1/keys"))).toEqual([403, "credentials_forbidden"]);
    const data = await made("keys", { name: "elsewhere", networks: elsewhere });
    const here = await made("keys", { name: "here", networks: ["127.0.0.0/8", "::1"] });
    expect((await ask(data.key, "GET", "/v1/models")).status).toBe(403);
    expect((await ask(here.key, "GET", "/v1/models")).status).toBe(200);
    expect(refusal(await ask(owner, "POST", "/admin/v1/keys", { name: "x", networks: ["10.0.0.1/8"] }))).toEqual([
      400,
      "request_malformed",
    ]);
  });

  test("is out with its organisation, its application, its account or its owner, and back with them", async () => {
    const { id: organisation } = await made("organisations", { name: "Acme" });
    const { id: application } = await made("applications", { organisation, name: "bot" });
    const { id: serviceAccount } = await made("service-accounts", { organisation, name: "bot" });
    const { id: user } = await made("users", { organisation, userName: "ann@acme.example" });
    const { key, id } = await made("keys", { name: "whole", organisation, application, serviceAccount, user });
    for (const path of [
      `organisations/${organisation}`,
      `applications/${application}`,
      `service-accounts/${serviceAccount}`,
      `users/${user}`,
    ]) {
      expect((await ask(key, "GET", "/v1/models")).status).toBe(200);
      expect((await ask(owner, "PATCH", `/admin/v1/${path}`, { active: false })).status).toBe(200);
      expect([path, (await ask(key, "GET", "/v1/models")).status]).toEqual([path, 401]);
      expect((await ask(owner, "GET", `/admin/v1/keys/${id}`)).body.state).toBe("suspended");
      await ask(owner, "PATCH", `/admin/v1/${path}`, { active: true });
    }
    await ask(owner, "DELETE", `/admin/v1/users/${user}`);
    expect((await ask(key, "GET", "/v1/models")).status).toBe(401);
  });

  test("may use only the models that its organisation, its team and its application may use", async () => {
    const { id: organisation } = await made("organisations", { name: "Lists", models: ["demo/*", "other"] });
    const { id: team } = await made("teams", { organisation, name: "lists", models: ["demo/echo*"] });
    const { id: application } = await made("applications", { organisation, team, name: "lists", models: ["*"] });
    const { key } = await made("keys", { name: "lists", organisation, team, application, metadata: { floor: "3" } });
    const call = (model: string) => ask(key, "POST", "/v1/chat/completions", { model, messages: [{ role: "user", content: "x" }] });
    expect((await call("demo/echo")).status).toBe(200);
    expect((await call("demo/slow")).body.error.message).toContain('The team "lists" may not use the model');
    expect((await call("other")).status).toBe(403);
    await ask(owner, "PATCH", `/admin/v1/organisations/${organisation}`, { models: ["nothing"] });
    expect((await call("demo/echo")).body.error.message).toContain('The organisation "Lists" may not use the model');
    const { data } = (await ask(key, "GET", "/v1/models")).body;
    expect(data).toEqual([]);
    const [record] = (await ask(owner, "GET", "/admin/v1/records?limit=1")).body.data;
    expect(record).toMatchObject({ organisation, team, application, detail: { metadata: { floor: "3" } } });
  });

  test("keeps what it is when it is rotated, and both work for a while", async () => {
    const { id: organisation } = await made("organisations", { name: "Rotating" });
    const fields = { organisation, networks: ["127.0.0.0/8"], metadata: { a: "b" }, models: ["demo/*"], scopes: ["/v1/models"] };
    const old = await made("keys", { name: "turn", ...fields });
    const next = (await ask(owner, "POST", `/admin/v1/keys/${old.id}/rotate`, { graceSeconds: 60 })).body;
    expect(next).toMatchObject({ name: "turn", ...fields });
    for (const { key } of [old, next]) expect((await ask(key, "GET", "/v1/models")).status).toBe(200);
    const named = (await ask(owner, "GET", `/admin/v1/keys?organisation=${organisation}&name=turn`)).body.data;
    expect(named.length).toBe(2);
  });

  test("cannot belong to what is not there, or is another organisation's, and both are told of in the same words", async () => {
    const { id: organisation } = await made("organisations", { name: "Mine" });
    const { id: others } = await made("organisations", { name: "Others" });
    const foreign = {
      team: (await made("teams", { organisation: others, name: "t" })).id,
      application: (await made("applications", { organisation: others, name: "a" })).id,
      serviceAccount: (await made("service-accounts", { organisation: others, name: "s" })).id,
      user: (await made("users", { organisation: others, userName: "u" })).id,
    };
    for (const [field, id] of Object.entries(foreign)) {
      const unknown = `${id.slice(0, -4)}0000`;
      const [one, other] = await Promise.all(
        [id, unknown].map((value) => ask(owner, "POST", "/admin/v1/keys", { name: "x", organisation, [field]: value })),
      );
      expect([field, one!.status]).toEqual([field, 400]);
      expect(one!.body.detail.replace(id, "")).toBe(other!.body.detail.replace(unknown, ""));
    }
  });
});

describe("an object of the directory", () => {
  test("is made, found by its name, changed under its ETag, and removed", async () => {
    const user = await made("users", { userName: "Bob", email: "bob@acme.example", teams: [] });
    const path = `/admin/v1/users/${user.id}`;
    const read = await ask(owner, "GET", path);
    expect([read.etag, read.body.organisation, read.body.roles]).toEqual(['"1"', null, []]);
    expect((await ask(owner, "GET", "/admin/v1/users?name=bOB")).body.data.map(({ id }: { id: string }) => id)).toEqual([user.id]);
    expect(refusal(await ask(owner, "POST", "/admin/v1/users", { userName: "BOB" }))).toEqual([409, "object_conflict"]);
    const changed = await ask(owner, "PATCH", path, { email: null, active: false }, { "if-match": '"1"' });
    expect([changed.etag, changed.body.email, changed.body.active]).toEqual(['"2"', null, false]);
    expect(refusal(await ask(owner, "PATCH", path, { active: true }, { "if-match": '"1"' }))).toEqual([412, "object_changed"]);
    expect((await ask(owner, "DELETE", path, undefined, { "if-match": '"2"' })).status).toBe(204);
    expect(refusal(await ask(owner, "GET", path))).toEqual([404, "object_unknown"]);
  });

  test("comes in pages with those that stand elsewhere", async () => {
    const seen: string[] = [];
    let cursor = "";
    do {
      const page = (await ask(owner, "GET", `/admin/v1/roles?limit=2${cursor}`)).body;
      seen.push(...page.data.map(({ id }: { id: string }) => id));
      cursor = page.next === null ? "" : `&cursor=${page.next}`;
    } while (cursor !== "");
    const whole = (await ask(owner, "GET", "/admin/v1/roles?limit=200")).body.data.map(({ id }: { id: string }) => id);
    expect(seen).toEqual(whole);
    expect(whole).toContain("owner");
  });

  test("is made in the organisation and the team of whoever makes it", async () => {
    const { id: organisation } = await made("organisations", { name: "Within" });
    const { id: team } = await made("teams", { organisation, name: "within" });
    const within = await adminKey("owner", { organisation });
    const inTeam = await adminKey("owner", { organisation, team });
    expect(await made("users", { userName: "c" }, within)).toMatchObject({ organisation });
    expect(await made("keys", { name: "c" }, within)).toMatchObject({ organisation, team: null });
    expect(await made("applications", { name: "c" }, inTeam)).toMatchObject({ organisation, team });
    expect(await made("keys", { name: "d" }, inTeam)).toMatchObject({ organisation, team });
    expect(refusal(await ask(inTeam, "POST", "/admin/v1/users", { userName: "d" }))).toEqual([403, "credentials_forbidden"]);
    expect(refusal(await ask(within, "GET", "/admin/v1/providers"))).toEqual([403, "credentials_forbidden"]);
    expect(refusal(await ask(within, "PATCH", `/admin/v1/organisations/${organisation}`, { models: ["*"] }))).toEqual([
      403,
      "credentials_forbidden",
    ]);
    expect(refusal(await ask(inTeam, "PATCH", `/admin/v1/teams/${team}`, { models: ["*"] }))).toEqual([403, "credentials_forbidden"]);
  });
});
