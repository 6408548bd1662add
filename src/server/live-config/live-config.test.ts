import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunningServer } from "../running-server.ts";
import { startServer } from "../start-server.ts";

const admin = "sk-sluice-admin-0123456789abcdef0123456789abcdef0123";
const file = "lent: { references: [UPSTREAM_KEY, NOT_SET] }\nproviders: { demo: {} }\nmodels: { fast: demo/chat }\n";
const reference = (name: string) => `$${"{"}${name}}`;
let folder: string;
let running: RunningServer[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-live-"));
  writeFileSync(join(folder, "sluice.yaml"), file);
});
afterEach(async () => {
  for (const server of running) await server.close();
  running = [];
  rmSync(folder, { recursive: true });
});

async function start(configPath: string | undefined = join(folder, "sluice.yaml")): Promise<RunningServer> {
  const env = { SLUICE_ADMIN_KEY: admin, SLUICE_LOG: "error", UPSTREAM_KEY: "k-upstream" };
  const server = await startServer({
    dataDir: join(folder, "data"),
    port: 0,
    host: "127.0.0.1",
    env,
    ...(configPath && { configPath }),
  });
  running.push(server);
  return server;
}

interface Told {
  readonly status: number;
  readonly etag: string | null;
  // biome-ignore lint/suspicious/noExplicitAny: what is asserted on is looked at there
  readonly body: any;
}

async function ask(
  server: RunningServer,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Told> {
  const answer = await fetch(`${server.url}/admin/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${admin}`, ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, etag: answer.headers.get("etag"), body: text === "" ? undefined : JSON.parse(text) };
}

async function chat(server: RunningServer, model: string): Promise<number> {
  const answer = await fetch(`${server.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${server.firstKeys?.virtual ?? virtual}`, "content-type": "application/json" },
    body: JSON.stringify({ model, messages: [{ role: "user", content: "hello" }] }),
  });
  await answer.text();
  return answer.status;
}
let virtual = "";

async function until(what: () => Promise<boolean>, ms: number): Promise<void> {
  const end = performance.now() + ms;
  while (!(await what())) {
    if (performance.now() > end) throw new Error("What was waited for did not happen.");
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

describe("objects made by API", () => {
  test("are served at once, on other nodes of the same data within a second, and after a restart", async () => {
    const one = await start();
    virtual = one.firstKeys?.virtual as string;
    const other = await start();
    const made = await ask(one, "POST", "/models", {
      name: "smart",
      definition: { targets: ["demo/chat"], retries: 1 },
      reason: "asked for",
    });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ id: "smart", source: "api", revision: 1, reason: "asked for", targets: ["demo/chat"] });
    expect(await chat(one, "smart")).toBe(200);
    await until(async () => (await chat(other, "smart")) === 200, 1000);
    await one.close();
    await other.close();
    running = [];
    expect(await chat(await start(), "smart")).toBe(200);
  });

  test("are changed with the tag that was read, and removed unless something leans on them", async () => {
    const server = await start();
    const provider = { type: "openai-compatible", baseUrl: "http://127.0.0.1:9/v1", apiKey: reference("UPSTREAM_KEY") };
    const made = await ask(server, "POST", "/providers", { name: "local", definition: provider });
    expect(made.body).toMatchObject({ type: "openai-compatible", credential: "key", definition: provider });
    await ask(server, "POST", "/models", { name: "mine", definition: "local/x" });
    const leaning = await ask(server, "DELETE", "/providers/local");
    expect([leaning.status, leaning.body.code, leaning.body.errors[0].path]).toEqual([409, "object_conflict", "models.mine"]);
    const changed = { definition: { ...provider, retries: 0 } };
    expect((await ask(server, "PATCH", "/providers/local", changed, { "if-match": '"other"' })).status).toBe(412);
    const patched = await ask(server, "PATCH", "/providers/local", changed, { "if-match": made.etag as string });
    expect([patched.status, patched.body.revision]).toEqual([200, 3]);
    const part = { definition: { retries: null, headers: { "x-note": "one" } } };
    const merged = await ask(server, "PATCH", "/providers/local", part, { "content-type": "application/merge-patch+json" });
    expect(merged.body.definition).toEqual({ ...provider, headers: { "x-note": "one" } });
    for (const bad of [
      { headers: { "x-note": null }, type: null, baseUrl: null },
      { apiKey: "k-of-its-own-0001" },
      null,
      ["demo"],
      { nothing: 1 },
    ])
      expect([bad, (await ask(server, "PATCH", "/providers/local", { definition: bad })).status]).toEqual([bad, 400]);
    const other = await ask(server, "PATCH", "/providers/local", part, { "content-type": "application/json-patch+json" });
    expect([other.status, other.body.code]).toEqual([415, "request_malformed"]);
    expect((await ask(server, "PATCH", "/providers/local", {})).body.revision).toBe(4);
    expect((await ask(server, "DELETE", "/models/mine")).status).toBe(204);
    expect((await ask(server, "DELETE", "/providers/local")).status).toBe(204);
    expect((await ask(server, "GET", "/providers/local")).status).toBe(404);
    expect(JSON.stringify((await ask(server, "GET", "/versions?limit=200")).body)).not.toContain("k-upstream");
  });

  test("are read-only where they stand in the file, whose change wins and shows the drift", async () => {
    const server = await start();
    for (const [method, path, body] of [
      ["POST", "/models", { name: "fast", definition: "demo/other" }],
      ["PATCH", "/models/fast", { definition: "demo/other" }],
      ["DELETE", "/models/fast", undefined],
    ] as const)
      expect((await ask(server, method, path, body)).body.code).toBe("object_read_only");
    await ask(server, "POST", "/models", { name: "later", definition: "demo/mine" });
    writeFileSync(
      join(folder, "sluice.yaml"),
      `${file.trimEnd().replace("}", "}")}`.replace("fast: demo/chat", "fast: demo/chat, later: demo/files"),
    );
    await until(async () => (await ask(server, "GET", "/models/later")).body.source === "file", 3000);
    const shown = await ask(server, "GET", "/models/later");
    expect(shown.body).toMatchObject({ targets: ["demo/files"], drift: { source: "api", revision: 1, definition: "demo/mine" } });
    expect((await ask(server, "DELETE", "/models/later")).status).toBe(204);
    expect((await ask(server, "GET", "/models/later")).body).toMatchObject({ source: "file", drift: null });
  });

  test("hold no secrets, and what is refused stands nowhere", async () => {
    const server = await start();
    const canary = "sk-canary-5f2b9e";
    for (const definition of [
      { type: "openai", apiKey: canary },
      { type: "openai", api_key: canary },
      { type: "openai", headers: { authorization: `Bearer ${canary}` } },
      { type: "openai", apiKey: reference("SLUICE_ADMIN_KEY") },
    ]) {
      const told = await ask(server, "POST", "/providers", { name: "leak", definition });
      expect(told.status).toBe(400);
      expect(JSON.stringify(told.body)).not.toContain(canary);
    }
    const unset = await ask(server, "POST", "/providers", { name: "leak", definition: { type: "openai", apiKey: reference("NOT_SET") } });
    expect([unset.status, unset.body.errors[0].path]).toEqual([400, "providers.leak.apiKey"]);
    expect(JSON.stringify((await ask(server, "GET", "/audit?limit=200")).body)).not.toContain(canary);
    expect((await ask(server, "GET", "/versions")).body.data).toEqual([]);
  });

  test("stay beside the environment's providers where there is no file", async () => {
    const server = await start("");
    await ask(server, "POST", "/models", { name: "mine", definition: "demo/chat" });
    expect(await chat(server, "mine")).toBe(200);
    const providers = await ask(server, "GET", "/providers");
    expect(providers.body.data.find(({ id }: { id: string }) => id === "demo")).toMatchObject({ source: "environment", revision: null });
  });
});

