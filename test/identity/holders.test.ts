import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SignJWT } from "jose";
import { type RunningServer, startServer } from "../../src/server/index.ts";

// Whom a token and a key stand for in the directory, asked of a running gateway over HTTP.

const owner = "sk-sluice-admin-0123456789abcdef0123456789abcdef0123";
const signer = generateKeyPairSync("ec", { namedCurve: "P-256" });
const keys = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  fetch: () => Response.json({ keys: [{ ...signer.publicKey.export({ format: "jwk" }), kid: "k1", alg: "ES256" }] }),
});
const issuer = `http://127.0.0.1:${keys.port}`;
let folder: string;
let server: RunningServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sluice-holders-"));
  const configPath = join(folder, "sluice.yaml");
  const entry = (name: string, claims: object, more: object) => ({
    [name]: { issuer: `${issuer}/${name}`, audience: "sluice", jwks: `${issuer}/jwks`, claims, ...more },
  });
  const config = {
    providers: { demo: {} },
    teams: { filed: { models: ["demo/*"] } },
    identity: {
      issuers: {
        ...entry("tenants", { organisation: "org.name", team: "team" }, { roles: { caller: "role_later", admins: "admin" }, everyone: {} }),
        ...entry("own", { team: "team" }, { roles: { admins: "admin" } }),
      },
    },
  };
  for (const each of Object.values(config.identity.issuers)) Object.assign(each, { allowPrivateNetwork: true });
  writeFileSync(configPath, JSON.stringify(config));
  const place = { configPath, dataDir: join(folder, "data"), port: 0, host: "127.0.0.1" };
  server = await startServer({ ...place, env: { SLUICE_ADMIN_KEY: owner, SLUICE_LOG: "error" } });
});
afterAll(async () => {
  await server.close();
  keys.stop(true);
  rmSync(folder, { recursive: true });
});

// biome-ignore lint/suspicious/noExplicitAny: what is asserted on is looked at there
async function admin(method: string, path: string, body?: unknown, key = owner): Promise<{ status: number; body: any }> {
  const init = { method, headers: { authorization: `Bearer ${key}` }, ...(body !== undefined && { body: JSON.stringify(body) }) };
  const answer = await fetch(`${server.url}/admin/v1/${path}`, init);
  const text = await answer.text();
  return { status: answer.status, body: text === "" ? undefined : JSON.parse(text) };
}
const made = async (path: string, body: unknown) => {
  const answer = await admin("POST", path, body);
  expect([answer.status, answer.body]).toMatchObject([201, {}]);
  return answer.body;
};
const token = (claims: Record<string, unknown>, of = "tenants") =>
  new SignJWT(claims)
    .setProtectedHeader({ alg: "ES256", kid: "k1" })
    .setIssuer(`${issuer}/${of}`)
    .setAudience("sluice")
    .setSubject("ann")
    .setIssuedAt()
    .setExpirationTime("10m")
    .sign(signer.privateKey);
const call = async (credential: string, model = "demo/chat", headers: Record<string, string> = {}) => {
  const answer = await fetch(`${server.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${credential}`, "content-type": "application/json", ...headers },
    body: JSON.stringify({ model, messages: [{ role: "user", content: "Hello" }] }),
  });
  await answer.arrayBuffer();
  return answer.status;
};

