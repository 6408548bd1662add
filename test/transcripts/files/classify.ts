import {
  answersInBytes,
  type Dialect,
  fileOfForm,
  isObject,
  type Json,
  objectsOf,
  parseJson,
  type RawExchange,
  type RecordedAnswer,
  type RecordedExchange,
  textOf,
  wrappedMessages,
} from "../exchange.ts";
import { framesOf, readFrames } from "../readers/frames.ts";
import { fieldsIn, partsOf } from "./form-parts.ts";

const decoder = new TextDecoder();

export interface IndexLine {
  readonly file: string;
  readonly provider: string;
  readonly apis: readonly string[];
  readonly kind: string;
}

const providersByHost: readonly (readonly [RegExp, string])[] = [
  [/(^|\.)api\.openai\.com$/, "openai"],
  [/(^|\.)api\.anthropic\.com$/, "anthropic"],
  [/\.(openai|cognitiveservices|services\.ai)\.azure\.com$/, "azure-openai"],
  [/(^|\.)api\.groq\.com$/, "groq"],
  [/(^|\.)api\.mistral\.ai$/, "mistral"],
  [/(^|\.)api\.deepseek\.com$/, "deepseek"],
  [/(^|\.)api\.x\.ai$/, "xai"],
  [/(^|\.)openrouter\.ai$/, "openrouter"],
  [/(^|\.)api\.cohere\.(com|ai)$/, "cohere"],
  [/generativelanguage\.googleapis\.com$/, "gemini"],
  [/aiplatform\.googleapis\.com$/, "vertex"],
  [/bedrock-mantle.*\.api\.aws$/, "bedrock-mantle"],
  [/bedrock.*\.(amazonaws\.com|api\.aws)$/, "bedrock"],
];

/** Names and judges one exchange: who answered, in which dialect, in which mode, and whether the line can use it. */
export function classify(raw: RawExchange, index: number, line: IndexLine): RecordedExchange {
  const url = URL.canParse(raw.url) ? new URL(raw.url) : undefined;
  const host = url?.host ?? "";
  const path = url?.pathname ?? "";
  const provider = providersByHost.find(([pattern]) => pattern.test(url?.hostname ?? ""))?.[1] ?? line.provider;
  const answer = raw.answer && asEvents(raw.answer, path);
  const form = raw.request && partsOf(raw.request.headers["content-type"], raw.request.body);
  const json = raw.request && (form === undefined ? parseJson(decoder.decode(raw.request.body)) : fieldsIn(form));
  const requestJson = isObject(json) ? json : undefined;
  const written = path === "" ? undefined : apiOfPath(path, host);
  const named = written === "invoke-model" && requestJson?.anthropic_version !== undefined ? wrappedMessages : written;
  const api = named ?? (path === "" ? apiOfIndex(line, raw) : "not a model call");
  const dialect = dialects[api];
  const leftOut = reasonToLeaveOut({ ...raw, ...(answer && { answer }) }, api, dialect, requestJson);
  return {
    id: `${line.file}#${index}`,
    file: line.file,
    index,
    provider,
    api,
    method: raw.method,
    host,
    path,
    query: url?.search ?? "",
    ...(raw.request === undefined ? {} : { request: raw.request }),
    ...(answer === undefined ? {} : { answer }),
    ...(requestJson === undefined ? {} : { requestJson }),
    ...(dialect === undefined ? {} : { dialect }),
    mode: modeOf(answer),
    ...(leftOut === undefined ? {} : { leftOut }),
  };
}

/** Gemini's stream as one JSON array: the gateway asks for the same in events, whatever its caller reads. */
function asEvents(answer: RecordedAnswer, path: string): RecordedAnswer {
  if (!/:streamGenerateContent$/i.test(path) || answer.status >= 400) return answer;
  const list = parseJson(decoder.decode(answer.body));
  if (!Array.isArray(list)) return answer;
  const body = Buffer.from(list.map((chunk) => `data: ${JSON.stringify(chunk)}\r\n\r\n`).join(""));
  return { ...answer, headers: { ...answer.headers, "content-type": "text/event-stream" }, body };
}

