import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createPublicKey } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Fault } from "../../exchange/index.ts";
import { isSignedBy } from "../../insight/audit/chain.ts";
import { openMemoryStorage } from "../../storage/index.ts";
import type { RunningServer } from "../running-server.ts";
import { startServer } from "../start-server.ts";
import { adminOperations } from "./operations/all.ts";
import { guesserAt, Patience } from "./patience/patience.ts";
import { type Repeatable, Repetitions } from "./repetitions.ts";

const admin = "sk-sluice-admin-0123456789abcdef0123456789abcdef0123";
let folder: string;
let server: RunningServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "sluice-admin-"));
  server = await startServer({ dataDir: folder, port: 0, host: "127.0.0.1", env: { SLUICE_ADMIN_KEY: admin, SLUICE_LOG: "error" } });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

interface Told {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what is asserted on is looked at there
  readonly body: any;
}

async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Told> {
  const answer = await fetch(`${server.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${admin}`, ...headers },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text === "" ? undefined : JSON.parse(text) };
}

describe("a key", () => {
  test("is made, shown once, changed, rotated and revoked", async () => {
    const made = await ask("POST", "/admin/v1/keys", { name: "one", team: "blue", models: ["demo/*"] });
    expect(made.status).toBe(201);
    expect(made.body.key).toStartWith("sk-sluice-");
    expect(made.headers.get("location")).toBe(`/admin/v1/keys/${made.body.id}`);
    const path = `/admin/v1/keys/${made.body.id}`;
    const read = await ask("GET", path);
    expect(read.body).toMatchObject({ name: "one", team: "blue", models: ["demo/*"], state: "works", source: "store" });
    expect(JSON.stringify(read.body)).not.toContain(made.body.key);
    const changed = await ask("PATCH", path, { team: null, name: "two" }, { "if-match": read.headers.get("etag")! });
    expect(changed.body).toMatchObject({ name: "two", team: null, models: ["demo/*"] });
    const late = await ask("PATCH", path, { name: "three" }, { "if-match": read.headers.get("etag")! });
    expect([late.status, late.body.code]).toEqual([412, "object_changed"]);
    const rotated = await ask("POST", `${path}/rotate`, {});
    expect(rotated.body.key).not.toBe(made.body.key);
    expect((await ask("GET", path)).body.state).toBe("revoked");
    expect((await ask("DELETE", `/admin/v1/keys/${rotated.body.id}`)).status).toBe(204);
    expect((await ask("PATCH", path, { name: "four" })).body.code).toBe("object_conflict");
  });

  test("can be asked for twice with one Idempotency-Key, and is made once", async () => {
    const twice = { "idempotency-key": "a1" };
    const [one, other] = await Promise.all([1, 2].map(() => ask("POST", "/admin/v1/keys", { name: "repeated" }, twice)));
    expect(one!.body).toEqual(other!.body);
    const differs = await ask("POST", "/admin/v1/keys", { name: "different" }, twice);
    expect([differs.status, differs.body.code]).toEqual([422, "repetition_differs"]);
    const named = (await ask("GET", "/admin/v1/keys?limit=200")).body.data.filter((key: { name: string }) => key.name === "repeated");
    expect(named.length).toBe(1);
  });

  test("of the same name is refused while the other works", async () => {
    const twin = await ask("POST", "/admin/v1/keys", { name: "repeated" });
    expect([twin.status, twin.body.code]).toEqual([409, "object_conflict"]);
  });

  test("works at once, and is out with its revocation", async () => {
    const made = await ask("POST", "/admin/v1/keys", { name: "short" });
    const listed = () => fetch(`${server.url}/v1/models`, { headers: { authorization: `Bearer ${made.body.key}` } });
    expect((await listed()).status).toBe(200);
    await ask("DELETE", `/admin/v1/keys/${made.body.id}`);
    expect((await listed()).status).toBe(401);
  });
});

