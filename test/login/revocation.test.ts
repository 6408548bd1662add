import { afterAll, beforeAll, expect, test } from "bun:test";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { issueKey, KeyHasher } from "../../src/auth/index.ts";
import { loadPepper } from "../../src/secrets/index.ts";
import { openStorage, type Storage } from "../../src/storage/index.ts";
import { adminKey, askApi, type Bench, logIn, openBench } from "./bench.ts";
import { Browser } from "./browser.ts";

/** What is out has to be out after this long, and a stream that runs after that long. */
const outMs = 1_000;
const streamOutMs = 5_000;

let bench: Bench;
/** The same data, as another process of the same installation has it. */
let elsewhere: Storage;
let upstream: Server;
let closed = 0;

beforeAll(async () => {
  upstream = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { "content-type": "text/event-stream" });
    const say = () =>
      response.write(
        `data: ${JSON.stringify({ id: "1", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta: { content: "x" } }] })}\n\n`,
      );
    say();
    const timer = setInterval(say, 50);
    response.on("close", () => {
      closed += 1;
      clearInterval(timer);
    });
  });
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  const endless = { type: "openai-compatible", baseUrl: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1` };
  bench = await openBench({}, {}, { providers: { endless } });
  elsewhere = await openStorage({ folder: `${bench.folder}/data` });
});
afterAll(async () => {
  upstream.closeAllConnections();
  upstream.close();
  await elsewhere.close();
  await bench.close();
});

async function until(holds: () => boolean | Promise<boolean>, patienceMs: number): Promise<number> {
  const begun = performance.now();
  while (!(await holds())) {
    if (performance.now() - begun > patienceMs) throw new Error(`It has not come about within ${patienceMs} ms.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return performance.now() - begun;
}

async function userCalled(name: string) {
  const [user] = await elsewhere.control.directory.user.list({ name });
  expect(user).toBeDefined();
  return user!;
}

async function keyOf(user: string): Promise<string> {
  const hasher = new KeyHasher(loadPepper(`${bench.folder}/data`));
  return (await issueKey({ kind: "key", name: `of ${user}`, user }, elsewhere.control.keys, hasher, Date.now())).text;
}

interface Running {
  /** What came, whether or not the answer is whole: the gateway breaks a cut one off. */
  text(): string;
  done(): boolean;
}

async function stream(key: string): Promise<Running> {
  // The key was made by another process.
  await until(
    async () => (await fetch(`${bench.gateway.url}/v1/models`, { headers: { authorization: `Bearer ${key}` } })).status === 200,
    outMs,
  );
  let text = "";
  let done = false;
  const asked = request(
    `${bench.gateway.url}/v1/chat/completions`,
    { method: "POST", headers: { authorization: `Bearer ${key}` } },
    (answer) => {
      answer.setEncoding("utf8");
      answer.on("data", (piece: string) => {
        text += piece;
      });
      answer.on("error", () => undefined);
      answer.on("close", () => {
        done = true;
      });
    },
  );
  asked.end(JSON.stringify({ model: "endless/m", stream: true, messages: [{ role: "user", content: "go on" }] }));
  await until(() => text !== "", outMs);
  return { text: () => text, done: () => done };
}

test("a person's deactivation elsewhere ends the sessions, the keys and the streams", async () => {
  const browser = new Browser();
  await logIn(browser, bench, "ann");
  const user = await userCalled("ann@example.com");
  const running = await stream(await keyOf(user.id));
  const wasClosed = closed;
  expect((await askApi(browser, `${bench.gateway.url}/admin/v1/me`)).status).toBe(200);

  await elsewhere.control.directory.user.update(user.id, { active: false }, Date.now());
  const sessionMs = await until(async () => (await askApi(browser, `${bench.gateway.url}/admin/v1/me`)).status === 401, outMs);
  const streamMs = await until(running.done, streamOutMs);
  expect(running.text()).toContain("error");
  await until(() => closed > wasClosed, outMs);
  console.log(
    JSON.stringify({ id: "revoked user", sessionMs: Math.round(sessionMs), streamMs: Math.round(streamMs), limitMs: [outMs, streamOutMs] }),
  );

  const again = await logIn(browser, bench, "ann");
  expect([again.status, again.text]).toEqual([403, expect.stringContaining("not active")]);
  await elsewhere.control.directory.user.update(user.id, { active: true }, Date.now());
  expect((await logIn(browser, bench, "ann")).status).toBe(200);
});