function apiOfPath(path: string, host: string): string | undefined {
  const lower = path.toLowerCase();
  if (/\/prompts\/[^/]+\/completions$/.test(lower)) return "stored-prompt";
  if (lower.endsWith("/chat/completions") || `${host}${lower}` === "api.writer.com/v1/chat") return "chat-completions";
  if (lower.endsWith("/responses")) return "responses";
  if (lower.endsWith("/responses/compact")) return "responses-compact";
  if (lower.endsWith("/responses/input_tokens")) return "responses-input-tokens";
  if (lower.endsWith("/moderations")) return "moderations";
  if (lower.endsWith("/v1/messages")) return "messages";
  if (lower.endsWith("/count_tokens")) return "messages-count-tokens";
  if (lower.endsWith("/embeddings")) return "embeddings";
  if (lower.endsWith("/completions")) return "completions-legacy";
  if (/:(stream)?generatecontent$/.test(lower)) return "generateContent";
  if (/:(batch)?embedcontents?$/.test(lower)) return lower.includes(":batch") ? "batchEmbedContents" : "embedContent";
  if (lower.endsWith(":counttokens")) return "countTokens";
  if (lower.endsWith("/count-tokens")) return "bedrock-count-tokens";
  if (/\/model\/.+\/converse(-stream)?$/.test(lower)) return "converse";
  if (/\/model\/.+\/invoke/.test(lower)) return "invoke-model";
  if (lower.endsWith("/interactions")) return "interactions";
  if (/\/responses\/|\/conversations|\/files|\/vector_stores|\/filesearchstores|\/interactions|\/cachedcontents/.test(lower))
    return "stored state";
  const media = /\/((?:audio|images)\/(?:transcriptions|translations|speech|generations|edits|variations))$/.exec(lower)?.[1];
  if (media !== undefined) return media;
  if (/\/audio\/|\/images\/|\/realtime/.test(lower)) return "images, audio, realtime";
  if (lower.endsWith("/v2/chat")) return "cohere-chat";
  if (lower.endsWith("/v1/chat") || (lower.endsWith("/v1/generate") && host.includes("cohere"))) return "cohere-v1";
  if (/\/ml\/v1\/text\/generation(_stream)?$|\/predictions$/.test(lower)) return "prompts of the provider's own";
  if (/\/v[12]\/(embed|rerank)$/.test(lower))
    return lower.endsWith("rerank") ? (lower.includes("/v2/") ? "cohere-rerank" : rerankForms[host]) : "cohere-embed";
  if (lower.endsWith("/api/chat")) return "ollama-chat";
  if (lower.endsWith("/api/generate")) return "ollama-generate";
  if (lower.endsWith("/api/embed")) return "ollama-embed";
  if (/:predict$|\/guardrail\//.test(lower)) return "gemini or bedrock, other calls";
  return undefined;
}

/** Both versions of Cohere's have the same members. */
const rerankForms: Readonly<Record<string, string>> = {
  "api.cohere.com": "cohere-rerank",
  "api.jina.ai": "jina-rerank",
  "api.voyageai.com": "voyage-rerank",
};

/** Answers and requests without a URL: the index names the API, and a look at the body corrects it. */
function apiOfIndex(line: IndexLine, raw: RawExchange): string {
  const text = raw.answer === undefined ? "" : decoder.decode(raw.answer.body);
  const first = parseJson(text) ?? readFrames(text)[0]?.json;
  const claimed = line.apis.length === 1 ? (line.apis[0] ?? "other") : "other";
  if (claimed === "audio" && raw.answer?.headers["content-type"]?.startsWith("text/plain")) return "audio/transcriptions";
  if (claimed === "converse" && isObject(first) && !isObject(first.output)) return "rerank";
  if (raw.answer?.headers["content-type"]?.includes("vnd.amazon") === true && isChunk(raw.answer)) return "invoke-model";
  if (isObject(first)) {
    if (textOf(first.type).startsWith("response.") || first.object === "response") return "responses";
    if (first.type === "message_start" || (first.type === "message" && Array.isArray(first.content) && "stop_reason" in first))
      return "messages";
    if (typeof first.object === "string" && first.object.startsWith("chat.completion")) return "chat-completions";
    if (typeof first.input_tokens === "number" && first.usage === undefined) return "messages-count-tokens";
    if (first.object === "list" && objectsOf(first.data).some((entry) => "embedding" in entry)) return "embeddings";
    const told = /^(image_generation|image_edit|transcript(?:ion)?)\./.exec(textOf(first.type))?.[1];
    if (told !== undefined) return mediaByEvent[told] ?? "audio/transcriptions";
    const drawn = objectsOf(first.data).some((entry) => "b64_json" in entry || "url" in entry);
    if (claimed === "images" && (drawn || isObject(first.error))) return "images/generations";
    if (claimed === "audio" && (typeof first.text === "string" || isObject(first.error))) return "audio/transcriptions";
    if (isObject(first.embeddings) && Array.isArray(first.embeddings.float)) return "cohere-embed";
    if (objectsOf(first.embeddings).some((entry) => Array.isArray(entry.values))) return "batchEmbedContents";
  }
  return claimed;
}

/** Events of the model's own, each in a chunk of InvokeModel's. */
function isChunk({ body }: RecordedAnswer): boolean {
  return framesOf("bedrock-invoke", body)[0]?.event === "chunk";
}

const mediaByEvent: Readonly<Record<string, string>> = { image_generation: "images/generations", image_edit: "images/edits" };

const dialects: Readonly<Record<string, Dialect>> = {
  "chat-completions": "openai-chat",
  responses: "openai-responses",
  messages: "anthropic-messages",
  [wrappedMessages]: "anthropic-messages",
  embeddings: "openai-embeddings",
  generateContent: "gemini-generate",
  interactions: "gemini-interactions",
  converse: "bedrock-converse",
  "cohere-chat": "cohere-chat",
  "ollama-chat": "ollama-chat",
  embedContent: "gemini-embed",
  batchEmbedContents: "gemini-batch-embed",
  "cohere-embed": "cohere-embed",
  "ollama-embed": "ollama-embed",
  "cohere-rerank": "cohere-rerank",
  "jina-rerank": "jina-rerank",
  "completions-legacy": "openai-completions",
  "ollama-generate": "ollama-generate",
  moderations: "openai-moderations",
  "responses-compact": "openai-compact",
  "responses-input-tokens": "openai-input-tokens",
  "messages-count-tokens": "anthropic-count-tokens",
  countTokens: "gemini-count-tokens",
  "bedrock-count-tokens": "bedrock-count-tokens",
  "invoke-model": "bedrock-invoke",
  "images/generations": "openai-images",
  "images/edits": "openai-image-edits",
  "images/variations": "openai-image-variations",
  "audio/transcriptions": "openai-transcriptions",
  "audio/translations": "openai-translations",
  "audio/speech": "openai-speech",
};

function modeOf(answer: RecordedAnswer | undefined): RecordedExchange["mode"] {
  if (answer === undefined) return "request-only";
  if (answer.status >= 400) return "error";
  const type = answer.headers["content-type"] ?? "";
  if (/event-?stream|ndjson/.test(type)) return "stream";
  return /^\s*(event|data) ?:/.test(decoder.decode(answer.body.subarray(0, 64))) ? "stream" : "whole";
}

const reasons: readonly (readonly [RegExp, string])[] = [
  [/embedContent|cohere-embed/, "embeddings in a form of the provider's own"],
  [
    /gemini or bedrock, other calls|vertex-predict/,
    "Vertex's predict: checked for callers of every form (beside-chat.test.ts); Bedrock's guardrails: no calls of a model",
  ],
  [/prompts of the provider/, "prompts in a form of the provider's own, which no caller speaks: its chat is what the line asks"],
  [/cohere-v1/, "Cohere's version 1 of chat, which Cohere has superseded: not part of the line"],
  [/realtime|audio|images/, "realtime: a later issue; sound and pictures in forms of a provider's own: checked by test/media"],
  [/stored/, "stored state (files, conversations, stored responses and prompts): later issue"],
  [/rerank|watsonx/, "a form that no caller speaks: checked for callers of every other (beside-chat.test.ts)"],
  [/not a model call/, "not a model call (download, tracing, search)"],
];

function reasonToLeaveOut(raw: RawExchange, api: string, dialect: Dialect | undefined, request: Json | undefined): string | undefined {
  if (dialect === undefined) return reasons.find(([pattern]) => pattern.test(api))?.[1] ?? `other API: ${api}`;
  if (raw.method !== "POST") return "stored state: not a POST";
  if (raw.request !== undefined && request === undefined && fileOfForm(dialect) === undefined)
    return "request body was not recorded as a JSON object";
  if (dialect === "gemini-interactions" && request?.agent !== undefined) return "stored state: an agent of Google's, in the background";
  if (raw.answer === undefined) return undefined;
  const text = decoder.decode(raw.answer.body);
  if (text === "") return "answer body was not recorded";
  const mode = modeOf(raw.answer);
  if (mode === "stream") {
    if ((dialect === "bedrock-converse" || dialect === "bedrock-invoke") && raw.answer.body[0] !== 0)
      return "binary stream that its recorder spoilt";
    const frames = framesOf(dialect, raw.answer.body);
    const first = frames[0]?.json;
    if (dialect === "openai-completions" && isObject(first) && "value" in first)
      return "Writer's own form of streamed prompts: its chat is what the line asks";
    return frames.length === 0 ? "stream without events" : undefined;
  }
  const json = parseJson(text);
  if (mode === "error") return undefined;
  if (!isObject(json)) return answersInBytes(dialect) ? undefined : "answer is not JSON";
  if (raw.url === "" && json.properties !== undefined && json.type === "object") return "a schema, no answer";
  return dialect === "openai-embeddings" && !Array.isArray(json.data) ? "embeddings in a form of the provider's own" : undefined;
}