describe("a list", () => {
  test("comes in pages that neither double nor hide", async () => {
    for (let at = 0; at < 5; at++) await ask("POST", "/admin/v1/keys", { name: `paged-${at}`, team: "paged" });
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: Told = await ask("GET", `/admin/v1/keys?team=paged&limit=2${cursor === null ? "" : `&cursor=${cursor}`}`);
      seen.push(...page.body.data.map(({ name }: { name: string }) => name));
      cursor = page.body.next;
    } while (cursor !== null);
    expect(seen.toSorted()).toEqual([0, 1, 2, 3, 4].map((at) => `paged-${at}`));
  });

  test("refuses the cursor of another list", async () => {
    const cursor = Buffer.from("1:key_abc").toString("base64url");
    expect((await ask("GET", `/admin/v1/audit?cursor=${cursor}`)).status).toBe(400);
  });

  test.each(["limit=0", "limit=x", "cursor=nonsense", "unknown=1", "limit=1&limit=2"])("refuses ?%s", async (query) => {
    const refused = await ask("GET", `/admin/v1/keys?${query}`);
    expect([refused.status, refused.body.code]).toEqual([400, "request_malformed"]);
  });
});

describe("whoever may not", () => {
  test("learns nothing: no key, a data key, a stored hash, another origin", async () => {
    const made = await ask("POST", "/admin/v1/keys", { name: "data" });
    const data = await ask("GET", "/admin/v1/keys", undefined, { authorization: `Bearer ${made.body.key}` });
    expect([data.status, data.body.code]).toEqual([403, "credentials_forbidden"]);
    for (const [at, { method, path }] of adminOperations.entries()) {
      const nobody = await ask(method, path.replace("{id}", "x"), undefined, { authorization: "" });
      // From some time on nobody has to wait, too.
      expect([path, at < 10 ? nobody.status === 401 : nobody.status === 401 || nobody.status === 429]).toEqual([path, true]);
      const stranger = await ask(method, path.replace("{id}", "x"), undefined, { origin: "https://evil.example" });
      expect([path, stranger.status]).toEqual([path, 403]);
    }
  });

  test("has to wait for another guess, and whoever has a key does not wait for those who guess", async () => {
    const patience = new Patience(2, 1);
    patience.take("a", 0);
    patience.take("a", 0);
    expect(() => patience.take("a", 0)).toThrow();
    expect(() => patience.take("b", 0)).not.toThrow();
    expect(() => patience.take("a", 1000)).not.toThrow();
    const guess = () => ask("GET", "/admin/v1/health", undefined, { authorization: "Bearer sk-sluice-admin-wrong" });
    const told = await Promise.all(Array.from({ length: 25 }, guess));
    const last = told.find(({ status }) => status === 429);
    expect(last?.headers.get("retry-after")).toBeString();
    expect((await ask("GET", "/admin/v1/health")).status).toBe(200);
  });
});

describe("a request that is wrong", () => {
  test("is told each place, as problem details", async () => {
    const wrong = await ask("POST", "/admin/v1/keys", { nme: "x", scopes: ["v1"] });
    expect(wrong.headers.get("content-type")).toBe("application/problem+json");
    expect(wrong.body).toMatchObject({ status: 400, code: "request_malformed", instance: wrong.headers.get("x-sluice-request-id") });
    expect(wrong.body.errors.map(({ path }: { path: string }) => path).toSorted()).toEqual(["name", "nme", "scopes[0]"]);
    expect(wrong.body.errors.find(({ path }: { path: string }) => path === "nme").message).toContain("did you mean name");
  });

  test.each([
    ["half of an object", "{"],
    ["a list", "[]"],
    ["text", '"x"'],
    ["a name twice", '{"name":"a","name":"b"}'],
    ["five thousand lists in each other", `{"name":${"[".repeat(5000)}`],
  ])("is refused as %s", async (_what, body) => {
    expect((await ask("POST", "/admin/v1/keys", body)).status).toBe(400);
  });

  test("of a method or a path that is not there is 405 or 404", async () => {
    const elsewhere = await ask("DELETE", "/admin/v1/keys");
    expect([elsewhere.status, elsewhere.headers.get("allow")]).toEqual([405, "GET, POST"]);
    const own = await ask("POST", "/v1/models", {});
    expect([own.status, own.headers.get("allow")]).toEqual([405, "GET"]);
    for (const path of ["/admin/v1", "/admin/v1/", "/admin/v1/nothing", "/admin/v1/keys/", "/admin/v1/keys/a/b", "/admin/v1//keys"])
      expect([path, (await ask("GET", path)).status]).toEqual([path, 404]);
  });
});

