import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConfigObject, openStorage } from "../../storage/index.ts";
import { runCommandLine } from "../cli/command-line/run-command-line.ts";
import { commands } from "../cli/commands.ts";
import type { RunningServer } from "../running-server.ts";
import { startServer } from "../start-server.ts";

// What was right when it was made, and is not any more: a store as an older version, or another file, has left it.

const admin = "sk-sluice-admin-0123456789abcdef0123456789abcdef0123";
const reference = (name: string) => `$${"{"}${name}}`;
const whole = "lent: { references: [LENT, TEAM_KEY] }\nproviders: { demo: {} }\nmodels: { fast: demo/chat }\nteams: { crew: {} }\n";
let folder: string;
let server: RunningServer | undefined;
let virtual: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-left-out-"));
  writeFile(whole);
});
afterEach(async () => {
  await server?.close();
  server = undefined;
  rmSync(folder, { recursive: true });
});

function writeFile(text: string): void {
  writeFileSync(join(folder, "sluice.yaml"), text);
}

async function start(env: Record<string, string> = {}, configPath: string | undefined = join(folder, "sluice.yaml")): Promise<void> {
  server = await startServer({
    dataDir: join(folder, "data"),
    port: 0,
    host: "127.0.0.1",
    env: { SLUICE_ADMIN_KEY: admin, SLUICE_LOG: "error", LENT: "k-lent-0001", ...env },
    ...(configPath !== "" && { configPath }),
  });
  virtual = server.firstKeys?.virtual ?? virtual;
}

async function stop(): Promise<void> {
  await server?.close();
  server = undefined;
}

/** As another version of the gateway would have kept it. */
async function keep(kind: string, name: string, definition: unknown): Promise<void> {
  const storage = await openStorage({ folder: join(folder, "data"), warn: () => undefined });
  const after: ConfigObject = { kind, name, definition, position: 1, source: "api" };
  const author = { id: "key_old", name: "old" };
  const basis = await storage.control.config.newest();
  expect(await storage.control.config.commit({ at: 1, author, operation: "x.create", changes: [{ kind, name, after }] }, basis)).toBe(
    basis + 1,
  );
  await storage.close();
}

// biome-ignore lint/suspicious/noExplicitAny: what is asserted on is looked at there
async function ask(method: string, path: string, body?: unknown): Promise<{ status: number; body: any }> {
  const answer = await fetch(`${server!.url}/admin/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${admin}` },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === "" ? undefined : JSON.parse(text) };
}

