import { afterAll, beforeAll, expect, test } from "bun:test";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { openGateway } from "../../src/gateway/index.ts";
import { type Kind, numbersOf, type Recorded, recordedOf, scoresOf } from "./beside-recordings.ts";
import { isObject, type Json, listOf, objectsOf, parseJson } from "./exchange.ts";
import { sources } from "./suites.ts";

const minuteMs = 60_000;
const key = "sk-sluice-beside-chat-0123456789abcdefghijklmnopq";
const forms: Readonly<Record<Kind, readonly string[]>> = {
  embed: ["openai", "openai base64", "cohere", "gemini", "ollama"],
  rerank: ["cohere", "jina"],
  moderate: ["openai"],
};

let upstream: Server;
let answer: { readonly status: number; readonly body: Uint8Array } | undefined;
let asked: Json | undefined;

beforeAll(async () => {
  upstream = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      // watsonx.ai's key is exchanged first.
      if (request.url === "/identity/token") return response.end('{"access_token":"a-token","expires_in":3600}');
      const json = parseJson(Buffer.concat(chunks).toString());
      asked = isObject(json) ? json : undefined;
      response.writeHead(answer?.status ?? 500, { "content-type": "application/json" }).end(answer?.body ?? "");
    });
  });
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  upstream.close();
  upstream.closeAllConnections();
});

/** A project's in the clouds that have some. */
const placed = { project: "p", region: "global" };
const types = [
  "openai",
  "azure",
  "mistral",
  "voyage",
  "cohere",
  "gemini",
  "bedrock",
  "together",
  "jina",
  "ollama",
  "vertex",
  "watsonx",
  "deepinfra",
];

/**
 * Recorded embeddings, rankings and moderations of every provider, asked for by callers of every other form: the vectors and the
 * scores are the recorded ones, number by number.
 */
for (const source of sources()) {
  test(
    `embeddings, rankings and moderations reach callers of every form: ${source.name}`,
    async () => {
      const recorded = source.recordings.exchanges.flatMap(recordedOf);
      const base = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
      const providers = Object.fromEntries(
        types.map((type) => [type, { type, baseUrl: `${base}/v1`, apiKey: "upstream-key", ...(type === "vertex" && placed) }]),
      );
      const gateway = await openGateway({
        env: { WATSONX_AI_AUTH_URL: base },
        config: { providers, keys: [{ name: "test", value: key }] },
      });
      const counts = new Map<string, number>();
      const failures: string[] = [];
      try {
        for (const each of recorded) {
          for (const form of forms[each.kind]) {
            // The compatible surfaces of these two take OpenAI's callers, and that is not what was recorded.
            if (/^(gemini|ollama)$/.test(each.provider) && form.startsWith("openai")) continue;
            const problem = await check(gateway, each, form);
            if (problem !== undefined) failures.push(`${each.exchange.id} → ${form}: ${problem}`);
            const name = `${each.kind} ${each.provider} → ${form}`;
            counts.set(name, (counts.get(name) ?? 0) + 1);
          }
        }
      } finally {
        await gateway.close();
      }
      console.log([...counts].map(([name, count]) => `${count}\t${name}`).join("\n"));
      expect(failures).toEqual([]);
      expect(counts.size).toBeGreaterThan(25);
    },
    minuteMs,
  );
}

async function check(gateway: Awaited<ReturnType<typeof openGateway>>, recorded: Recorded, form: string): Promise<string | undefined> {
  const question = questionOf(recorded, form);
  answer = recorded.exchange.answer;
  asked = undefined;
  const reply = await gateway.fetch(
    new Request(`http://127.0.0.1${question.path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify(question.body),
    }),
  );
  const text = await reply.text();
  const single = recorded.provider === "bedrock" && !/cohere/.test(recorded.model) && recorded.inputs > 1;
  if (single) return reply.status === 400 && text.includes("one embedding at a time") ? undefined : `not refused: ${text.slice(0, 200)}`;
  if (reply.status !== 200) return `${reply.status} ${text.slice(0, 300)}`;
  if (asked === undefined) return "nothing reached the upstream";
  const numbers = told(form, recorded.kind, JSON.parse(text) as Json);
  return same(numbers, recorded.numbers)
    ? undefined
    : `${JSON.stringify(numbers).slice(0, 100)} is not ${JSON.stringify(recorded.numbers).slice(0, 100)}`;
}

function questionOf({ provider, model, inputs, kind }: Recorded, form: string): { path: string; body: Json } {
  const name = `${provider}/${model}`;
  const texts = Array.from({ length: inputs }, (_, at) => `text ${at}`);
  if (kind === "moderate") return { path: "/v1/moderations", body: { model: name, input: texts } };
  if (kind === "rerank")
    return { path: form === "cohere" ? "/v2/rerank" : "/v1/rerank", body: { model: name, query: "q", documents: texts } };
  if (form === "cohere") return { path: "/v2/embed", body: { model: name, texts, input_type: "search_query", embedding_types: ["float"] } };
  if (form === "ollama") return { path: "/api/embed", body: { model: name, input: texts } };
  if (form === "gemini") {
    const requests = texts.map((text) => ({ model: name, content: { parts: [{ text }] }, taskType: "RETRIEVAL_QUERY" }));
    return { path: `/v1beta/models/${encodeURIComponent(name)}:batchEmbedContents`, body: { requests } };
  }
  return { path: "/v1/embeddings", body: { model: name, input: texts, ...(form === "openai base64" && { encoding_format: "base64" }) } };
}

/** What a caller of this form reads in its answer. */
function told(form: string, kind: Kind, json: Json): readonly (readonly number[])[] {
  if (kind === "moderate") return objectsOf(json.results).map(scoresOf);
  if (kind === "rerank") return objectsOf(json.results).map(({ index, relevance_score }) => [Number(index), Number(relevance_score)]);
  if (form === "cohere") return listOf(isObject(json.embeddings) ? json.embeddings.float : json.embeddings).map(numbersOf);
  if (form === "gemini") return objectsOf(json.embeddings).map(({ values }) => numbersOf(values));
  if (form === "ollama") return listOf(json.embeddings).map(numbersOf);
  return objectsOf(json.data).map(({ embedding }) => numbersOf(embedding));
}

/** Base64 holds 32-bit numbers: what went through it is as exact as that. */
function same(one: readonly (readonly number[])[], other: readonly (readonly number[])[]): boolean {
  const near = (a: number, b: number) => a === b || Math.fround(a) === Math.fround(b);
  return (
    one.length === other.length &&
    one.length > 0 &&
    one.every(
      (row, at) =>
        row.length === other[at]?.length && row.length > 0 && row.every((number, place) => near(number, other[at]?.[place] ?? NaN)),
    )
  );
}