test("what the listener refuses is a problem too", async () => {
  const answer = await fetch(`${server.url}/admin/v1/keys`, { headers: { host: "elsewhere.example", authorization: `Bearer ${admin}` } });
  expect([answer.status, answer.headers.get("content-type")]).toEqual([421, "application/problem+json"]);
  expect(await answer.json()).toMatchObject({ code: "host_refused", status: 421 });
});

test("a failed repetition may be tried again", async () => {
  const { control, close } = await openMemoryStorage();
  const ofProcess = () => new Repetitions({ store: control.repetitions, hash: (text) => `hashed ${text}` });
  const [one, other] = [ofProcess(), ofProcess()];
  const asked = (run: Repeatable["run"], shownOnce = false) => ({ name: "a", request: new Uint8Array(1), shownOnce, run });
  await expect(
    one.once(
      asked(() => Promise.reject(new Error("no"))),
      0,
    ),
  ).rejects.toThrow("no");
  expect(
    await other.once(
      asked(async () => ({ status: 204 })),
      0,
    ),
  ).toEqual({ status: 204 });
  await close();
});

test("what was begun with an Idempotency-Key is not begun again, at whichever process, whatever became of it", async () => {
  const { control, close } = await openMemoryStorage();
  const ofProcess = () => new Repetitions({ store: control.repetitions, hash: (text) => `hashed ${text}` });
  let done = 0;
  const made = (at: number) => async (acted: () => void) => {
    done++;
    acted();
    await new Promise((resolve) => setTimeout(resolve, at));
    return { status: 201 as const, body: { id: "x" }, made: "x" };
  };
  const asked = (name: string, run: Repeatable["run"], shownOnce = false) => ({ name, request: new Uint8Array(1), shownOnce, run });
  const told = (reply: Promise<unknown>) => reply.catch((error) => Fault.from(error).code);
  // At once: the second waits for the first.
  const both = await Promise.all([1, 2].map(() => ofProcess().once(asked("twice", made(120)), 0)));
  expect([both, done]).toEqual([[both[0]!, both[0]!], 1]);
  // What shows a secret is told where it was done only, and the store has none of it.
  const here = ofProcess();
  const shown = () => here.once(asked("key", made(0), true), 0);
  expect([await shown(), await shown()]).toEqual([both[0]!, both[0]!]);
  expect(await told(ofProcess().once(asked("key", made(0), true), 0))).toBe("repetition_unknown");
  // Done, and then something failed: nobody does it again.
  const failing = ofProcess();
  const broken = () =>
    failing.once(
      asked("broken", async (acted) => made(0)(acted).then(() => Promise.reject(new Error("full")))),
      0,
    );
  expect([await told(broken()), await told(broken())]).toEqual(["gateway_failed", "gateway_failed"]);
  expect([await told(ofProcess().once(asked("broken", made(0)), 0)), done]).toEqual(["repetition_unknown", 3]);
  // Another request under the same key; and after ten minutes the key is new.
  const otherwise = { ...asked("twice", made(0)), request: new Uint8Array(2) };
  expect(await told(ofProcess().once(otherwise, 0))).toBe("repetition_differs");
  expect([await ofProcess().once(otherwise, 601_000), done]).toEqual([both[0]!, 4]);
  await close();
});

test("guesses from one network of IPv6 are one guesser's, and whoever goes on is not forgotten", () => {
  const same = ["2001:db8:1:2::1", "2001:db8:1:2:3:4:5:6", "2001:0DB8:0001:0002::", "2001:db8:1:2:0:0:0:9"];
  expect(new Set(same.map(guesserAt))).toEqual(new Set(["2001:db8:1:2"]));
  expect(["2001:db8:1:3::1", "::1", "fe80::1", "10.0.0.1", "::ffff:10.0.0.1", ""].map(guesserAt)).toEqual([
    "2001:db8:1:3",
    "0:0:0:0",
    "fe80:0:0:0",
    "10.0.0.1",
    "10.0.0.1",
    "",
  ]);
  const patience = new Patience(2, 0.001);
  patience.take("guesser", 0);
  for (let at = 0; at < 9_999; at++) patience.take(`first-${at}`, 0);
  patience.take("guesser", 0);
  for (let at = 0; at < 9_000; at++) patience.take(`second-${at}`, 0);
  expect(() => patience.take("guesser", 0)).toThrow();
});

