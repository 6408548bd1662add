import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Config, ConfigError, readConfig } from "../../src/config/index.ts";
import { type OpenedGateway, openGateway } from "../../src/gateway/index.ts";
import type { RouteRow } from "../../src/gateway/routes.ts";
import { policies } from "../../src/policies/index.ts";
import { type OpenedVault, openVault } from "../../src/secrets/index.ts";
import { backUp, restore } from "../../src/storage/index.ts";
import { startCountingUpstream } from "../limits/counting-upstream.ts";
import { modelRows, requestFor, shapesOf } from "../limits/endpoint-requests.ts";
import { readBodies } from "./kept-bodies.ts";

// Made from the route table: what every endpoint is asked, and what it answers in every shape, is read back byte for byte.

const value = "sk-sluice-bodies-0123456789abcdef0123456789abcdef";
const upstream = await startCountingUpstream();
const folder = mkdtempSync(join(tmpdir(), "sluice-bodies-"));
let vault: OpenedVault;
let gateway: OpenedGateway;
let config: Config;

beforeAll(async () => {
  vault = await openVault({ folder, env: {}, guards: {} });
  const place = { baseUrl: upstream.url, apiKey: "k" };
  const document = {
    providers: {
      up: { type: "openai", ...place },
      chats: { type: "openai-compatible", ...place },
      ranks: { type: "jina", ...place },
      demo: {},
    },
    keys: [{ name: "a", value }],
    models: { secret: "chats/m" },
    records: { bodies: { maxBytes: 4096, never: { models: ["secret"] } } },
  };
  const read = await readConfig(JSON.stringify(document), "config", { environment: {}, policies });
  if (read.issues) throw new ConfigError(read.issues);
  config = read.config;
  gateway = await openGateway({ folder, bodySeals: vault.bodySeals, config });
});
afterAll(async () => {
  await gateway.close();
  vault.close();
  upstream.close();
  rmSync(folder, { recursive: true });
});

async function ask(path: string, type: string, body: Uint8Array<ArrayBuffer>, row: Pick<RouteRow, "method"> = { method: "POST" }) {
  const headers = { authorization: `Bearer ${value}`, "content-type": type };
  const answer = await gateway.fetch(new Request(`http://127.0.0.1${path}`, { method: row.method, headers, body }));
  const bytes = new Uint8Array(await answer.arrayBuffer());
  return {
    status: answer.status,
    type: answer.headers.get("content-type") ?? "",
    bytes,
    id: answer.headers.get("x-sluice-request-id") ?? "",
  };
}

async function kept(id: string) {
  await gateway.storage.drain();
  const record = await gateway.storage.records.record(id);
  if (!record) throw new Error(`There is no record of ${id}.`);
  return { record, body: await gateway.bodies?.read(record) };
}

const bytesOf = (body: string) => Uint8Array.from(Buffer.from(body));
const chat = (content: string, model = "chats/m", more: object = {}) =>
  bytesOf(JSON.stringify({ model, max_tokens: 5, messages: [{ role: "user", content }], ...more }));

describe("what was asked and answered is kept as it was", () => {
  for (const row of modelRows)
    for (const shape of shapesOf(row))
      test(`${row.name}, ${shape}`, async () => {
        const { path, body } = requestFor(row, shape);
        const sent = new Response(body);
        const type = typeof body === "string" ? "application/json" : (sent.headers.get("content-type") ?? "");
        const request = new Uint8Array(await sent.arrayBuffer());
        const told = await ask(path, type, request, row);
        expect(told.status).toBe(200);
        const { record, body: found } = await kept(told.id);
        expect(record.detail.body).toEqual({ kept: true });
        const cut = request.length > 4096;
        expect(found?.request).toMatchObject({ type, length: request.length, truncated: cut });
        expect(Buffer.from(found?.request.bytes ?? []).equals(request.subarray(0, 4096))).toBe(true);
        expect(found?.answer).toMatchObject({ status: 200, type: told.type, length: told.bytes.length, truncated: false, whole: true });
        expect(Buffer.from(found?.answer.bytes ?? []).equals(told.bytes)).toBe(true);
      });
});

