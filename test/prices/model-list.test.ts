import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RunningServer, startServer } from "../../src/server/index.ts";

/** Row C2 of the capabilities: what `GET /v1/models` tells of each target, and prices that change under a running gateway. */
const key = "sk-sluice-model-list-0123456789abcdefghijklmnopq";
const folder = mkdtempSync(join(tmpdir(), "sluice-models-"));
const file = join(folder, "sluice.json");

let upstream: Server;
/** How the upstream answers, by the model that it is asked for. */
const answers = new Map<string, { status: number; headers?: Record<string, string> }>();
let server: RunningServer;

interface Listed {
  readonly id: string;
  readonly owned_by: string;
  readonly sluice: {
    readonly status: string;
    readonly price: Record<string, number>;
    readonly providers: Record<string, unknown>[];
  } & Record<string, unknown>;
}

beforeAll(async () => {
  upstream = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { model } = JSON.parse(Buffer.concat(chunks).toString()) as { model: string };
      const { status, headers } = answers.get(model) ?? { status: 200 };
      const message = { role: "assistant", content: "Yes." };
      const usage = { prompt_tokens: 1000, completion_tokens: 1, total_tokens: 1001 };
      const good = {
        id: "c",
        object: "chat.completion",
        created: 1,
        model,
        choices: [{ index: 0, message, finish_reason: "stop" }],
        usage,
      };
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(JSON.stringify(status < 400 ? good : { error: { message: "no", type: "error", code: null } }));
    });
  });
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  writeConfig(2);
  server = await startServer({ env: {}, configPath: file, dataDir: join(folder, "data"), port: 0 });
});
afterAll(async () => {
  await server.close();
  upstream.close();
  upstream.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

function writeConfig(inputPrice: number): void {
  const baseUrl = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}/v1`;
  const config = {
    providers: {
      one: { type: "openai", baseUrl, apiKey: "key-one-of-the-test", region: "eu", zeroDataRetention: true, models: ["gpt-5-mini"] },
      two: { type: "openai-compatible", baseUrl, apiKey: "key-two-of-the-test", retries: 0 },
    },
    models: {
      smart: { targets: ["one/gpt-5-mini", "two/busy", "two/locked"] },
      busy: "two/busy",
      locked: { targets: ["two/locked"], retries: 0 },
    },
    keys: [{ name: "test", value: key }],
    prices: { "two/*": { input: inputPrice, output: 8, search: 0.002 } },
    drainSeconds: 0,
  };
  writeFileSync(file, JSON.stringify(config));
}

async function get(path: string): Promise<unknown> {
  const answer = await fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${key}` } });
  return answer.json();
}

function chat(model: string): Promise<Response> {
  const body = JSON.stringify({ model, messages: [{ role: "user", content: "Well?" }] });
  return fetch(`${server.url}/v1/chat/completions`, { method: "POST", headers: { authorization: `Bearer ${key}` }, body });
}

test("a model's line tells its providers, context, modalities, price, status, region and retention", async () => {
  const { data } = (await get("/v1/models")) as { data: Listed[] };
  expect(data.map(({ id }) => id)).toEqual(["smart", "busy", "locked", "one/gpt-5-mini"]);
  const smart = data[0] as Listed;
  expect(smart.owned_by).toBe("one");
  expect(smart.sluice).toMatchObject({
    targets: ["one/gpt-5-mini", "two/busy", "two/locked"],
    status: "usable",
    contextTokens: expect.any(Number),
    inputs: expect.arrayContaining(["text", "image"]),
    outputs: ["text"],
    price: { input: 0.25, output: 2 },
  });
  const [first, second] = smart.sluice.providers;
  expect(first).toMatchObject({
    target: "one/gpt-5-mini",
    provider: "one",
    status: "usable",
    region: "eu",
    zeroDataRetention: true,
    contextTokens: smart.sluice.contextTokens,
    inputs: smart.sluice.inputs,
    price: { input: 0.25 },
  });
  expect(second).toEqual({ target: "two/busy", provider: "two", status: "usable", price: { input: 2, output: 8, search: 0.002 } });
  expect(await get("/v1/models/smart")).toEqual(smart);
});

test("a target that rests and one that refused the gateway's credential say so, until they answer again", async () => {
  answers.set("busy", { status: 429, headers: { "retry-after": "120" } });
  answers.set("locked", { status: 401 });
  expect([(await chat("busy")).status, (await chat("locked")).status]).toEqual([429, 502]);
  const of = async (id: string) => ((await get(`/v1/models/${id}`)) as Listed).sluice;
  const busy = await of("busy");
  expect(busy).toMatchObject({ status: "cooling down", providers: [{ status: "cooling down" }] });
  expect(busy.providers[0]?.retryInSeconds).toBeWithin(100, 121);
  expect(await of("locked")).toMatchObject({
    status: "credential refused",
    providers: [{ target: "two/locked", status: "credential refused" }],
  });
  expect((await of("smart")).providers.map(({ status }) => status)).toEqual(["usable", "cooling down", "credential refused"]);
  expect(await of("smart")).toMatchObject({ status: "usable" });
  answers.clear();
  expect((await chat("locked")).status).toBe(200);
  expect(await of("locked")).toMatchObject({ status: "usable" });
});

test("a changed price changes the cost of the next request, and what is listed", async () => {
  const cost = async () => Number((await chat("locked")).headers.get("x-sluice-cost-usd"));
  const price = async () => ((await get("/v1/models/locked")) as Listed).sluice.price.input;
  expect([await cost(), await price()]).toEqual([0.002008, 2]);
  writeConfig(3.5);
  for (let looks = 0; (await price()) !== 3.5 && looks < 100; looks++) await Bun.sleep(50);
  expect([await cost(), await price()]).toEqual([0.003508, 3.5]);
});

test("new credentials are tried at once", async () => {
  answers.set("locked", { status: 401 });
  for (let calls = 0; calls < 5; calls++) await chat("locked");
  const status = async () => ((await get("/v1/models/locked")) as Listed).sluice.status;
  expect(await status()).toBe("credential refused");
  expect((await chat("locked")).headers.get("retry-after")).not.toBeNull();
  answers.clear();
  writeConfig(4);
  for (let looks = 0; (await status()) !== "usable" && looks < 100; looks++) await Bun.sleep(50);
  expect((await chat("locked")).status).toBe(200);
});