test("the document names each operation, its permission and its schemas, and every reference leads somewhere", async () => {
  const { body } = await ask("GET", "/openapi.json", undefined, { authorization: "" });
  const listed = Object.entries(body.paths as Record<string, Record<string, { operationId: string; "x-permission": string }>>).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([method, row]) => `${method.toUpperCase()} ${path} ${row.operationId} ${row["x-permission"]}`),
  );
  expect(listed.toSorted()).toEqual(adminOperations.map((row) => `${row.method} ${row.path} ${row.name} ${row.permission}`).toSorted());
  const references = [...JSON.stringify(body).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name!);
  expect(references.length).toBeGreaterThan(20);
  for (const name of references) expect(body.components.schemas[name]).toBeDefined();
});

test("what has happened can be read: records and sums", async () => {
  const made = await ask("POST", "/admin/v1/keys", { name: "user" });
  const chat = () =>
    fetch(`${server.url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${made.body.key}` },
      body: JSON.stringify({ model: "demo/chat", messages: [{ role: "user", content: "Hi" }] }),
    });
  const answer = await chat();
  const id = answer.headers.get("x-sluice-request-id")!;
  const record = await ask("GET", `/admin/v1/records/${id}`);
  expect(record.body).toMatchObject({ id, outcome: "success", keyId: made.body.id, costUsd: "0" });
  const first = await ask("GET", "/admin/v1/records?limit=1");
  expect(first.body.data[0].id).toBe(id);
  const usage = await ask("GET", "/admin/v1/usage?by=key,model");
  expect(usage.body.data).toContainEqual(expect.objectContaining({ group: { key: made.body.id, model: "demo/chat" }, success: 1 }));
  expect((await ask("GET", "/admin/v1/health")).body).toMatchObject({ status: "ready", inFlight: 0 });
});

test("what was done, and what was refused, stands in the audit log before the answer", async () => {
  const made = await ask("POST", "/admin/v1/keys", { name: "audited", team: "blue" });
  await ask("PATCH", `/admin/v1/keys/${made.body.id}`, { name: "renamed" }, { "if-match": '"other"' });
  const { body } = await ask("GET", "/admin/v1/audit?limit=4");
  const told = body.data.map(({ operation, outcome, object, fault }: Record<string, string>) => [operation, outcome, object, fault]);
  expect(told).toEqual([
    ["keys.update", "refused", made.body.id, "object_changed"],
    ["keys.update", "asked", made.body.id, undefined],
    ["keys.create", "done", made.body.id, undefined],
    ["keys.create", "asked", undefined, undefined],
  ]);
  expect(body.data[3].body).toEqual({ name: "audited", team: "blue" });
  expect(body.data[2].requestId).toBe(made.headers.get("x-sluice-request-id"));
  expect(JSON.stringify((await ask("GET", "/admin/v1/audit?limit=200")).body)).not.toContain(made.body.key);
});

/** All pages of a list. */
async function listed(path: string): Promise<Told["body"][]> {
  const found: Told["body"][] = [];
  for (let cursor = ""; ; ) {
    const { status, body } = await ask("GET", `${path}${cursor}`);
    expect([path, status]).toEqual([path, 200]);
    found.push(...body.data);
    if (body.next === null) return found;
    cursor = `&cursor=${body.next}`;
  }
}