describe("a file beside objects", () => {
  const path = () => join(folder, "sluice.yaml");
  const other = "providers: { demo: {}, local: { type: openai-compatible, baseUrl: http://127.0.0.1:9/v1 } }\n";

  test("that takes away what an object leans on is not taken, until the object is gone", async () => {
    writeFileSync(path(), other);
    const server = await start();
    await ask(server, "POST", "/models", { name: "leans", definition: "local/x" });
    writeFileSync(path(), "providers: { demo: {} }\nmodels: { later: demo/chat }\n");
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect((await ask(server, "GET", "/models/later")).status).toBe(404);
    expect((await ask(server, "GET", "/models/leans")).status).toBe(200);
    expect((await ask(server, "DELETE", "/models/leans")).status).toBe(204);
    expect((await ask(server, "GET", "/models/later")).status).toBe(200);
    expect((await ask(server, "GET", "/providers/local")).status).toBe(404);
  });

  test("that does not fit the objects is served without them at the next start", async () => {
    writeFileSync(path(), other);
    const server = await start();
    await ask(server, "POST", "/models", { name: "leans", definition: "local/x" });
    await server.close();
    running = [];
    writeFileSync(path(), file);
    const again = await start();
    const { status, body } = await ask(again, "GET", "/models/leans");
    expect([status, body.misfit]).toEqual([200, expect.stringContaining("there is no provider `local`")]);
    expect((await ask(again, "DELETE", "/models/leans")).status).toBe(204);
  });
});

