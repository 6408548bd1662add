import { Database } from "bun:sqlite";
import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { type OperatedGateway, openOperated, ownerKey as owner, type ToldByAdminApi } from "../../../test/isolation/operated-gateway.ts";

let gateway: OperatedGateway;

beforeAll(async () => {
  gateway = await openOperated();
});
afterAll(() => gateway.close());

type Told = ToldByAdminApi;
const ask: OperatedGateway["ask"] = (...asked) => gateway.ask(...asked);
const made: OperatedGateway["made"] = (...asked) => gateway.made(...asked);
const adminKey: OperatedGateway["adminKey"] = (...asked) => gateway.adminKey(...asked);
const refusal = ({ status, body }: Told) => [status, body?.code];

test("an admin key within limits takes over none without them by rotating it", async () => {
  const wide = await adminKey("owner");
  const narrow = { scopes: ["/admin/v1/keys*", "/admin/v1/sessions"], networks: ["127.0.0.0/8"] };
  for (const limits of [narrow, { scopes: narrow.scopes }, { networks: narrow.networks }]) {
    const limited = await adminKey("owner", limits);
    expect(refusal(await ask(limited.key, "POST", `keys/${wide.id}/rotate`, { graceSeconds: 60 }))).toEqual([403, "grant_refused"]);
    const alike = await adminKey("owner", narrow);
    expect((await ask(limited.key, "POST", `keys/${alike.id}/rotate`, {})).status).toBe(201);
  }
  expect((await ask(wide.key, "GET", "audit")).status).toBe(200);
});

test("whoever may not give roles gets no admin key by rotating one", async () => {
  const developer = await adminKey("developer");
  const viewer = await adminKey("viewer");
  expect(refusal(await ask(developer.key, "POST", `keys/${viewer.id}/rotate`, {}))).toEqual([403, "permission_missing"]);
});

test("an admin key of before there were roles, which acts for all whatever team is noted on it, is no team's to rotate", async () => {
  const team = await made("teams", { name: "old" });
  const old = await adminKey("owner", { team: team.id });
  const ofTeam = await adminKey("owner", { team: team.id });
  const database = new Database(join(gateway.folder, "data", "control.db"));
  database.run("UPDATE keys SET role = NULL WHERE id = ?", [old.id]);
  database.close();
  for (const [method, path, body] of [
    ["POST", `keys/${old.id}/rotate`, {}],
    ["PATCH", `keys/${old.id}`, { name: "mine" }],
    ["DELETE", `keys/${old.id}`, undefined],
  ] as const)
    expect([method, ...refusal(await ask(ofTeam.key, method, path, body))]).toEqual([method, 403, "grant_refused"]);
});

test("a role that is not active gives nothing now, and is given by those only who have what it will give", async () => {
  const sleeping = await made("roles", { name: "sleeping", permissions: ["vault:rekey", "scim:write"], active: false });
  const admin = await adminKey("admin");
  for (const [path, body] of [
    ["keys", { name: "later", kind: "admin", role: sleeping.id }],
    ["users", { userName: "later", roles: [sleeping.id] }],
    ["service-accounts", { name: "later", roles: [sleeping.id] }],
    ["groups", { displayName: "later", roles: [sleeping.id] }],
  ] as const)
    expect([path, ...refusal(await ask(admin.key, "POST", path, body))]).toEqual([path, 403, "grant_refused"]);
});

test("who may do more than the caller is not put into a group, nor taken out of one: groups say how far somebody reaches", async () => {
  const chief = await made("users", { userName: "chief", roles: ["owner"] });
  const team = await made("teams", { name: "corner" });
  const admin = await adminKey("admin");
  expect(refusal(await ask(admin.key, "POST", "groups", { displayName: "corner", team: team.id, members: [chief.id] }))).toEqual([
    403,
    "grant_refused",
  ]);
  const group = await made("groups", { displayName: "chiefs", team: team.id, members: [chief.id] });
  for (const body of [{ members: [] }, { team: null }, { active: false }])
    expect(refusal(await ask(admin.key, "PATCH", `groups/${group.id}`, body))).toEqual([403, "grant_refused"]);
  expect(refusal(await ask(admin.key, "DELETE", `groups/${group.id}`))).toEqual([403, "grant_refused"]);
  expect((await ask(admin.key, "PATCH", `groups/${group.id}`, { displayName: "the chiefs" })).status).toBe(200);
});

test("a whole config is applied, and gone back to, by those only who may change each kind of what changes", async () => {
  const role = await made("roles", { name: "applier", permissions: ["config:read", "config:write", "models:write"] });
  const applier = await adminKey(role.id);
  const provider = { providers: { p: { type: "openai-compatible", baseUrl: "https://203.0.113.7/v1" } } };
  const kinds = { ...provider, teams: { t: {} }, prices: { "p/*": { input: 1 } } };
  for (const [kind, section] of Object.entries(kinds))
    for (const dryRun of ["", "?dryRun=true"]) {
      const refused = await ask(applier.key, "POST", `config/apply${dryRun}`, { objects: { [kind]: section } });
      expect([kind, ...refusal(refused)]).toEqual([kind, 403, "permission_missing"]);
      expect(refused.body.detail).toContain(`${kind}:write`);
    }
  expect((await ask(owner, "POST", "config/apply", { objects: provider })).status).toBe(200);
  expect(refusal(await ask(applier.key, "POST", "versions/0/rollback", {}))).toEqual([403, "permission_missing"]);
  expect(refusal(await ask(applier.key, "POST", "config/apply", { objects: {}, prune: true }))).toEqual([403, "permission_missing"]);
  expect((await ask(applier.key, "POST", "config/apply", { objects: { models: { m: "p/x" } } })).status).toBe(200);
});