async function chat(model: string, key = virtual): Promise<readonly [number, string | undefined]> {
  const answer = await fetch(`${server!.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ model, messages: [{ role: "user", content: "hello" }] }),
  });
  const body = (await answer.json()) as { readonly error?: { readonly code?: string } };
  return [answer.status, body.error?.code];
}

async function tell(key: string): Promise<{ readonly status: number; readonly text: string }> {
  const answer = await fetch(`${server!.url}/v1/models`, { headers: { "x-api-key": key } });
  return { status: answer.status, text: await answer.text() };
}

const refused = [503, "object_left_out"] as const;
const passed = [200, undefined] as const;

async function leftOut(): Promise<readonly string[]> {
  return (await ask("GET", "/config")).body.leftOut.map(({ kind, name }: { kind: string; name: string }) => `${kind}.${name}`);
}

async function readiness() {
  const answer = await fetch(`${server!.url}/readyz`);
  return [answer.status, await answer.json()];
}

async function sluice(...args: string[]): Promise<string> {
  const texts: string[] = [];
  const write = (text: string) => void texts.push(text);
  const environment = { SLUICE_ADMIN_KEY: admin, SLUICE_URL: server?.url ?? "", LENT: "k-lent-0001" };
  await runCommandLine(args, commands, { environment, folder, write, writeError: write });
  return texts.join("");
}

async function until(what: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 5000;
  while (!(await what())) {
    if (performance.now() > end) throw new Error("What was waited for did not happen.");
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

describe("an object that does not fit at a start", () => {
  test("is left out and told everywhere; it and what leans on it come back when it is mended, or go", async () => {
    await start();
    const definition = { type: "openai-compatible", baseUrl: "http://127.0.0.1:9/v1", apiKey: reference("LENT") };
    await ask("POST", "/providers", { name: "local", definition });
    await ask("POST", "/models", { name: "leans", definition: "local/x" });
    await ask("POST", "/models", { name: "both", definition: { targets: ["local/x", "demo/chat"] } });
    await ask("POST", "/models", { name: "good", definition: "demo/chat" });
    expect(await readiness()).toEqual([200, { status: "ready" }]);
    await stop();
    writeFile(whole.replace("LENT, ", ""));
    await start();
    expect((await leftOut()).toSorted()).toEqual(["models.both", "models.leans", "providers.local"]);
    expect(await readiness()).toEqual([200, { status: "ready", degraded: ["objects"] }]);
    expect((await ask("GET", "/health")).body.leftOut).toBe(3);
    expect((await ask("GET", "/providers/local")).body).toMatchObject({ definition, misfit: expect.stringContaining("may not use") });
    expect((await ask("GET", "/models/leans")).body).toMatchObject({
      targets: ["local/x"],
      misfit: expect.stringContaining("no provider"),
    });
    expect((await ask("GET", "/models/good")).body.misfit).toBeNull();
    expect([await chat("leans"), await chat("local/x"), await chat("both"), await chat("good"), await chat("fast")]).toEqual([
      refused,
      refused,
      refused,
      passed,
      passed,
    ]);
    expect(await sluice("diff", "sluice.yaml")).toContain("applied");
    writeFileSync(join(folder, "objects.yaml"), "models: { good: demo/chat }\n");
    expect(await sluice("diff", "objects.yaml")).toContain("! providers.local does not fit and is not served");
    expect(await sluice("plan", "objects.yaml", "--adopt")).toContain("! models.leans does not fit");
    // What else is to be changed can be.
    expect((await ask("POST", "/models", { name: "new", definition: "demo/chat" })).status).toBe(201);
    expect((await ask("POST", "/models", { name: "leans-too", definition: "local/x" })).status).toBe(400);
    expect((await ask("PATCH", "/models/leans", { definition: "local/y" })).status).toBe(400);
    expect((await ask("PATCH", "/models/leans", { definition: "demo/chat" })).body).toMatchObject({ misfit: null });
    expect(await chat("leans")).toEqual(passed);
    expect((await ask("PATCH", "/providers/local", { definition: { apiKey: null } })).body).toMatchObject({ misfit: null });
    expect([await leftOut(), (await chat("both"))[0]]).toEqual([[], 200]);
    expect(await readiness()).toEqual([200, { status: "ready" }]);
  });

  test("can be removed, and what needs nothing of it never noticed", async () => {
    await start();
    await stop();
    await keep("models", "old", { targets: ["demo/chat"], oldOption: true });
    expect(await sluice("check", "sluice.yaml", "--data", "data")).toContain("models.old was made by API and does not fit it");
    await start();
    expect([await leftOut(), await chat("old"), await chat("fast")]).toEqual([["models.old"], refused, passed]);
    expect((await ask("DELETE", "/models/old")).status).toBe(204);
    expect([await leftOut(), (await chat("old"))[0]]).toEqual([[], 404]);
  });

  test("lets nothing through that it restricted: a policy", async () => {
    await start();
    await stop();
    await keep("policies", "words", { use: "deny-words", words: ["secret"], oldOption: 1 });
    await start();
    expect([await chat("fast"), await chat("demo/chat")]).toEqual([refused, refused]);
    expect((await ask("GET", "/policies/words")).body).toMatchObject({ use: "deny-words", misfit: expect.stringContaining("unknown key") });
    expect((await ask("PATCH", "/policies/words", { definition: { oldOption: null } })).status).toBe(200);
    expect(await chat("fast")).toEqual(passed);
  });

  test("lets nothing through that it restricted: a model that has the name of a provider's", async () => {
    await start();
    await stop();
    await keep("models", "demo/chat", { targets: ["demo/chat"], limits: { requestsPerDay: 0, oldLimit: 1 } });
    await start();
    expect([await chat("demo/chat"), await chat("fast"), await chat("demo/other")]).toEqual([refused, passed, passed]);
  });

  test("lets nothing through that it restricted: a price", async () => {
    await start();
    await stop();
    await keep("prices", "demo/ch*", { input: 1, oldRate: 2 });
    await start();
    expect([await chat("demo/chat"), await chat("fast"), await chat("demo/other")]).toEqual([refused, refused, passed]);
  });

  test("lets nothing through that it restricted: a team, and its keys", async () => {
    await start({ TEAM_KEY: "sk-sluice-team-0123456789abcdef0123456789ab" });
    const made = (await ask("POST", "/keys", { name: "bot", team: "old" })).body.key as string;
    await stop();
    await keep("teams", "old", { models: ["fast"], oldOption: 1 });
    await keep("keys", "filed", { team: "old", value: reference("TEAM_KEY") });
    await start({ TEAM_KEY: "sk-sluice-team-0123456789abcdef0123456789ab" });
    expect((await leftOut()).toSorted()).toEqual(["keys.filed", "teams.old"]);
    expect([await chat("demo/other", made), await chat("fast", made), await chat("fast")]).toEqual([refused, refused, passed]);
    const said = await tell("sk-sluice-team-0123456789abcdef0123456789ab");
    expect([said.status, said.text]).toEqual([401, expect.stringContaining('The key \\"filed\\" is known')]);
    expect(await tell("sk-sluice-team-0123456789abcdef0123456789ac")).toMatchObject({
      status: 401,
      text: expect.not.stringContaining("is known"),
    });
    expect((await ask("GET", "/health")).body).toMatchObject({
      leftOut: 2,
      misfits: expect.arrayContaining([{ kind: "keys", name: "filed" }]),
    });
    expect(await sluice("doctor", "--config", "sluice.yaml", "--data", "data")).toMatch(
      /✗ keys\.filed: left out, for it does not fit: .*\n {4}→ Mend it/,
    );
    // Mended, it opens again.
    const teams = { old: { models: ["fast"] } };
    expect(await ask("POST", "/config/apply", { objects: { teams }, adopt: true })).toMatchObject({ status: 200 });
    expect(await chat("fast", "sk-sluice-team-0123456789abcdef0123456789ab")).toEqual(passed);
  });

  test("lets nothing through that it restricted: a provider that stood before the environment's own", async () => {
    const key = { OPENAI_API_KEY: "k-of-the-environment" };
    writeFile("lent: { references: [LENT] }\nmodels: { fast: demo/chat }\n");
    await start(key);
    const definition = { type: "openai", baseUrl: "http://127.0.0.1:9/v1", apiKey: reference("LENT") };
    expect((await ask("POST", "/providers", { name: "openai", definition })).status).toBe(201);
    await stop();
    writeFile("models: { fast: demo/chat }\n");
    await start({ ...key, OPENROUTER_API_KEY: "k-of-another" });
    expect(await leftOut()).toEqual(["providers.openai"]);
    expect([await chat("openai/gpt-5"), await chat("gpt-5"), await chat("fast")]).toEqual([refused, refused, passed]);
  });
});

describe("an object that does not fit a running gateway", () => {
  test("any more, since the file lends it nothing, is left out with what leans on it, and is served again when it does", async () => {
    await start();
    const definition = { type: "openai-compatible", baseUrl: "http://127.0.0.1:9/v1", apiKey: reference("LENT") };
    await ask("POST", "/providers", { name: "local", definition });
    await ask("POST", "/models", { name: "leans", definition: "local/x" });
    writeFile(whole.replace("LENT, ", ""));
    await until(async () => (await leftOut()).length === 2);
    expect(await chat("leans")).toEqual(refused);
    writeFile(whole);
    await until(async () => (await leftOut()).length === 0);
    expect((await chat("leans"))[1]).not.toBe("object_left_out");
  });

  test("of another node keeps nothing else from being served here", async () => {
    await start();
    await keep("models", "theirs", "nowhere/x");
    await keep("models", "later", "demo/chat");
    await until(async () => (await chat("later"))[0] === 200);
    expect([await leftOut(), await chat("theirs")]).toEqual([["models.theirs"], refused]);
  });
});