describe("versions", () => {
  test("have reasons of 1 to 500 characters, wherever they stand", async () => {
    const server = await start();
    const long = { "x-sluice-reason": "x".repeat(501) };
    const body = { name: "a", definition: "demo/one" };
    expect((await ask(server, "POST", "/models", body, long)).status).toBe(400);
    expect((await ask(server, "POST", "/models", { ...body, reason: "short" }, long)).status).toBe(400);
    expect((await ask(server, "POST", "/models", { ...body, reason: "short" })).status).toBe(201);
  });

  test("are compared and gone back to, as versions of their own", async () => {
    const server = await start();
    await ask(server, "POST", "/models", { name: "a", definition: "demo/one" });
    await ask(server, "PATCH", "/models/a", { definition: "demo/two" }, { "x-sluice-reason": "better" });
    await ask(server, "POST", "/prices", { name: "demo/*", definition: { input: 1 } });
    const list = await ask(server, "GET", "/versions");
    expect(list.body.data.map(({ number, operation, reason }: never) => [number, operation, reason])).toEqual([
      [3, "prices.create", null],
      [2, "models.update", "better"],
      [1, "models.create", null],
    ]);
    const diff = await ask(server, "GET", "/versions/3/diff?against=1");
    expect(diff.body.changes.map(({ kind, name, action }: never) => [kind, name, action])).toEqual([
      ["models", "a", "change"],
      ["prices", "demo/*", "create"],
    ]);
    const dry = await ask(server, "POST", "/versions/1/rollback?dryRun=true", {});
    expect(dry.body).toMatchObject({ version: 3, applied: false });
    expect(dry.body.changes.length).toBe(2);
    const back = await ask(server, "POST", "/versions/1/rollback", { reason: "back" });
    expect(back.body).toMatchObject({ version: 4, applied: true });
    expect((await ask(server, "GET", "/models/a")).body).toMatchObject({ targets: ["demo/one"], revision: 4 });
    expect((await ask(server, "GET", "/prices")).body.data).toEqual([]);
    expect((await ask(server, "POST", "/versions/99/rollback", {})).status).toBe(404);
    expect((await ask(server, "POST", "/versions/1/rollback", {})).body).toMatchObject({ version: 4, applied: false, changes: [] });
  });

  test("of two who apply from the same one, one wins and the other is told", async () => {
    const server = await start();
    const seen = (await ask(server, "GET", "/config")).etag as string;
    const apply = (name: string) =>
      ask(server, "POST", "/config/apply", { objects: { models: { [name]: "demo/chat" } } }, { "if-match": seen });
    const told = await Promise.all([apply("left"), apply("right")]);
    expect(told.map(({ status }) => status).toSorted()).toEqual([200, 412]);
    expect((await ask(server, "GET", "/versions")).body.data.length).toBe(1);
  });

  test("are tried in a dry run that no repetition takes for the change itself", async () => {
    const server = await start();
    const twice = { "idempotency-key": "one" };
    const objects = { models: { a: "demo/a" } };
    expect((await ask(server, "POST", "/config/apply?dryRun=true", { objects }, twice)).body.applied).toBe(false);
    expect((await ask(server, "POST", "/config/apply", { objects }, twice)).body.code).toBe("repetition_differs");
    expect((await ask(server, "POST", "/models?dryRun=true", { name: "b", definition: "demo/b" })).body).toMatchObject({ id: "b" });
    expect((await ask(server, "GET", "/versions")).body.data).toEqual([]);
    expect((await ask(server, "GET", "/audit")).body.data.map(({ operation }: never) => operation)).not.toContain("models.create");
  });

  test("are made by an apply for what it owns, once", async () => {
    const server = await start();
    await ask(server, "POST", "/models", { name: "byhand", definition: "demo/chat" });
    const objects = {
      models: { a: "demo/a", fast: "demo/else" },
      prices: { "demo/a": { input: 1 }, "demo/*": { input: 2 } },
      policies: [{ use: "deny-words", words: ["war"] }],
    };
    const plan = await ask(server, "POST", "/config/apply?dryRun=true", { objects });
    expect(plan.body).toMatchObject({ version: 1, applied: false, inFile: [{ kind: "models", name: "fast" }] });
    const applied = await ask(server, "POST", "/config/apply", { objects, reason: "commit 1" });
    expect(applied.body).toMatchObject({ version: 2, applied: true });
    expect(applied.body.changes.map(({ action }: never) => action)).toEqual(["create", "create", "create", "create"]);
    expect((await ask(server, "POST", "/config/apply", { objects })).body).toMatchObject({ version: 2, applied: false, changes: [] });
    expect((await ask(server, "PATCH", "/models/a", { definition: "demo/b" })).body.code).toBe("object_read_only");
    const taken = await ask(server, "POST", "/config/apply", { objects: { models: { byhand: "demo/x" } } });
    expect([taken.status, taken.body.errors[0].path]).toEqual([409, "models.byhand"]);
    const turned = { ...objects, prices: { "demo/*": { input: 2 }, "demo/a": { input: 1 } } };
    const moved = await ask(server, "POST", "/config/apply", { objects: turned });
    expect(moved.body.changes.map(({ name, action }: never) => [name, action]).toSorted()).toEqual([
      ["demo/*", "move"],
      ["demo/a", "move"],
    ]);
    const pruned = await ask(server, "POST", "/config/apply", { objects: { models: { a: "demo/a" } }, prune: true });
    expect(pruned.body.changes.map(({ kind, action }: never) => [kind, action])).toEqual([
      ["prices", "remove"],
      ["prices", "remove"],
      ["policies", "remove"],
    ]);
    expect((await ask(server, "GET", "/models/byhand")).status).toBe(200);
  });
});
