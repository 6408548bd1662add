import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { type OperatedGateway, openOperated, ownerKey } from "../../../test/isolation/operated-gateway.ts";
import { openControl } from "../../storage/index.ts";

// Ways in which somebody could give himself more than he has: each is tried as whoever would gain by it.

let gateway: OperatedGateway;
let organisation: string;
const team: Record<string, string> = {};
beforeAll(async () => {
  gateway = await openOperated(
    "providers: { demo: {} }\nteams: { filed: {}, other: {} }\nidentity: { exchange: { issuer: https://gateway.example } }\n",
  );
  organisation = (await gateway.made("organisations", { name: "acme" })).id;
  for (const name of ["red", "blue"]) team[name] = (await gateway.made("teams", { name, organisation })).id;
});
afterAll(() => gateway.close());

const refusal = async (...asked: Parameters<OperatedGateway["ask"]>) => {
  const { status, body } = await gateway.ask(...asked);
  return [status, body?.code];
};
const calls = async (key: string) =>
  (await gateway.ask(key, "POST", "/v1/chat/completions", { model: "demo/echo", messages: [{ role: "user", content: "hi" }] })).status;

describe("somebody of one team", () => {
  test.each(["keys", "service-accounts", "applications"])("moves none of its %s out of it, nor into another", async (collection) => {
    const { key } = await gateway.adminKey("admin", { organisation, team: team.red });
    const { id } = await gateway.made(collection, { name: `of-red-${collection}` }, key);
    const seen = (await gateway.ask(key, "GET", `${collection}/${id}`)).body;
    expect([seen.organisation, seen.team]).toEqual([organisation, team.red]);
    for (const to of [null, team.blue, "filed"]) {
      const { status } = await gateway.ask(key, "PATCH", `${collection}/${id}`, { team: to });
      expect([to, status >= 400 && status < 500 ? true : status]).toEqual([to, true]);
    }
    expect((await gateway.ask(ownerKey, "GET", `${collection}/${id}`)).body.team).toBe(team.red);
  });

  test("gets no admin key beyond it, whatever it leaves out or takes away", async () => {
    for (const [fields, own] of [
      [
        { organisation, team: team.red },
        { organisation, team: team.red },
      ],
      [{ team: "filed" }, { organisation: null, team: "filed" }],
    ] as const) {
      const { key } = await gateway.adminKey("owner", fields);
      const inner = await gateway.made("keys", { name: `inner-${fields.team}`, kind: "admin" }, key);
      expect((await gateway.ask(key, "GET", `keys/${inner.id}`)).body).toMatchObject({ ...own, role: "owner" });
      for (const patch of [
        { role: null },
        { team: null },
        { role: null, team: null },
        { organisation: null },
        { team: "other" },
        { serviceAccount: "x" },
      ]) {
        const { status } = await gateway.ask(key, "PATCH", `keys/${inner.id}`, patch);
        expect([patch, status >= 400 && status < 500 ? true : status]).toEqual([patch, true]);
      }
      const rotated = await gateway.made(`keys/${inner.id}/rotate`, {}, key);
      expect((await gateway.ask(rotated.key, "GET", "organisations")).status).toBe(403);
      expect((await gateway.ask(rotated.key, "GET", "config")).status).toBe(403);
    }
  });
});

test("an account's key administers where the account is, and nowhere else where it has moved away", async () => {
  const account = await gateway.made("service-accounts", { name: "mover", organisation, team: team.red, roles: ["viewer"] });
  const key = await gateway.made("keys", { name: "mover", kind: "admin", organisation, team: team.red, serviceAccount: account.id });
  expect((await gateway.ask(key.key, "GET", `teams/${team.red}`)).status).toBe(200);
  await gateway.ask(ownerKey, "PATCH", `service-accounts/${account.id}`, { team: team.blue });
  const blue = await gateway.adminKey("admin", { organisation, team: team.blue });
  expect((await gateway.ask(blue.key, "PATCH", `service-accounts/${account.id}`, { roles: ["admin"] })).status).toBe(200);
  expect(await refusal(key.key, "POST", "keys", { name: "in-red" })).toEqual([401, "credentials_expired"]);
  expect((await gateway.ask(ownerKey, "GET", `keys/${key.id}`)).body.state).toBe("suspended");
});

