import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunningServer } from "../running-server.ts";
import { startServer } from "../start-server.ts";

const admin = "sk-sluice-admin-0123456789abcdef0123456789abcdef0123";
const canary = "k-canary-91c4e7d2";
const reference = (name: string) => `$${"{"}${name}}`;
const env = {
  SLUICE_ADMIN_KEY: admin,
  SLUICE_LOG: "error",
  UPSTREAM_KEY: canary,
  AZURE_OPENAI_API_KEY: canary,
  AWS_BEARER_TOKEN_BEDROCK: canary,
  DATABRICKS_TOKEN: canary,
  LENT_A: "k-lent-a-0001",
};
let folder: string;
let running: RunningServer[] = [];
/** Whoever makes providers, as the address that they name: all that reached it. */
let taken: string[];
let attacker: ReturnType<typeof Bun.serve>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-lent-"));
  writeFileSync(join(folder, "secret"), canary);
  taken = [];
  attacker = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      taken.push(JSON.stringify([...request.headers]));
      await request.text();
      return Response.json({
        id: "x",
        object: "chat.completion",
        model: "m",
        choices: [{ index: 0, message: { role: "assistant", content: "hi" }, finish_reason: "stop" }],
      });
    },
  });
});
afterEach(async () => {
  for (const server of running) await server.close();
  running = [];
  await attacker.stop(true);
  rmSync(folder, { recursive: true });
});

async function start(lent?: object): Promise<RunningServer> {
  const configPath = join(folder, "sluice.json");
  const secrets = { mounted: { type: "files", folder } };
  writeFileSync(configPath, JSON.stringify({ secrets, providers: { demo: {} }, models: { own: "demo/chat" }, ...(lent && { lent }) }));
  const server = await startServer({ dataDir: join(folder, "data"), port: 0, host: "127.0.0.1", env, configPath });
  running.push(server);
  return server;
}

async function ask(server: RunningServer, method: string, path: string, body?: unknown) {
  const answer = await fetch(`${server.url}/admin/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${admin}` },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, text: await answer.text() };
}

/** What would carry a secret of the gateway to an address of the provider's maker. */
function thefts() {
  const baseUrl = `http://127.0.0.1:${attacker.port}/v1`;
  const own = { type: "openai-compatible", baseUrl };
  return {
    variable: { ...own, apiKey: reference("UPSTREAM_KEY") },
    "unset variable": { ...own, apiKey: reference("NOT_SET_ANYWHERE") },
    "one of several": { ...own, apiKeys: [reference("vault:mine"), { key: reference("UPSTREAM_KEY") }] },
    "joined with another": { ...own, apiKey: `${reference("LENT_A")}:${reference("UPSTREAM_KEY")}` },
    header: { ...own, headers: { "x-note": `a ${reference("UPSTREAM_KEY")}` } },
    "secret header": { ...own, headers: { authorization: `Bearer ${reference("UPSTREAM_KEY")}` } },
    store: { ...own, apiKey: reference("mounted:secret") },
    "unknown in a store": { ...own, apiKey: reference("mounted:no-such-file") },
    "the environment's own key": { type: "azure", baseUrl },
    "the environment's own key again": { type: "databricks", baseUrl },
    "a token for Amazon": { type: "bedrock", baseUrl },
    "an address as a region": { type: "bedrock-mantle", region: baseUrl },
    "the machine's identity at Google": { type: "vertex", baseUrl, project: "p" },
    "metadata of the machine": { type: "vertex", baseUrl, project: "p", credential: { from: "metadata" } },
    "the identity at Microsoft": { type: "azure", baseUrl, credential: { from: "default" } },
    "a secret of Microsoft's": {
      type: "azure",
      baseUrl,
      credential: { from: "client-secret", tenant: "t", clientId: "c", clientSecret: reference("UPSTREAM_KEY") },
    },
  };
}

