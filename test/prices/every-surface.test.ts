import { afterAll, beforeAll, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type OpenedGateway, openGateway } from "../../src/gateway/index.ts";
import type { SettledRecord } from "../../src/storage/index.ts";

/**
 * Every surface beside chat is metered and priced in its own units: each committed fixture is answered once, and what the ledger
 * holds is compared with what was worked out by hand from the provider's price list.
 */
const key = "sk-sluice-every-surface-0123456789abcdefghijklmno";
const fixtures = join(import.meta.dirname, "../fixtures");

interface Fixture {
  readonly provider: string;
  readonly url: string;
  readonly request: Readonly<Record<string, unknown>>;
  readonly answer: unknown;
}

let upstream: ReturnType<typeof Bun.serve>;
let answer: unknown;
let opened: OpenedGateway;

beforeAll(async () => {
  upstream = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request) => Response.json(request.url.endsWith("/identity/token") ? { access_token: "a-token", expires_in: 3600 } : answer),
  });
  const base = `http://127.0.0.1:${upstream.port}`;
  const types = ["openai", "mistral", "cohere", "jina", "voyage", "bedrock", "gemini", "ollama", "watsonx", "vertex", "deepinfra"];
  const placed = { project: "p", region: "global" };
  const providers = Object.fromEntries(
    types.map((type) => [type, { type, baseUrl: `${base}/v1`, apiKey: "upstream-key", ...(type === "vertex" && placed) }]),
  );
  opened = await openGateway({ env: { WATSONX_AI_AUTH_URL: base }, config: { providers, keys: [{ name: "test", value: key }] } });
});
afterAll(async () => {
  await opened.close();
  await upstream.stop(true);
});

async function settled(path: string, body: unknown): Promise<SettledRecord> {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const reply = await opened.fetch(new Request(`http://127.0.0.1${path}`, { method: "POST", headers, body: JSON.stringify(body) }));
  expect([path, reply.status, reply.status === 200 ? "" : await reply.text()]).toEqual([path, 200, ""]);
  await reply.arrayBuffer();
  await opened.storage.drain();
  const record = await opened.storage.records.record(reply.headers.get("x-sluice-request-id") ?? "");
  if (!record) throw new Error("The ledger holds no record.");
  return record;
}

function fixture(name: string): Fixture {
  return JSON.parse(readFileSync(join(fixtures, name, "whole.json"), "utf8")) as Fixture;
}

const texts = ["fjord", "river"];
const rank = { query: "Which of these is water?", documents: ["a fjord", "a stone", "a river"] };

interface Case {
  readonly fixture: string;
  readonly path: string;
  readonly model: string;
  readonly body: object;
  readonly usage: object;
  /** Nano-dollars; undefined where nobody publishes a price. */
  readonly cost?: number;
}

const cases: readonly Case[] = [
  // 4 tokens at $0.02 a million.
  {
    fixture: "openai-embeddings",
    path: "/v1/embeddings",
    model: "openai/text-embedding-3-small",
    body: { input: texts },
    usage: { inputUncached: 4 },
    cost: 80,
  },
  // 4 tokens at $0.12 a million.
  {
    fixture: "cohere-embed",
    path: "/v1/embeddings",
    model: "cohere/embed-v4.0",
    body: { input: texts },
    usage: { inputUncached: 4 },
    cost: 480,
  },
  // 3 tokens at $0.02 a million.
  {
    fixture: "bedrock-embed",
    path: "/v1/embeddings",
    model: "bedrock/amazon.titan-embed-text-v2:0",
    body: { input: "fjord" },
    usage: { inputUncached: 3 },
    cost: 60,
  },
  // Twice 2 tokens at $0.10 a million.
  {
    fixture: "vertex-embed",
    path: "/v1/embeddings",
    model: "vertex/text-embedding-005",
    body: { input: texts },
    usage: { inputUncached: 4 },
    cost: 400,
  },
  {
    fixture: "watsonx-embed",
    path: "/v1/embeddings",
    model: "watsonx/ibm/granite-embedding-278m-multilingual",
    body: { input: texts },
    usage: { inputUncached: 6 },
  },
  {
    fixture: "ollama-embed",
    path: "/api/embed",
    model: "ollama/embeddinggemma",
    body: { input: texts },
    usage: { inputUncached: 4 },
  },
  // A search at $2 a thousand.
  {
    fixture: "cohere-rerank",
    path: "/v2/rerank",
    model: "cohere/rerank-v3.5",
    body: rank,
    usage: { units: { search: 1 } },
    cost: 2_000_000,
  },
  {
    fixture: "bedrock-rerank",
    path: "/v1/rerank",
    model: "bedrock/cohere.rerank-v3-5:0",
    body: rank,
    usage: { units: { search: 1 } },
    cost: 2_000_000,
  },
  // 150 documents are two searches of a hundred.
  {
    fixture: "bedrock-rerank",
    path: "/v2/rerank",
    model: "bedrock/cohere.rerank-v3-5:0",
    body: { query: "q", documents: Array(150).fill("d") },
    usage: { units: { search: 2 } },
    cost: 4_000_000,
  },
  // 31 tokens at $0.05 a million.
  {
    fixture: "jina-rerank",
    path: "/v1/rerank",
    model: "jina/jina-reranker-v2-base-multilingual",
    body: rank,
    usage: { inputUncached: 31 },
    cost: 1550,
  },
  // 26 tokens at $0.05 a million.
  { fixture: "voyage-rerank", path: "/v2/rerank", model: "voyage/rerank-2.5", body: rank, usage: { inputUncached: 26 }, cost: 1300 },
  {
    fixture: "deepinfra-rerank",
    path: "/v2/rerank",
    model: "deepinfra/Qwen/Qwen3-Reranker-8B",
    body: rank,
    usage: { inputUncached: 42 },
  },
  {
    fixture: "watsonx-rerank",
    path: "/v1/rerank",
    model: "watsonx/cross-encoder/ms-marco-minilm-l-12-v2",
    body: rank,
    usage: { inputUncached: 34 },
  },
  // 4 tokens at $1.50 and 10 at $2 a million.
  {
    fixture: "openai-completions",
    path: "/v1/completions",
    model: "openai/gpt-3.5-turbo-instruct",
    body: { prompt: "A fjord is", max_tokens: 16 },
    usage: { inputUncached: 4, output: 10 },
    cost: 26_000,
  },
  {
    fixture: "mistral-moderations",
    path: "/v1/moderations",
    model: "mistral/mistral-moderation-latest",
    body: { input: "I will break his arm." },
    usage: { inputUncached: 9 },
  },
];

test.each(cases)(
  "$fixture through $path is metered as it was reported, and priced",
  async ({ fixture: name, path, model, body, usage, cost }) => {
    answer = fixture(name).answer;
    const record = await settled(path, { model, ...body });
    expect(record.usage).toMatchObject({ source: "reported", ...usage });
    expect(record.costNanos).toBe(cost);
  },
);

test("where nothing is reported the input is estimated; moderation at OpenAI is free, and not unpriced", async () => {
  const batched = fixture("gemini-batch-embed");
  answer = batched.answer;
  const path = `/v1beta/models/${encodeURIComponent("gemini/gemini-embedding-001")}:batchEmbedContents`;
  const batch = await settled(path, batched.request);
  expect(batch.usage).toMatchObject({ source: "estimated", output: 0 });
  expect(batch.costNanos).toBeGreaterThan(0);
  answer = fixture("openai-moderations").answer;
  const moderated = await settled("/v1/moderations", { model: "openai/omni-moderation-latest", input: "I will break his arm." });
  expect(moderated.costNanos).toBe(0);
});