test("acts are found by who did them, what they were, to what, how they ended and when", async () => {
  const before = new Date().toISOString();
  const made = await ask("POST", "/admin/v1/keys", { name: "sought", kind: "admin", role: "viewer" });
  const viewer = { authorization: `Bearer ${made.body.key}` };
  expect((await ask("POST", "/admin/v1/keys", { name: "refused" }, viewer)).status).toBe(403);
  await ask("DELETE", `/admin/v1/keys/${made.body.id}`);
  const acts = async (query: string) =>
    (await listed(`/admin/v1/audit?limit=1&${query}`)).map(({ operation, outcome }) => `${operation} ${outcome}`);
  expect(await acts(`object=${made.body.id}`)).toEqual(["keys.revoke done", "keys.revoke asked", "keys.create done"]);
  expect(await acts(`object=${made.body.id}&outcome=done&operation=keys.create`)).toEqual(["keys.create done"]);
  expect(await acts(`actor=${made.body.id}`)).toEqual(["keys.create refused"]);
  const since = await listed(`/admin/v1/audit?since=${before}`);
  expect(since.length).toBeGreaterThanOrEqual(4);
  const [first] = since.toReversed();
  expect((await listed(`/admin/v1/audit?until=${first.at}`)).every(({ at }) => at < first.at)).toBe(true);
  expect(await acts("organisation=org_nobody")).toEqual([]);
  expect((await ask("GET", "/admin/v1/audit?outcome=perhaps")).status).toBe(400);
});

test("whoever tries what they may not do stands in the audit log, by operation and by field; reading does not", async () => {
  const made = await ask("POST", "/admin/v1/roles", { name: "keys only", permissions: ["keys:read", "keys:write"] });
  const role = made.body.id;
  const { key, id } = (await ask("POST", "/admin/v1/keys", { name: "tries", kind: "admin", role })).body;
  const tries = { authorization: `Bearer ${key}` };
  for (const [method, path, body] of [
    ["GET", "/admin/v1/users", undefined],
    ["DELETE", "/admin/v1/roles/role_of_others", undefined],
    ["GET", "/admin/v1/records/req_of_others/body", undefined],
    ["POST", "/admin/v1/keys", { name: "higher", kind: "admin", role: "owner" }],
  ] as const)
    expect([path, (await ask(method, path, body, tries)).body.code]).toEqual([path, "permission_missing"]);
  const lines = await listed(`/admin/v1/audit?actor=${id}`);
  expect(lines.toReversed().map(({ operation, outcome, object, fault }) => [operation, outcome, object, fault])).toEqual([
    ["roles.remove", "refused", "role_of_others", "permission_missing"],
    ["records.body.get", "refused", "req_of_others", "permission_missing"],
    ["keys.create", "refused", undefined, "permission_missing"],
  ]);
});

test("whoever may not write anything does not fill the audit log with that", async () => {
  const { key, id } = (await ask("POST", "/admin/v1/keys", { name: "crowd", kind: "admin", role: "viewer" })).body;
  const headers = { authorization: `Bearer ${key}` };
  const long = "x".repeat(4_000);
  const tries = async (count: number) =>
    Promise.all(Array.from({ length: count }, async () => (await ask("DELETE", `/admin/v1/keys/key_${long}`, undefined, headers)).status));
  const began = Date.now();
  const told = await tries(90);
  await Bun.sleep(2_000);
  told.push(...(await tries(90)));
  const seconds = (Date.now() - began) / 1000;
  expect(told.filter((status) => status === 403).length).toBeGreaterThan(110 + Math.ceil(seconds));
  const lines = await listed(`/admin/v1/audit?limit=200&actor=${id}`);
  expect(lines.length).toBeGreaterThanOrEqual(100);
  expect(lines.length).toBeLessThanOrEqual(101 + Math.ceil(seconds));
  expect(Math.max(...lines.map(({ object }) => object.length))).toBeLessThanOrEqual(1_000);
});