test("whom a log-in made an owner is above an admin, as long as the session lasts", async () => {
  const { id } = await gateway.made("users", { userName: "ann@example.com", organisation, teams: [team.red] });
  const admin = await gateway.adminKey("admin", { organisation });
  const { control, close } = await openControl({ folder: join(gateway.folder, "data") });
  const at = Date.now();
  const session = { holder: "browser", name: "ann", userId: id, roles: ["owner"], createdAt: at, lastSeenAt: at } as const;
  await control.sessions.insert({ ...session, id: "sess_ann", hash: "x", idleMs: 60_000, endsAt: at + 60_000, userAgent: "", address: "" });
  for (const patch of [{ teams: [] }, { active: false }])
    expect(await refusal(admin.key, "PATCH", `users/${id}`, patch)).toEqual([403, "grant_refused"]);
  const group = { displayName: "of-ann", members: [id], team: team.blue, roles: ["viewer"] };
  expect(await refusal(admin.key, "POST", "groups", group)).toEqual([403, "grant_refused"]);
  await control.sessions.revoke("sess_ann", Date.now());
  close();
  expect((await gateway.ask(admin.key, "POST", "groups", group)).status).toBe(201);
});

describe("whoever may not let others pass users", () => {
  test("gets no key that may: by rotating one, by an application that may, by an applied key", async () => {
    const developer = await gateway.adminKey("developer", { organisation });
    const trusted = await gateway.made("keys", { name: "trusted", organisation, mayPassUser: true });
    const application = (await gateway.made("applications", { name: "trusted", organisation, mayPassUser: true })).id;
    const own = await gateway.made("keys", { name: "own" }, developer.key);
    expect(await refusal(developer.key, "POST", "keys", { name: "a", mayPassUser: true })).toEqual([403, "permission_missing"]);
    expect(await refusal(developer.key, "POST", `keys/${trusted.id}/rotate`, {})).toEqual([403, "grant_refused"]);
    expect(await refusal(developer.key, "POST", "keys", { name: "b", application })).toEqual([403, "grant_refused"]);
    expect(await refusal(developer.key, "PATCH", `keys/${own.id}`, { application })).toEqual([403, "grant_refused"]);
    // What it has is no obstacle to what changes nothing of it.
    expect((await gateway.ask(developer.key, "PATCH", `keys/${trusted.id}`, { name: "renamed" })).status).toBe(200);
    const role = (await gateway.made("roles", { name: "applies", permissions: ["config:write", "keys:write", "teams:write"] })).id;
    const applier = await gateway.adminKey(role);
    await gateway.made("credentials", { name: "applied", value: "sk-sluice-applied-4f1c9b2e7d83a6f0c5d1e8" });
    const value = `$${"{vault:applied}"}`;
    const applied = (fields: object) => ({ objects: { keys: [{ name: "applied", value, ...fields }] } });
    expect(await refusal(applier.key, "POST", "config/apply", applied({ mayPassUser: true }))).toEqual([403, "permission_missing"]);
    expect(await refusal(applier.key, "POST", "config/apply", applied({ limits: { requestsPerDay: 1 } }))).toEqual([
      403,
      "permission_missing",
    ]);
    expect(
      await refusal(applier.key, "POST", "config/apply", { objects: { teams: { late: { budget: { usd: 1e6, per: "day" } } } } }),
    ).toEqual([403, "permission_missing"]);
    expect((await gateway.ask(applier.key, "POST", "config/apply", applied({}))).status).toBe(200);
  });

  test("gives none to an application by limits of its users", async () => {
    const role = (
      await gateway.made("roles", {
        name: "limits",
        organisation,
        permissions: ["applications:write", "applications:read", "limits:write", "limits:read"],
      })
    ).id;
    const { key } = await gateway.adminKey(role, { organisation });
    const { id } = await gateway.made("applications", { name: "limited" }, key);
    const endUsers = { limits: { requestsPerDay: 5 } };
    expect(await refusal(key, "PATCH", `applications/${id}`, { endUsers })).toEqual([403, "grant_refused"]);
    expect(await refusal(key, "POST", "applications", { name: "limited-too", endUsers })).toEqual([403, "grant_refused"]);
  });
});