test("errors are kept as the caller got them", async () => {
  const told = await ask("/v1/messages", "application/json", bytesOf('{"model":"nobody/knows","max_tokens":5,"messages":[]}'));
  expect(told.status).toBe(404);
  const { body } = await kept(told.id);
  expect([body?.answer.status, Buffer.from(body?.answer.bytes ?? []).equals(told.bytes)]).toEqual([404, true]);
});

test("who is not let in leaves nothing", async () => {
  const answer = await gateway.fetch(
    new Request("http://127.0.0.1/v1/messages", { method: "POST", headers: { authorization: "Bearer sk-unknown" }, body: "a secret" }),
  );
  await answer.text();
  const { record, body } = await kept(answer.headers.get("x-sluice-request-id") ?? "");
  expect([record.fault, record.detail.body, body]).toEqual(["credentials_unknown", undefined, undefined]);
});

test("what is longer than the config says is cut, and says so", async () => {
  const request = chat("é".repeat(10_000));
  const { id, status } = await ask("/v1/chat/completions", "application/json", request);
  expect(status).toBe(200);
  const { body } = await kept(id);
  expect(body?.request).toMatchObject({ length: request.length, truncated: true });
  expect(Buffer.from(body?.request.bytes ?? []).equals(request.subarray(0, 4096))).toBe(true);
});

test("a model that the config leaves out leaves nothing, and its record says nothing of bodies", async () => {
  const { id, status } = await ask("/v1/chat/completions", "application/json", chat("Hi", "secret"));
  expect(status).toBe(200);
  const { record, body } = await kept(id);
  expect([record.detail.body, body]).toEqual([undefined, undefined]);
});

test("a caller that leaves in the middle of a stream leaves what it got until then, and that it was not all", async () => {
  const headers = { authorization: `Bearer ${value}`, "content-type": "application/json" };
  const body = chat("Count to a thousand.", "demo/chat", { stream: true, max_tokens: 500 });
  const answer = await gateway.fetch(new Request("http://127.0.0.1/v1/chat/completions", { method: "POST", headers, body }));
  const reader = answer.body?.getReader();
  const first = (await reader?.read())?.value ?? new Uint8Array(0);
  await reader?.cancel();
  const found = await until(() => kept(answer.headers.get("x-sluice-request-id") ?? ""));
  expect(found.record.outcome).toBe("cancelled");
  expect(found.body?.answer).toMatchObject({ status: 200, whole: false });
  expect(
    Buffer.from(found.body?.answer.bytes ?? [])
      .subarray(0, first.length)
      .equals(first),
  ).toBe(true);
});

test("the config decides anew at each reload", async () => {
  const { body: before } = await kept((await ask("/v1/chat/completions", "application/json", chat("Hi"))).id);
  expect(before).toBeDefined();
  gateway.reload({ ...config, records: {} });
  const off = await kept((await ask("/v1/chat/completions", "application/json", chat("Hi"))).id);
  expect([off.record.detail.body, off.body]).toEqual([undefined, undefined]);
  gateway.reload({ ...config, records: { bodies: { only: { keys: ["a"], endpoints: ["chat.*"] } } } });
  expect((await kept((await ask("/v1/chat/completions", "application/json", chat("Hi"))).id)).body).toBeDefined();
  const { id } = await ask("/v1/embeddings", "application/json", bytesOf('{"model":"up/m","input":"Hi"}'));
  expect((await kept(id)).body).toBeUndefined();
});

test("a backup holds them sealed, with the keys that open them", async () => {
  const told = await ask("/v1/chat/completions", "application/json", chat("Is it in the backup?"));
  expect((await kept(told.id)).body).toBeDefined();
  const elsewhere = mkdtempSync(join(tmpdir(), "sluice-bodies-restored-"));
  try {
    const file = join(elsewhere, "backup.tar");
    await backUp(folder, file);
    expect(readFileSync(file).includes("Is it in the backup?")).toBe(false);
    await restore(file, join(elsewhere, "data"));
    const { whole, unopened } = await readBodies(join(elsewhere, "data"));
    expect([Buffer.from(whole.get(told.id)?.answer.bytes ?? []).equals(told.bytes), unopened]).toEqual([true, []]);
  } finally {
    rmSync(elsewhere, { recursive: true });
  }
});

/** A record is there once the exchange has settled. */
async function until<T>(look: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await look();
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