test("a credential that is pasted where an id belongs, or into a body, stands in no answer and not in the audit log", async () => {
  const { key } = (await ask("POST", "/admin/v1/keys", { name: "pasted" })).body;
  const { token } = (await ask("POST", "/admin/v1/scim-tokens", { name: "pasted" })).body;
  const jwt = `eyJhbGciOiJSUzI1NiJ9.eyJqdGkiOiJhIn0.${"s".repeat(40)}`;
  const told: string[] = [];
  for (const [method, path, body] of [
    ["DELETE", `/admin/v1/keys/${key}`, undefined],
    ["GET", `/admin/v1/keys/${key}`, undefined],
    ["POST", `/admin/v1/keys/${key}/rotate`, {}],
    ["DELETE", "/admin/v1/keys/a-value-of-the-file", undefined],
    ["DELETE", `/admin/v1/scim-tokens/${token}`, undefined],
    ["DELETE", `/admin/v1/denials/${jwt}`, undefined],
    ["POST", "/admin/v1/denials", { kind: "token", issuer: "acme", value: jwt }],
    ["POST", "/admin/v1/bodies/erase", { key }],
    ["DELETE", `/admin/v1/roles/Bearer%20${key}`, undefined],
    ["DELETE", `/admin/v1/teams/%22${key}%22%0A`, undefined],
  ] as const)
    told.push(JSON.stringify((await ask(method, path, body)).body ?? null));
  expect(told[0]).toContain("There is no key of this id.");
  expect(told[6]).toContain("and not the token itself");
  const viewer = (await ask("POST", "/admin/v1/keys", { name: "may not", kind: "admin", role: "viewer" })).body.key;
  expect((await ask("DELETE", `/admin/v1/keys/${key}`, undefined, { authorization: `Bearer ${viewer}` })).status).toBe(403);
  const all = told.join("\n") + JSON.stringify(await listed("/admin/v1/audit?limit=200"));
  for (const secret of [key, token, jwt, "a-value-of-the-file"]) expect([secret, all.includes(secret)]).toEqual([secret, false]);
});

test("the audit log's signed end is had by API, for a second place, by those who act for the whole installation", async () => {
  const { status, body } = await ask("GET", "/admin/v1/audit/checkpoint");
  const [last] = (await ask("GET", "/admin/v1/audit?limit=1")).body.data;
  expect([status, body.seq]).toEqual([200, last.seq]);
  const publicKey = createPublicKey(readFileSync(join(folder, "secrets", "audit-key.pem")));
  expect(isSignedBy(body, publicKey)).toBe(true);
  const { id } = (await ask("POST", "/admin/v1/organisations", { name: "checkpoints" })).body;
  const theirs = (await ask("POST", "/admin/v1/keys", { name: "theirs", kind: "admin", role: "auditor", organisation: id })).body;
  const refused = await ask("GET", "/admin/v1/audit/checkpoint", undefined, { authorization: `Bearer ${theirs.key}` });
  expect([refused.status, refused.body.code]).toEqual([403, "credentials_forbidden"]);
});

test("records are found by whose they are, what was asked, how it ended and when", async () => {
  const made = await ask("POST", "/admin/v1/keys", { name: "many", models: ["demo/chat"] });
  const ids: string[] = [];
  for (const model of ["demo/chat", "demo/none", "demo/chat", "demo/chat"]) {
    const answer = await fetch(`${server.url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${made.body.key}` },
      body: JSON.stringify({ model, messages: [{ role: "user", content: "Hi" }] }),
    });
    await answer.text();
    ids.push(answer.headers.get("x-sluice-request-id")!);
    await Bun.sleep(2);
  }
  const key = `key=${made.body.id}`;
  const found = async (query: string) => (await listed(`/admin/v1/records?limit=1&${query}`)).map(({ id }) => ids.indexOf(id));
  expect(await found(key)).toEqual([3, 2, 1, 0]);
  expect(await found(`${key}&outcome=refused`)).toEqual([1]);
  expect(await found(`${key}&model=demo/chat&provider=demo`)).toEqual([3, 2, 0]);
  expect(await found(`${key}&user=user_nobody`)).toEqual([]);
  const { startedAt } = (await ask("GET", `/admin/v1/records/${ids[2]}`)).body;
  expect(await found(`${key}&since=${startedAt}`)).toEqual([3, 2]);
  expect(await found(`${key}&until=${startedAt}`)).toEqual([1, 0]);
  expect(await found(`${key}&since=${startedAt}&until=${startedAt}`)).toEqual([]);
  expect((await ask("GET", "/admin/v1/records?since=yesterday")).status).toBe(400);
});