test("no object made elsewhere carries a secret of the gateway to an address of its maker's", async () => {
  const server = await start({ references: ["LENT_A", "vault:*"] });
  await ask(server, "POST", "/credentials", { name: "mine", value: "k-of-the-vault-0001" });
  for (const [how, definition] of Object.entries(thefts())) {
    const objects = { providers: { thief: definition }, models: { steal: "thief/m" } };
    for (const [method, path, body] of [
      ["POST", "/providers", { name: "thief", definition }],
      ["POST", "/providers?dryRun=true", { name: "thief", definition }],
      ["POST", "/config/apply", { objects }],
      ["POST", "/config/apply?dryRun=true", { objects }],
    ] as const) {
      const { status, text } = await ask(server, method, path, body);
      expect([how, path, status]).toEqual([how, path, 400]);
      expect(text).not.toContain(canary);
      expect(text).not.toMatch(/is not set|no such file|there is no secret/i);
    }
  }
  const key = { name: "bot", value: reference("UPSTREAM_KEY") };
  expect((await ask(server, "POST", "/config/apply", { objects: { keys: [key] } })).status).toBe(400);
  expect((await ask(server, "GET", "/versions")).text).not.toContain("thief");
  expect(taken).toEqual([]);
});

test("what the file lends is used, and no more: a glob of variables covers no store, one of a store no path out of it", async () => {
  const server = await start({ references: ["LENT_*", "mounted:sec*"] });
  const own = { type: "openai-compatible", baseUrl: `http://127.0.0.1:${attacker.port}/v1` };
  const made = (apiKey: string) => ask(server, "POST", "/providers?dryRun=true", { name: "p", definition: { ...own, apiKey } });
  for (const good of ["LENT_A", "mounted:secret"]) expect([good, (await made(reference(good))).status]).toEqual([good, 201]);
  for (const bad of ["mounted:sec/../secret", "mounted:sec%2e%2e", "LENT_A:x", "vault:mine", "XLENT_A"])
    expect([bad, (await made(reference(bad))).status]).toEqual([bad, 400]);
  await ask(server, "POST", "/config/apply", {
    objects: { providers: { p: { ...own, apiKey: reference("LENT_A") } }, models: { m: "p/m" } },
  });
  const answer = await fetch(`${server.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${server.firstKeys?.virtual}` },
    body: JSON.stringify({ model: "m", messages: [{ role: "user", content: "hello" }] }),
  });
  expect([answer.status, taken.length]).toEqual([200, 1]);
  expect(taken[0]).toContain("Bearer k-lent-a-0001");
});

test("what is not lent any more is not served again: not by a rollback, and not by a start", async () => {
  const server = await start({ references: ["LENT_A"] });
  const definition = { type: "openai-compatible", baseUrl: `http://127.0.0.1:${attacker.port}/v1`, apiKey: reference("LENT_A") };
  expect((await ask(server, "POST", "/providers", { name: "p", definition })).status).toBe(201);
  expect((await ask(server, "DELETE", "/providers/p")).status).toBe(204);
  await server.close();
  running = [];
  const strict = await start({ references: [] });
  expect((await ask(strict, "POST", "/versions/1/rollback", {})).status).toBe(400);
  expect((await ask(strict, "GET", "/providers/p")).status).toBe(404);
  await strict.close();
  running = [];
  const lending = await start({ references: ["LENT_A"] });
  expect((await ask(lending, "POST", "/versions/1/rollback", {})).status).toBe(200);
  await lending.close();
  running = [];
  const strictAgain = await start();
  expect((await ask(strictAgain, "GET", "/providers/p")).text).toContain("may not use");
  const answer = await fetch(`${strictAgain.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${lending.firstKeys?.virtual ?? server.firstKeys?.virtual}` },
    body: JSON.stringify({ model: "p/m", messages: [{ role: "user", content: "hello" }] }),
  });
  expect([answer.status, taken]).toEqual([503, []]);
});