describe("an owner's key that is bound to some paths", () => {
  test("gives nobody a role, who would be bound to none", async () => {
    const paths = ["users", "groups", "service-accounts", "roles"].map((collection) => `/admin/v1/${collection}*`);
    const { key } = await gateway.adminKey("owner", { organisation, scopes: paths });
    const friend = (await gateway.made("users", { organisation, userName: "friend" })).id;
    const idle = (await gateway.made("users", { organisation, userName: "idle", roles: ["admin"], active: false })).id;
    const group = (await gateway.made("groups", { organisation, displayName: "admins", roles: ["admin"] })).id;
    const role = (await gateway.made("roles", { organisation, name: "small", permissions: ["keys:read"] })).id;
    const account = (await gateway.made("service-accounts", { organisation, name: "small", roles: [role] })).id;
    for (const [method, path, body] of [
      ["PATCH", `users/${friend}`, { roles: ["viewer"] }],
      ["PATCH", `users/${idle}`, { active: true }],
      ["POST", "users", { userName: "accomplice", roles: ["owner"] }],
      ["PATCH", `groups/${group}`, { members: [friend] }],
      ["POST", "groups", { displayName: "more", members: [friend], roles: ["admin"] }],
      ["PATCH", `roles/${role}`, { permissions: ["keys:read", "keys:write"] }],
      ["POST", "roles", { name: "large", permissions: ["keys:write"] }],
      ["PATCH", `service-accounts/${account}`, { roles: ["admin"] }],
      ["POST", "service-accounts", { name: "robot", roles: ["viewer"] }],
    ] as const)
      expect([path, body, await refusal(key, method, path, body)]).toEqual([path, body, [403, "grant_refused"]]);
    // What gives nothing it does.
    expect((await gateway.ask(key, "PATCH", `users/${friend}`, { displayName: "Friend" })).status).toBe(200);
    expect((await gateway.ask(key, "PATCH", `service-accounts/${account}`, { roles: [] })).status).toBe(200);
    expect((await gateway.ask(key, "POST", "users", { userName: "plain" })).status).toBe(201);
    const whole = await gateway.adminKey("owner", { organisation, scopes: ["/admin/v1/*"] });
    expect((await gateway.ask(whole.key, "PATCH", `users/${friend}`, { roles: ["viewer"] })).status).toBe(200);
  });
});

describe("whoever has a key with an end", () => {
  const soon = new Date(Date.now() + 3_600_000).toISOString();
  const later = new Date(Date.now() + 7_200_000).toISOString();

  test("makes, changes and rotates no admin key that ends later, and no token for SCIM", async () => {
    const { key, id } = await gateway.adminKey("owner", { organisation, expiresAt: soon });
    const endless = await gateway.adminKey("viewer", { organisation });
    for (const expiresAt of [undefined, later]) {
      const wanted = { name: "outlives", ...(expiresAt !== undefined && { expiresAt }) };
      expect(await refusal(key, "POST", "keys", { ...wanted, kind: "admin", role: "viewer" })).toEqual([403, "grant_refused"]);
      expect(await refusal(key, "POST", "scim-tokens", wanted)).toEqual([403, "grant_refused"]);
    }
    expect(await refusal(key, "POST", `keys/${endless.id}/rotate`, {})).toEqual([403, "grant_refused"]);
    const own = await gateway.made("keys", { name: "ends", kind: "admin", role: "viewer", expiresAt: soon }, key);
    for (const expiresAt of [null, later])
      expect(await refusal(key, "PATCH", `keys/${own.id}`, { expiresAt })).toEqual([403, "grant_refused"]);
    expect((await gateway.ask(key, "PATCH", `keys/${own.id}`, { name: "still ends", expiresAt: soon })).status).toBe(200);
    // What calls models is not its own.
    expect((await gateway.ask(key, "POST", "keys", { name: "calls" })).status).toBe(201);
    expect((await gateway.ask(key, "POST", "scim-tokens", { name: "ends", expiresAt: soon })).status).toBe(201);
    expect((await gateway.ask(key, "POST", `keys/${id}/rotate`, {})).body.expiresAt).toBe(soon);
  });
});

