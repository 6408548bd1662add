import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { issueKey, KeyHasher } from "../../src/auth/index.ts";
import { loadPepper } from "../../src/secrets/index.ts";
import { openStorage, type Storage } from "../../src/storage/index.ts";
import { adminKey, askApi, type Bench, logIn, openBench } from "../login/bench.ts";
import { Browser } from "../login/browser.ts";

let bench: Bench;
let token: string;
let elsewhere: Storage;

beforeAll(async () => {
  bench = await openBench();
  elsewhere = await openStorage({ folder: `${bench.folder}/data` });
  token = (await makeToken({ name: "directory" })).token;
});
afterAll(async () => {
  await elsewhere.close();
  await bench.close();
});

async function makeToken(body: Readonly<Record<string, unknown>>): Promise<{ readonly id: string; readonly token: string }> {
  const headers = { authorization: `Bearer ${adminKey}` };
  const made = await fetch(`${bench.gateway.url}/admin/v1/scim-tokens`, { method: "POST", headers, body: JSON.stringify(body) });
  expect(made.status).toBe(201);
  return (await made.json()) as { id: string; token: string };
}

interface Told {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what is asserted on is looked at there
  readonly body: any;
}

async function ask(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Told> {
  const answer = await fetch(`${bench.gateway.url}/scim/v2${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/scim+json", ...headers },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, body: text === "" ? undefined : JSON.parse(text) };
}

const person = (userName: string, more: Readonly<Record<string, unknown>> = {}) => ({
  schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
  userName,
  ...more,
});
const operations = (...Operations: unknown[]) => ({ schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], Operations });

describe("a person", () => {
  test("comes, is found, changed, deactivated and removed as Microsoft's directory does it", async () => {
    expect((await ask("GET", '/Users?filter=userName eq "maria@example.com"')).body).toMatchObject({ totalResults: 0, Resources: [] });
    const sent = person("maria@example.com", {
      externalId: "maria",
      active: true,
      emails: [{ primary: true, type: "work", value: "maria@example.com" }],
      name: { formatted: "Maria M", familyName: "M", givenName: "Maria" },
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { department: "D" },
      password: "never-to-be-kept-0123456789",
      roles: [{ value: "owner", primary: true }],
    });
    const made = await ask("POST", "/Users", sent);
    expect([made.status, made.headers.get("location")]).toEqual([201, `${bench.gateway.url}/scim/v2/Users/${made.body.id}`]);
    expect(made.body.roles).toBeUndefined();
    expect((await elsewhere.control.directory.user.get(made.body.id))?.roles).toEqual([]);
    const path = `/Users/${made.body.id}`;
    expect((await ask("POST", "/Users", { ...sent, userName: "MARIA@example.com" })).body).toMatchObject({
      status: "409",
      scimType: "uniqueness",
    });
    expect((await ask("GET", '/Users?filter=USERNAME eq "Maria@Example.com"&attributes=userName')).body.Resources).toEqual([
      { schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"], id: made.body.id, userName: "maria@example.com" },
    ]);
    const changed = await ask(
      "PATCH",
      path,
      operations({ op: "Replace", path: "name.familyName", value: "N" }, { op: "Replace", path: "active", value: "False" }),
    );
    expect(changed.body).toMatchObject({ active: false, name: { familyName: "N", givenName: "Maria" } });
    expect((await ask("GET", "/Users?filter=active eq false and name.familyName eq %22n%22")).body.totalResults).toBe(1);
    const put = await ask("PUT", path, person("maria@example.com", { active: true }));
    expect(put.body.name).toBeUndefined();
    expect((await ask("DELETE", path)).status).toBe(204);
    expect((await ask("GET", path)).body).toMatchObject({ status: "404", schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"] });
    expect((await ask("DELETE", path)).status).toBe(404);
    const kept = await Bun.file(`${bench.folder}/data/control.db`).text();
    expect(kept.includes("never-to-be-kept")).toBeFalse();
    expect(kept.includes(token.slice(16))).toBeFalse();
  });

  test("keeps what limits it, which no directory elsewhere sees, sets or takes away", async () => {
    const limits = { requestsPerDay: 7 };
    const { id } = (
      await ask("POST", "/Users", person("limited@example.com", { limits: { requestsPerDay: 9 }, budget: { usd: 9, per: "day" } }))
    ).body;
    const kept = () => elsewhere.control.directory.user.get(id);
    expect([(await kept())?.limits, (await kept())?.budget]).toEqual([undefined, undefined]);
    const headers = { authorization: `Bearer ${adminKey}` };
    const set = await fetch(`${bench.gateway.url}/admin/v1/users/${id}`, { method: "PATCH", headers, body: JSON.stringify({ limits }) });
    expect(set.status).toBe(200);
    const put = await ask("PUT", `/Users/${id}`, person("limited@example.com", { displayName: "L" }));
    expect([put.status, put.body.limits, (await kept())?.limits]).toEqual([200, undefined, limits]);
    await ask("PATCH", `/Users/${id}`, operations({ op: "remove", path: "limits" }, { op: "replace", path: "displayName", value: "M" }));
    await ask("PATCH", `/Users/${id}`, operations({ op: "replace", value: { limits: null, displayName: "N" } }));
    expect((await kept())?.limits).toEqual(limits);
    await ask("DELETE", `/Users/${id}`);
  });

  test("who is deactivated is out at once: sessions, keys and log-ins", async () => {
    const { id } = (await ask("POST", "/Users", person("ann@example.com", { externalId: "ann" }))).body;
    const browser = new Browser();
    expect((await logIn(browser, bench, "ann")).status).toBe(200);
    const hasher = new KeyHasher(loadPepper(`${bench.folder}/data`));
    const { text } = await issueKey({ kind: "key", name: "ann's", user: id }, elsewhere.control.keys, hasher, Date.now());
    const models = async () => (await fetch(`${bench.gateway.url}/v1/models`, { headers: { authorization: `Bearer ${text}` } })).status;
    for (let turn = 0; turn < 100 && (await models()) !== 200; turn++) await new Promise((resolve) => setTimeout(resolve, 10));
    expect([await models(), (await askApi(browser, `${bench.gateway.url}/admin/v1/me`)).status]).toEqual([200, 200]);
    expect((await ask("PATCH", `/Users/${id}`, operations({ op: "replace", value: { active: false } }))).status).toBe(200);
    expect([await models(), (await askApi(browser, `${bench.gateway.url}/admin/v1/me`)).status]).toEqual([401, 401]);
    expect((await logIn(browser, bench, "ann")).status).toBe(403);
    // Whoever comes back logs in anew: the old session stays ended.
    await ask("PATCH", `/Users/${id}`, operations({ op: "replace", value: { active: true } }));
    expect((await askApi(browser, `${bench.gateway.url}/admin/v1/me`)).status).toBe(401);
    expect((await logIn(new Browser(), bench, "ann")).status).toBe(200);
  });
});

describe("a group", () => {
  test("gives its members the roles that operators gave it, from the next request on", async () => {
    const eve = (await ask("POST", "/Users", person("eve@example.com"))).body.id;
    const group = (await ask("POST", "/Groups", { displayName: "auditors", externalId: "g-1", members: [] })).body.id;
    await elsewhere.control.directory.group.update(group, { roles: ["auditor"] }, Date.now());
    expect((await logIn(new Browser(), bench, "eve")).status).toBe(403);
    const joined = await ask("PATCH", `/Groups/${group}`, operations({ op: "Add", path: "members", value: [{ value: eve }] }));
    expect(joined.body.members).toHaveLength(1);
    const browser = new Browser();
    expect((await logIn(browser, bench, "eve")).status).toBe(200);
    const status = async (path: string) => (await askApi(browser, `${bench.gateway.url}/admin/v1/${path}`)).status;
    expect(await status("audit")).toBe(200);
    expect((await ask("GET", `/Users/${eve}`)).body.groups).toMatchObject([{ value: group, display: "auditors" }]);
    // The directory does not see, and cannot change, what the group gives.
    expect(joined.body.roles).toBeUndefined();
    await ask("PUT", `/Groups/${group}`, { displayName: "auditors", members: [], roles: ["owner"] });
    expect((await elsewhere.control.directory.group.get(group))?.roles).toEqual(["auditor"]);
    for (let turn = 0; turn < 100 && (await status("audit")) === 200; turn++) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await status("audit")).toBe(401);
  });

  test("has members who are there, once, and a name of its own", async () => {
    const one = (await ask("POST", "/Users", person("one@example.com"))).body.id;
    const made = await ask("POST", "/Groups", { displayName: "some", members: [{ value: one }, { value: one }] });
    expect(made.body.members).toHaveLength(1);
    expect((await ask("POST", "/Groups", { displayName: "SOME" })).body.scimType).toBe("uniqueness");
    for (const member of ["user_nobody", made.body.id, ""])
      expect(
        (await ask("PATCH", `/Groups/${made.body.id}`, operations({ op: "add", path: "members", value: [{ value: member }] }))).body
          .scimType,
      ).toBe("invalidValue");
    await ask("DELETE", `/Users/${one}`);
    expect((await ask("GET", `/Groups/${made.body.id}`)).body.members).toBeUndefined();
  });
});

describe("a list", () => {
  test("comes in pages, and says how many there are", async () => {
    for (let at = 0; at < 7; at++) await ask("POST", "/Users", person(`page-${at}@example.com`, { title: "paged" }));
    const filter = "filter=title eq %22paged%22";
    const seen: string[] = [];
    for (let startIndex = 1; startIndex <= 7; startIndex += 3) {
      const page = (await ask("GET", `/Users?${filter}&startIndex=${startIndex}&count=3`)).body;
      expect([page.totalResults, page.startIndex, page.itemsPerPage]).toEqual([7, startIndex, Math.min(3, 8 - startIndex)]);
      seen.push(...page.Resources.map(({ userName }: { userName: string }) => userName));
    }
    expect(new Set(seen).size).toBe(7);
    expect((await ask("GET", `/Users?${filter}&count=0`)).body).toMatchObject({ totalResults: 7, itemsPerPage: 0, Resources: [] });
    expect((await ask("GET", `/Users?${filter}&startIndex=-5&count=-1`)).body).toMatchObject({ startIndex: 1, itemsPerPage: 0 });
    expect((await ask("GET", "/Users?count=x")).body.scimType).toBe("invalidValue");
    const searched = await ask("POST", "/Users/.search", { filter: 'title eq "paged"', count: 2, attributes: ["userName"] });
    expect(searched.body).toMatchObject({ totalResults: 7, itemsPerPage: 2 });
    // Over all kinds: those that do not have the attribute have no such resource.
    expect((await ask("POST", "/.search", { filter: 'title eq "paged"' })).body.totalResults).toBe(7);
    expect((await ask("POST", "/.search", { filter: "nosuch pr" })).body.scimType).toBe("invalidFilter");
  });
});

describe("a version", () => {
  test("that is old changes nothing, and one that is known is not sent again", async () => {
    const made = await ask("POST", "/Users", person("version@example.com"));
    const path = `/Users/${made.body.id}`;
    const first = made.headers.get("etag")!;
    expect([first, (await ask("GET", path, undefined, { "if-none-match": first })).status]).toEqual(['W/"1"', 304]);
    const changed = await ask("PATCH", path, operations({ op: "add", path: "title", value: "T" }), { "if-match": first });
    expect([changed.status, changed.headers.get("etag")]).toEqual([200, 'W/"2"']);
    for (const [method, body] of [
      ["PATCH", operations({ op: "add", path: "title", value: "U" })],
      ["PUT", person("version@example.com")],
      ["DELETE", undefined],
    ] as const)
      expect([method, (await ask(method, path, body, { "if-match": first })).status]).toEqual([method, 412]);
    // Without a version, those who change at once all get through.
    const users = await Promise.all(
      [1, 2, 3, 4, 5].map((at) => ask("PATCH", path, operations({ op: "add", path: `emails[type eq "t${at}"].value`, value: `${at}@x` }))),
    );
    expect(users.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect((await ask("GET", path)).body.emails).toHaveLength(5);
  });
});

describe("a token", () => {
  test("opens nothing else, nothing else opens this, and it is out with its revocation", async () => {
    const other = await makeToken({ name: "other" });
    for (const credential of [
      "",
      "Bearer x",
      `Bearer ${adminKey}`,
      `Basic ${token}`,
      `Bearer ${new KeyHasher(loadPepper(`${bench.folder}/data`)).hash(token)}`,
    ])
      expect([credential, (await ask("GET", "/Users", undefined, { authorization: credential })).status]).toEqual([credential, 401]);
    for (const path of ["/admin/v1/keys", "/v1/models"])
      expect((await fetch(`${bench.gateway.url}${path}`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(401);
    expect((await ask("GET", "/Users", undefined, { authorization: `Bearer ${other.token}` })).status).toBe(200);
    const headers = { authorization: `Bearer ${adminKey}` };
    expect((await fetch(`${bench.gateway.url}/admin/v1/scim-tokens/${other.id}`, { method: "DELETE", headers })).status).toBe(204);
    expect((await ask("GET", "/Users", undefined, { authorization: `Bearer ${other.token}` })).status).toBe(401);
    const past = { method: "POST", headers, body: JSON.stringify({ name: "late", expiresAt: "2020-01-01T00:00:00Z" }) };
    expect((await fetch(`${bench.gateway.url}/admin/v1/scim-tokens`, past)).status).toBe(400);
  });

  test("of an organisation sees and changes its people only, and others' as if they were not there", async () => {
    const org = await elsewhere.control.directory.organisation.insert({ name: "blue" }, Date.now());
    const blue = await makeToken({ name: "blue", organisation: org.id });
    const asBlue = { authorization: `Bearer ${blue.token}` };
    const own = await ask("POST", "/Users", person("same@example.com"), asBlue);
    const theirs = await ask("POST", "/Users", person("same@example.com"));
    const group = (await ask("POST", "/Groups", { displayName: "theirs" })).body.id;
    expect([own.status, theirs.status]).toEqual([201, 201]);
    expect((await ask("GET", "/Users", undefined, asBlue)).body.Resources.map(({ id }: { id: string }) => id)).toEqual([own.body.id]);
    expect((await ask("GET", '/Users?filter=userName eq "same@example.com"')).body.Resources.map(({ id }: { id: string }) => id)).toEqual([
      theirs.body.id,
    ]);
    const foreign: readonly [string, string, unknown?][] = [
      ["GET", `/Users/${theirs.body.id}`],
      ["PUT", `/Users/${theirs.body.id}`, person("taken@example.com")],
      ["PATCH", `/Users/${theirs.body.id}`, operations({ op: "replace", value: { active: false } })],
      ["DELETE", `/Users/${theirs.body.id}`],
      ["GET", `/Groups/${group}`],
      ["PATCH", `/Groups/${group}`, operations({ op: "add", path: "members", value: [{ value: own.body.id }] })],
      ["DELETE", `/Groups/${group}`],
    ];
    for (const [method, path, body] of foreign) {
      const told = await ask(method, path, body, asBlue);
      const unknown = await ask(method, path.replace(/_[^_]*$/, "_AAAAAAAAAAAA"), body, asBlue);
      expect([method, path, told.status]).toEqual([method, path, 404]);
      expect({ ...told.body, detail: "" }).toEqual({ ...unknown.body, detail: "" });
    }
    expect((await ask("GET", `/Users/${own.body.id}`)).status).toBe(404);
    expect((await ask("POST", "/Groups", { displayName: "mixed", members: [{ value: theirs.body.id }] }, asBlue)).body.scimType).toBe(
      "invalidValue",
    );
    await elsewhere.control.directory.organisation.update(org.id, { active: false }, Date.now());
    expect((await ask("GET", "/Users", undefined, asBlue)).status).toBe(401);
  });

  test("leaves a line in the audit log for each act, and for each that was refused", async () => {
    const made = await ask("POST", "/Users", person("audited@example.com"));
    await ask("POST", "/Users", person("audited@example.com"));
    const headers = { authorization: `Bearer ${adminKey}` };
    const lines = (
      (await (await fetch(`${bench.gateway.url}/admin/v1/audit?limit=4`, { headers })).json()) as { data: Record<string, unknown>[] }
    ).data;
    expect(lines.map(({ operation, outcome, object, fault }) => ({ operation, outcome, object, fault }))).toEqual([
      { operation: "scim.users.create", outcome: "refused", object: undefined, fault: "object_conflict" },
      { operation: "scim.users.create", outcome: "asked", object: undefined, fault: undefined },
      { operation: "scim.users.create", outcome: "done", object: made.body.id, fault: undefined },
      { operation: "scim.users.create", outcome: "asked", object: undefined, fault: undefined },
    ]);
  });
});

describe("a request that is wrong", () => {
  test.each([
    ["POST", "/Users", "{", 400, "invalidSyntax"],
    ["POST", "/Users", "[]", 400, "invalidSyntax"],
    ["POST", "/Users", '{"userName":"a","userName":"b"}', 400, "invalidSyntax"],
    ["POST", "/Users", `{"userName":${"[".repeat(3000)}`, 400, "invalidSyntax"],
    ["POST", "/Users", {}, 400, "invalidValue"],
    ["POST", "/Users", { userName: 3 }, 400, "invalidValue"],
    ["POST", "/Users", { userName: "x".repeat(2000) }, 400, "invalidValue"],
    ["GET", "/Users?filter=nonsense", undefined, 400, "invalidFilter"],
    ["GET", "/Users?filter=a pr&filter=b pr", undefined, 400, "invalidSyntax"],
    ["GET", "/Users?attributes=userName&excludedAttributes=title", undefined, 400, "invalidValue"],
    ["GET", "/Users/user_nobody", undefined, 404, undefined],
    ["GET", "/Users/..%2fGroups", undefined, 404, undefined],
    ["GET", "/users", undefined, 404, undefined],
    ["GET", "/Nothing", undefined, 404, undefined],
    ["GET", "/Users/", undefined, 404, undefined],
    ["DELETE", "/Users", undefined, 405, undefined],
    ["GET", "/../../admin/v1/keys", undefined, 401, undefined],
  ])("%s %s is refused", async (method, path, body, status, scimType) => {
    const told = await ask(method, path, body);
    expect([told.status, told.body.scimType]).toEqual([status, scimType]);
  });
});
