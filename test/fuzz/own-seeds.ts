import { type AnswerEvent, Fault, JsonBody, type ModelRequest } from "../../src/exchange/index.ts";
import { dialects } from "../../src/protocols/every-codec.ts";
import { type AnyDialect, collect } from "../../src/protocols/index.ts";
import { cannedAnswer } from "../transcripts/canned.ts";
import { isObject, parseJson } from "../transcripts/exchange.ts";
import { readMessages } from "../transcripts/readers/aws-messages.ts";
import { type Frame, readFrames } from "../transcripts/readers/frames.ts";
import { type JsonSeed, jsonSeed } from "./json-seed.ts";
import { type StreamSeed, streamSeed } from "./mutate-stream.ts";

const turns = [{ role: "user", content: "Hi" }];
const blocks = [{ role: "user", content: [{ text: "Hi" }] }];

/** Small requests of our own, for surfaces that no transcript was recorded of. */
const requests: Readonly<Record<string, readonly object[]>> = {
  "openai-completions": [{ model: "m", prompt: "Hi", max_tokens: 5, stop: ["x"], echo: false, logprobs: 1, stream: true }],
  "ollama-generate": [
    { model: "m", prompt: "Hi", system: "s", images: ["AAAA"], format: "json", options: { num_predict: 5 }, stream: false },
  ],
  "bedrock-invoke": [
    { anthropic_version: "bedrock-2023-05-31", max_tokens: 5, messages: turns },
    { schemaVersion: "messages-v1", messages: blocks, inferenceConfig: { maxTokens: 5 } },
    { messages: turns, max_tokens: 5, temperature: 0.5 },
  ],
  "bedrock-embed": [
    { inputText: "Hi", dimensions: 256 },
    { texts: ["Hi"], input_type: "search_query" },
  ],
  "gemini-embed": [{ content: { parts: [{ text: "Hi" }] }, taskType: "RETRIEVAL_QUERY" }],
  "gemini-batch-embed": [{ requests: [{ model: "models/m", content: { parts: [{ text: "Hi" }] } }] }],
  "jina-rerank": [{ model: "m", query: "q", documents: ["a", { text: "b" }], top_n: 1, return_documents: true }],
  "voyage-rerank": [{ model: "m", query: "q", documents: ["a", "b"], top_k: 1, return_documents: true }],
  "bedrock-rerank": [{ query: "q", documents: ["a", "b"], top_n: 1, api_version: 2 }],
  "openai-moderations": [
    { model: "m", input: ["a", "b"] },
    {
      input: [
        { type: "text", text: "a" },
        { type: "image_url", image_url: { url: "https://a/b.png" } },
      ],
    },
  ],
  "mistral-moderations": [{ model: "m", input: ["a", "b"] }],
  "gemini-count-tokens": [{ contents: [{ role: "user", parts: [{ text: "Hi" }] }] }],
  "bedrock-count-tokens": [
    { input: { converse: { messages: [{ role: "user", content: [{ text: "Hi" }] }] } } },
    { input: { invokeModel: { body: Buffer.from('{"messages":[]}').toString("base64") } } },
  ],
};

export function ownRequests(id: string): JsonSeed[] {
  return (requests[id] ?? []).map((request) => jsonSeed(request));
}

const scores = [{ index: 0, relevance_score: 0.9, document: { text: "a" } }];
const ranked = { id: "1", model: "m", results: scores, usage: { total_tokens: 3 }, meta: { billed_units: { search_units: 1 } } };
const judged = {
  flagged: true,
  categories: { hate: true },
  category_scores: { hate: 0.9 },
  category_applied_input_types: { hate: ["text"] },
};

/** The same of answers. */
const answers: Readonly<Record<string, readonly object[]>> = {
  "bedrock-embed": [{ embedding: [0.5, -0.25], inputTextTokenCount: 3 }],
  "gemini-embed": [{ embedding: { values: [0.5, -0.25] } }],
  "gemini-batch-embed": [{ embeddings: [{ values: [0.5] }] }],
  "jina-rerank": [ranked],
  "voyage-rerank": [{ object: "list", data: scores, model: "m", usage: { total_tokens: 3 } }],
  "bedrock-rerank": [{ results: scores }],
  "openai-moderations": [{ id: "1", model: "m", results: [judged] }],
  "mistral-moderations": [{ id: "1", model: "m", results: [{ categories: { hate: true }, category_scores: { hate: 0.9 } }] }],
};

export function ownAnswers(id: string): JsonSeed[] {
  return (answers[id] ?? []).map((answer) => jsonSeed(answer));
}

/** What the dialect's own writer says of a short answer of each common dialect. */
export function writtenSeeds(dialect: AnyDialect): { answers: JsonSeed[]; streams: StreamSeed[] } {
  const request = readOwn(dialect);
  if (request === undefined) return { answers: [], streams: [] };
  const context = { request, requestId: "req_1", createdAt: 1_700_000_000 };
  const told = (["openai-chat", "openai-responses", "anthropic-messages"] as const).map((id): readonly AnswerEvent[] => {
    return dialects[id].readStream({ depth: "full", stripUsage: false }).read(cannedAnswer(id, true).body).events;
  });
  return {
    answers: told.map((events) => jsonSeed(dialect.writeAnswer(collect(events), context))),
    streams: told.map((events) => streamSeed(framesIn(dialect, Buffer.from(dialect.writeStream(context).write(events) as string)))),
  };
}

function readOwn(dialect: AnyDialect): ModelRequest | undefined {
  for (const { text } of ownRequests(dialect.id)) {
    try {
      const body = JsonBody.scan(Buffer.from(text));
      dialect.checkRequest(body);
      return dialect.readRequest(body, { model: "m", stream: true, header: () => undefined });
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
    }
  }
  return undefined;
}

function framesIn({ framing }: AnyDialect, bytes: Uint8Array): readonly Frame[] {
  const text = new TextDecoder().decode(bytes);
  if (framing === "json-lines")
    return text
      .split("\n")
      .filter(Boolean)
      .map((data) => ({ event: "", data, json: parseJson(data) }));
  return framing === "aws-event-stream" ? readMessages(bytes).map(unwrapped) : readFrames(text);
}

/** A chunk of InvokeModel holds an event of the model's own: that is what is mutated. */
function unwrapped(frame: Frame): Frame {
  if (frame.event !== "chunk" || !isObject(frame.json) || typeof frame.json.bytes !== "string") return frame;
  const data = Buffer.from(frame.json.bytes, "base64").toString();
  return { event: "chunk", data, json: parseJson(data) };
}