describe("whoever lets a directory elsewhere decide who is in which group", () => {
  test("may give all that the groups give, and is not bound", async () => {
    const own = (await gateway.made("organisations", { name: "in step" })).id;
    const within = { organisation: own };
    const scim = (await gateway.made("roles", { name: "scim", permissions: ["scim:write"] })).id;
    const granting = (await gateway.made("roles", { name: "scim and grants", permissions: ["scim:write", "roles:grant", "keys:read"] })).id;
    const [bare, giver, bound] = [
      await gateway.adminKey(scim, within),
      await gateway.adminKey(granting, within),
      await gateway.adminKey("owner", { ...within, networks: ["127.0.0.0/8"] }),
    ];
    const token = (key: string) => refusal(key, "POST", "scim-tokens", { name: "idp" });
    expect(await token(bare.key)).toEqual([201, undefined]);
    await gateway.made("groups", { ...within, displayName: "nothing" });
    expect(await token(bare.key)).toEqual([201, undefined]);
    const role = (await gateway.made("roles", { ...within, name: "reads keys", permissions: ["keys:read"] })).id;
    await gateway.made("groups", { ...within, displayName: "small", roles: [role] });
    expect([await token(bare.key), await token(giver.key)]).toEqual([
      [403, "permission_missing"],
      [201, undefined],
    ]);
    await gateway.made("groups", { ...within, displayName: "large", roles: ["admin"], active: false });
    expect([await token(giver.key), await token(bound.key)]).toEqual([
      [403, "grant_refused"],
      [403, "grant_refused"],
    ]);
    const paths = await gateway.adminKey("owner", { ...within, scopes: ["/admin/v1/scim-tokens*"] });
    expect(await token(paths.key)).toEqual([403, "grant_refused"]);
    expect(await token((await gateway.adminKey("owner", within)).key)).toEqual([201, undefined]);
  });
});

describe("a rotated key", () => {
  test("is all that it was, and the old one no longer than it is let; neither grows by rotating again", async () => {
    const fields = {
      organisation,
      team: team.red,
      networks: ["127.0.0.0/8"],
      scopes: ["/v1/models", "/v1/chat/completions"],
      models: ["demo/*"],
      limits: { requestsPerDay: 100 },
    };
    const old = await gateway.made("keys", { name: "bounded", ...fields, expiresAt: new Date(Date.now() + 3_600_000).toISOString() });
    const next = await gateway.made(`keys/${old.id}/rotate`, { graceSeconds: 60 });
    const [was, is] = [
      (await gateway.ask(ownerKey, "GET", `keys/${old.id}`)).body,
      (await gateway.ask(ownerKey, "GET", `keys/${next.id}`)).body,
    ];
    for (const field of Object.keys(fields)) expect([field, is[field]]).toEqual([field, was[field]]);
    expect([await calls(old.key), await calls(next.key)]).toEqual([200, 200]);
    const again = await gateway.made(`keys/${old.id}/rotate`, { graceSeconds: 30 * 24 * 3600 });
    const late = (await gateway.ask(ownerKey, "GET", `keys/${again.id}`)).body;
    expect(Date.parse(late.expiresAt)).toBeLessThanOrEqual(Date.parse(is.expiresAt));
    expect(Date.parse((await gateway.ask(ownerKey, "GET", `keys/${old.id}`)).body.expiresAt)).toBeLessThanOrEqual(
      Date.parse(was.expiresAt),
    );
  });
});

