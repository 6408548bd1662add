import { afterAll, beforeAll, expect, test } from "bun:test";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { openGateway } from "../../src/gateway/index.ts";
import { isObject, type Json, listOf, objectsOf, parseJson, type RecordedExchange } from "./exchange.ts";
import { loadTranscripts, transcriptsFolder } from "./load.ts";

/**
 * Recorded embeddings and rankings of every provider, asked for by callers of every other form: the vectors and the scores are the
 * recorded ones, number by number. What the recorded answer holds is read here without the gateway's own readers.
 */
type Kind = "embed" | "rerank";

interface Recorded {
  readonly exchange: RecordedExchange;
  readonly kind: Kind;
  /** Type of the gateway's provider, and the model there. */
  readonly provider: string;
  readonly model: string;
  readonly inputs: number;
  readonly numbers: readonly (readonly number[])[];
}

const minuteMs = 60_000;
const key = "sk-sluice-beside-chat-0123456789abcdefghijklmnopq";
const forms: Readonly<Record<Kind, readonly string[]>> = {
  embed: ["openai", "openai base64", "cohere", "gemini", "ollama"],
  rerank: ["cohere", "jina"],
};

let upstream: Server;
let answer: { readonly status: number; readonly body: Uint8Array } | undefined;
let asked: Json | undefined;

beforeAll(async () => {
  upstream = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
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

test(
  "recorded embeddings and rankings reach callers of every form",
  async () => {
    const folder = transcriptsFolder();
    if (folder === undefined) return console.warn("!!! 0 recorded embeddings and rankings checked: no ../shared/data and no SLUICE_DATA");
    const recorded = loadTranscripts(folder).exchanges.flatMap(recordedOf);
    const base = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
    const types = ["openai", "azure", "mistral", "voyage", "cohere", "gemini", "bedrock", "together"];
    const providers = Object.fromEntries(types.map((type) => [type, { type, baseUrl: `${base}/v1`, apiKey: "upstream-key" }]));
    const gateway = await openGateway({ config: { providers, keys: [{ name: "test", value: key }] } });
    const counts = new Map<string, number>();
    const failures: string[] = [];
    try {
      for (const each of recorded) {
        for (const form of forms[each.kind]) {
          // Google's compatible surface takes OpenAI's callers, and that is not what was recorded.
          if (each.provider === "gemini" && form.startsWith("openai")) continue;
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
  if (kind === "rerank") return objectsOf(json.results).map(({ index, relevance_score }) => [Number(index), Number(relevance_score)]);
  if (form === "cohere") return listOf(isObject(json.embeddings) ? json.embeddings.float : json.embeddings).map(numbersOf);
  if (form === "gemini") return objectsOf(json.embeddings).map(({ values }) => numbersOf(values));
  if (form === "ollama") return listOf(json.embeddings).map(numbersOf);
  return objectsOf(json.data).map(({ embedding }) => numbersOf(embedding));
}

function numbersOf(value: unknown): readonly number[] {
  if (typeof value !== "string") return listOf(value).map(Number);
  const bytes = Uint8Array.from(atob(value), (letter) => letter.charCodeAt(0));
  return [...new Float32Array(bytes.buffer)];
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

/** The recorded answers that hold vectors or a ranking, by their shape. */
function recordedOf(exchange: RecordedExchange): readonly Recorded[] {
  if (exchange.answer?.status !== 200) return [];
  const json = parseJson(new TextDecoder().decode(exchange.answer.body));
  if (!isObject(json)) return [];
  const request = exchange.requestJson ?? {};
  const path = decodeURIComponent(exchange.path);
  const model = /\/models?\/([^/]+?)(?:\/invoke|:\w*[eE]mbed\w*)$/.exec(path)?.[1] ?? String(request.model ?? "model");
  const found = (kind: Kind, provider: string, named: string, numbers: readonly (readonly number[])[], inputs = numbers.length) =>
    numbers.length === 0 ? [] : [{ exchange, kind, provider, model: named, inputs, numbers }];
  const ranking = objectsOf(json.results ?? json.data).filter((row) => "relevance_score" in row || "relevanceScore" in row);
  if (ranking.length > 0) {
    const scores = ranking.map(({ index, relevance_score, relevanceScore }) => [Number(index), Number(relevance_score ?? relevanceScore)]);
    const provider =
      exchange.provider === "cohere" || exchange.provider === "together" || exchange.provider === "voyage" ? exchange.provider : "bedrock";
    const documents = Math.max(listOf(request.documents).length, ...scores.map(([index]) => (index ?? 0) + 1));
    return found("rerank", provider, provider === "bedrock" ? "cohere.rerank-v3-5:0" : model, scores, documents);
  }
  const data = objectsOf(json.data).filter((row) => "embedding" in row);
  const provider = exchange.provider === "azure-openai" ? "azure" : exchange.provider;
  const compatible = ["openai", "azure", "mistral", "voyage"].includes(provider) ? provider : "openai";
  if (data.length > 0)
    return found(
      "embed",
      compatible,
      model,
      data.map(({ embedding }) => numbersOf(embedding)),
    );
  if (/:batchEmbedContents$/.test(path))
    return found(
      "embed",
      "gemini",
      model,
      objectsOf(json.embeddings).map(({ values }) => numbersOf(values)),
    );
  if (exchange.provider === "cohere" && isObject(json.embeddings))
    return found("embed", "cohere", model, listOf(json.embeddings.float).map(numbersOf));
  if (exchange.provider !== "bedrock" || !/embed/.test(`${model} ${exchange.file}`)) return [];
  const family = /nova|titan|cohere/.exec(`${model} ${exchange.file}`)?.[0] ?? "titan";
  const named = /embed/.test(model)
    ? model
    : { nova: "amazon.nova-2-multimodal-embeddings-v1:0", titan: "amazon.titan-embed-text-v2:0", cohere: "cohere.embed-english-v3" }[
        family
      ]!;
  if (Array.isArray(json.embedding)) return found("embed", "bedrock", named, [numbersOf(json.embedding)]);
  const rows = listOf(isObject(json.embeddings) ? json.embeddings.float : json.embeddings);
  return found(
    "embed",
    "bedrock",
    named,
    rows.map((row) => numbersOf(isObject(row) ? row.embedding : row)),
  );
}