describe("an organisation that a token names", () => {
  test("is one that is there, by id or name; its models and its end hold for the token too", async () => {
    const acme = await made("organisations", { name: "Acme", models: ["demo/chat"] });
    const byName = await token({ org: { name: "acme" } });
    const byId = await token({ org: { name: acme.id } });
    for (const each of [byName, byId]) expect([await call(each), await call(each, "demo/embed")]).toEqual([200, 403]);
    await admin("PATCH", `organisations/${acme.id}`, { active: false });
    for (const each of [byName, byId]) expect(await call(each)).toBe(403);
    await admin("PATCH", `organisations/${acme.id}`, { active: true });
    expect(await call(byName)).toBe(200);
  });

  test.each([
    ["nobody's", { org: { name: "Globex" } }],
    ["a list", { org: { name: ["Acme"] } }],
    ["a number", { org: { name: 1 } }],
    ["empty", { org: { name: "" } }],
    ["null", { org: { name: null } }],
    ["not there", {}],
    ["of another shape", { org: "Acme" }],
  ])("gives nothing where it is %s, whatever roles come with it", async (_what, claims) => {
    const text = await token({ ...claims, groups: ["admins"] });
    expect([await call(text), (await admin("GET", "keys", undefined, text)).status]).toEqual([403, 403]);
  });

  test("is as far as its administrators reach", async () => {
    const one = await made("organisations", { name: "One" });
    const other = await made("organisations", { name: "Other" });
    const own = await made("teams", { name: "a", organisation: one.id });
    const foreign = await made("teams", { name: "b", organisation: other.id });
    const text = await token({ org: { name: "One" }, groups: ["admins"] });
    const seen = (await admin("GET", "teams", undefined, text)).body.data.map(({ id }: { id: string }) => id);
    expect(seen).toContain(own.id);
    expect(seen).not.toContain(foreign.id);
    expect((await admin("GET", `teams/${foreign.id}`, undefined, text)).status).toBe(404);
    expect((await admin("GET", "providers", undefined, text)).status).toBe(403);
  });

  test("has its own teams, and neither the file's nor another one's", async () => {
    const org = await made("organisations", { name: "Teams" });
    const other = await made("organisations", { name: "Elsewhere" });
    const team = await made("teams", { name: "research", organisation: org.id, models: ["demo/chat"] });
    const foreign = await made("teams", { name: "theirs", organisation: other.id });
    const as = async (name: string) => call(await token({ org: { name: org.id }, team: name }));
    expect(await Promise.all(["Research", team.id, "filed", "theirs", foreign.id].map(as))).toEqual([200, 200, 403, 403, 403]);
    const own = async (name: string) => call(await token({ team: name }, "own"));
    expect(await Promise.all(["filed", foreign.id].map(own))).toEqual([200, 403]);
  });
});

test("a role that was made here opens the data plane as a built-in one does, while it says so", async () => {
  const { body: role } = await admin("POST", "roles", { name: "callers", permissions: ["models:call"] });
  const issuers = join(folder, "sluice.yaml");
  const config = JSON.parse(await Bun.file(issuers).text());
  config.identity.issuers.own.roles.caller = role.id;
  writeFileSync(issuers, JSON.stringify(config));
  const text = await token({ groups: ["caller"] }, "own");
  for (let tries = 0; tries < 50 && (await call(text)) !== 200; tries++) await Bun.sleep(100);
  expect(await call(text)).toBe(200);
  await admin("PATCH", `roles/${role.id}`, { permissions: ["teams:read"] });
  expect([await call(text), (await admin("GET", "teams", undefined, text)).status]).toEqual([403, 200]);
  await admin("PATCH", `roles/${role.id}`, { permissions: ["models:call"] });
  expect(await call(text)).toBe(200);
  await admin("PATCH", `roles/${role.id}`, { active: false });
  expect(await call(text)).toBe(403);
});

describe("whose users", () => {
  const endUserOf = async (id: string, key: string) => {
    await call(key, "demo/chat", { "x-sluice-user": `user-of-${id}` });
    const { body } = await admin("GET", "records?limit=200");
    const own = body.data.filter(({ keyId }: { keyId: string }) => keyId === id) as { startedAt: string; endUser: string | null }[];
    return own.toSorted((one, other) => (one.startedAt < other.startedAt ? 1 : -1))[0]?.endUser ?? undefined;
  };

  test("a stored key is believed where it, or its application, is marked so; the key's own word stands before", async () => {
    const portal = await made("applications", { name: "portal", mayPassUser: true });
    const rows = await Promise.all([
      made("keys", { name: "plain" }),
      made("keys", { name: "trusted", mayPassUser: true }),
      made("keys", { name: "of-portal", application: portal.id }),
      made("keys", { name: "not-of-portal", application: portal.id, mayPassUser: false }),
    ]);
    const heard = [];
    for (const { id, key } of rows) heard.push((await endUserOf(id, key))?.startsWith("user-of-") ?? false);
    expect(heard).toEqual([false, true, true, false]);
    const [, trusted] = rows;
    await admin("PATCH", `keys/${trusted.id}`, { mayPassUser: null });
    expect((await admin("GET", `keys/${trusted.id}`)).body.mayPassUser).toBeNull();
    expect(await endUserOf(trusted.id, trusted.key)).toBeUndefined();
    await admin("PATCH", `applications/${portal.id}`, { mayPassUser: null });
    expect(await endUserOf(rows[2].id, rows[2].key)).toBeUndefined();
  });

  test("is marked by those who may, and on no admin key", async () => {
    const { key: developer } = await made("keys", { name: "developer", kind: "admin", role: "developer" });
    for (const [path, body] of [
      ["keys", { name: "mine", mayPassUser: true }],
      ["applications", { name: "mine", mayPassUser: true }],
    ] as const)
      expect((await admin("POST", path, body, developer)).body.code).toBe("permission_missing");
    expect((await admin("POST", "keys", { name: "x", kind: "admin", mayPassUser: true })).status).toBe(400);
  });
});