describe("a token that is exchanged", () => {
  const exchange = async (fields: Record<string, string>) => {
    const form = {
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
      ...fields,
    };
    const answer = await fetch(`${gateway.url}/oauth/token`, { method: "POST", body: new URLSearchParams(form) });
    // biome-ignore lint/suspicious/noExplicitAny: what is asserted on is looked at there
    return { status: answer.status, body: (await answer.json()) as any };
  };

  test("is for no other audience, of no other kind and for nobody else than was asked, and never for more", async () => {
    const { key } = await gateway.made("keys", { name: "subject", scopes: ["/v1/models", "/v1/chat/*"], models: ["demo/echo"] });
    const admin = await gateway.adminKey("viewer");
    for (const [fields, error] of [
      [{ audience: "https://elsewhere.example" }, "invalid_target"],
      [{ resource: "https://elsewhere.example" }, "invalid_target"],
      [{ requested_token_type: "urn:ietf:params:oauth:token-type:refresh_token" }, "invalid_request"],
      [{ actor_token: key, actor_token_type: "urn:ietf:params:oauth:token-type:access_token" }, "invalid_request"],
      [{ scope: "/v1/embeddings" }, "invalid_scope"],
      [{ scope: "/v1/*" }, "invalid_scope"],
      [{ scope: "*" }, "invalid_scope"],
      [{ scope: "model:demo/*" }, "invalid_scope"],
      [{ scope: "/admin/v1/keys" }, "invalid_scope"],
      [{ subject_token: admin.key }, "invalid_grant"],
    ] as const) {
      const { status, body } = await exchange({ subject_token: key, ...fields });
      expect([fields, status, body.error]).toEqual([fields, 400, error]);
    }
    const narrow = (await exchange({ subject_token: key, scope: "/v1/models" })).body.access_token;
    const wider = await exchange({ subject_token: narrow, scope: "/v1/chat/completions" });
    expect([wider.status, wider.body.error]).toEqual([400, "invalid_scope"]);
    const same = (await exchange({ subject_token: narrow })).body.access_token;
    expect(await calls(same)).toBe(403);
    expect((await gateway.ask(same, "GET", "/v1/models")).status).toBe(200);
    expect((await gateway.ask(same, "GET", "keys")).status).toBe(403);
  });
});

describe("names", () => {
  test("of people are one whatever their case, so that nobody logs in as another", async () => {
    await gateway.made("users", { organisation, userName: "boss@acme.example" });
    for (const userName of ["Boss@acme.example", "BOSS@ACME.EXAMPLE", "boss@ACME.example"])
      expect(await refusal(ownerKey, "POST", "users", { organisation, userName })).toEqual([409, "object_conflict"]);
  });
});

test("nothing is done without a line in the audit log because it is called a trial", async () => {
  const { key, id } = await gateway.adminKey("owner");
  for (const [method, path, body] of [
    ["POST", "keys?dryRun=true", { name: "unaudited" }],
    ["POST", "users?dryRun=true", { userName: "unaudited" }],
    ["PATCH", `keys/${id}?dryRun=true`, { name: "unaudited" }],
    ["DELETE", `keys/${id}?dryRun=true`, undefined],
    ["POST", "credentials?dryRun=true", { name: "unaudited", value: "sk-0123456789abcdef" }],
    ["POST", "sessions?dryRun=true", {}],
  ] as const)
    expect([path, (await gateway.ask(key, method, path, body)).status]).toEqual([path, 400]);
  expect((await gateway.ask(key, "GET", "keys?name=unaudited")).body.data).toEqual([]);
});