test("a key's revocation elsewhere ends its streams, and no others", async () => {
  const text = await keyOf("somebody");
  const other = await stream(await keyOf("another"));
  const running = await stream(text);
  const [key] = (await elsewhere.control.keys.list()).filter(({ name, revokedAt }) => name === "of somebody" && revokedAt === undefined);
  await elsewhere.control.keys.revoke(key!.id, Date.now());
  await until(running.done, streamOutMs);
  expect(running.text()).toContain("error");
  expect(other.done()).toBeFalse();
});

test("who has a role in the directory, or by a group there, may log in without one from the provider", async () => {
  const { directory } = elsewhere.control;
  const browser = new Browser();
  expect((await logIn(browser, bench, "eve")).status).toBe(403);
  expect(await directory.user.list({ name: "eve@example.com" })).toEqual([]);
  const eve = await directory.user.insert({ userName: "Eve@Example.com", roles: [], teams: [] }, Date.now());
  expect((await logIn(browser, bench, "eve")).status).toBe(403);
  const group = await directory.group.insert({ displayName: "auditors", members: [eve.id], roles: ["auditor"] }, Date.now());
  expect((await logIn(browser, bench, "eve")).status).toBe(200);
  // A role that is taken away is gone from the session that runs, too.
  await directory.group.remove(group.id);
  await until(async () => (await askApi(browser, `${bench.gateway.url}/admin/v1/health`)).status !== 200, outMs);
});

test("another account of the provider under the same name is somebody else, until an owner says that it is not", async () => {
  const { people } = bench.openid;
  people.set("new-bob", { email: "bob@example.com", groups: ["platform"] });
  expect((await logIn(new Browser(), bench, "bob")).status).toBe(200);
  const refused = await logIn(new Browser(), bench, "new-bob");
  expect([refused.status, refused.text]).toEqual([403, expect.stringContaining("another account")]);
  const bob = await userCalled("bob@example.com");
  const headers = { authorization: `Bearer ${adminKey}` };
  expect((await fetch(`${bench.gateway.url}/admin/v1/users/${bob.id}/account`, { method: "DELETE", headers })).status).toBe(204);
  expect((await logIn(new Browser(), bench, "new-bob")).status).toBe(200);
  expect((await logIn(new Browser(), bench, "bob")).status).toBe(403);
  expect((await fetch(`${bench.gateway.url}/admin/v1/users/user_nobody/account`, { method: "DELETE", headers })).status).toBe(404);
});

test("who is taken out of a group loses what it gave, and what is left reaches no further", async () => {
  const { directory } = elsewhere.control;
  const eve = (await directory.user.list({ name: "eve@example.com" }))[0] ?? (await userCalled("Eve@Example.com"));
  const [mine, theirs] = [
    await directory.team.insert({ name: "mine" }, Date.now()),
    await directory.team.insert({ name: "theirs" }, Date.now()),
  ];
  for (const { id, name } of [mine, theirs]) {
    const hasher = new KeyHasher(loadPepper(`${bench.folder}/data`));
    await issueKey({ kind: "key", name: `of ${name}`, team: id }, elsewhere.control.keys, hasher, Date.now());
  }
  const team = await directory.group.insert({ displayName: "mine", members: [eve.id], roles: ["developer"], team: mine.id }, Date.now());
  await directory.group.insert({ displayName: "all", members: [eve.id], roles: ["viewer"] }, Date.now());
  const browser = new Browser();
  expect((await logIn(browser, bench, "eve")).status).toBe(200);
  const asked = (path: string) => askApi(browser, `${bench.gateway.url}/admin/v1/${path}`);
  const names = async (path: string) => (await asked(path)).body?.data?.map(({ name }: { name: string }) => name).toSorted();
  expect(await names("keys")).toEqual(["of mine"]);
  expect(await names("teams")).toEqual(["mine", "theirs"]);
  await directory.group.update(team.id, { members: [] }, Date.now());
  await until(async () => (await asked("keys")).status === 403, outMs);
  expect(await names("teams")).toEqual(["mine", "theirs"]);
});
