import { type DialectId, dialectIds } from "../../src/exchange/index.ts";

/** The dialects of conversations, as many as the line speaks. */
export const conversationDialects = dialectIds;
export type ConversationDialect = DialectId;

/** What callers can ask beside conversations. */
export const besideConversations = [
  "openai-embeddings",
  "cohere-embed",
  "gemini-embed",
  "gemini-batch-embed",
  "ollama-embed",
  "cohere-rerank",
  "jina-rerank",
  "openai-completions",
  "ollama-generate",
  "openai-moderations",
  "openai-compact",
  "openai-input-tokens",
  "anthropic-count-tokens",
  "gemini-count-tokens",
  "bedrock-count-tokens",
  "bedrock-invoke",
  "openai-images",
  "openai-image-edits",
  "openai-image-variations",
  "openai-transcriptions",
  "openai-translations",
  "openai-speech",
] as const;

/** The dialects that the line speaks, and the stateless endpoints beside them. */
export type Dialect = ConversationDialect | (typeof besideConversations)[number];

export function isConversation(dialect: string | undefined): dialect is ConversationDialect {
  return conversationDialects.some((known) => known === dialect);
}

const paths: Readonly<Record<Dialect, string>> = {
  "openai-chat": "/v1/chat/completions",
  "openai-responses": "/v1/responses",
  "anthropic-messages": "/v1/messages",
  "openai-embeddings": "/v1/embeddings",
  "gemini-generate": "/v1beta/models/{model}:{verb}",
  "gemini-interactions": "/v1beta/interactions",
  "bedrock-converse": "/model/{model}/{verb}",
  "cohere-chat": "/v2/chat",
  "ollama-chat": "/api/chat",
  "cohere-embed": "/v2/embed",
  "gemini-embed": "/v1beta/models/{model}:embedContent",
  "gemini-batch-embed": "/v1beta/models/{model}:batchEmbedContents",
  "ollama-embed": "/api/embed",
  "cohere-rerank": "/v2/rerank",
  "jina-rerank": "/v1/rerank",
  "openai-completions": "/v1/completions",
  "ollama-generate": "/api/generate",
  "openai-moderations": "/v1/moderations",
  "openai-compact": "/v1/responses/compact",
  "openai-input-tokens": "/v1/responses/input_tokens",
  "anthropic-count-tokens": "/v1/messages/count_tokens",
  "gemini-count-tokens": "/v1beta/models/{model}:countTokens",
  "bedrock-count-tokens": "/model/{model}/count-tokens",
  "bedrock-invoke": "/model/{model}/{verb}",
  "openai-images": "/v1/images/generations",
  "openai-image-edits": "/v1/images/edits",
  "openai-image-variations": "/v1/images/variations",
  "openai-transcriptions": "/v1/audio/transcriptions",
  "openai-translations": "/v1/audio/translations",
  "openai-speech": "/v1/audio/speech",
};

const verbs: Partial<Record<Dialect, readonly [whole: string, streamed: string]>> = {
  "gemini-generate": ["generateContent", "streamGenerateContent?alt=sse"],
  "bedrock-converse": ["converse", "converse-stream"],
  "bedrock-invoke": ["invoke", "invoke-with-response-stream"],
};

/** Where the gateway is asked in this dialect. */
export function dialectPath(dialect: Dialect, model: string, stream: boolean): string {
  const verb = verbs[dialect]?.[stream ? 1 : 0] ?? "";
  return paths[dialect].replace("{model}", () => encodeURIComponent(model)).replace("{verb}", verb);
}

/** Messages as Bedrock's InvokeModel has them: the model in the path, the version in the body, streams in AWS's frames. */
export const wrappedMessages = "messages by InvokeModel";

/** The path names the model and tells whether to stream; the body does neither. */
export function pathTells(dialect: Dialect): boolean {
  return paths[dialect].includes("{model}");
}

/** Asked with a form, which holds a file of this name. */
export function fileOfForm(dialect: Dialect | undefined): "file" | "image" | undefined {
  if (dialect === "openai-transcriptions" || dialect === "openai-translations") return "file";
  return dialect === "openai-image-edits" || dialect === "openai-image-variations" ? "image" : undefined;
}

/** Answers in text or sound as well as in JSON. */
export function answersInBytes(dialect: Dialect | undefined): boolean {
  return dialect === "openai-speech" || fileOfForm(dialect) === "file";
}

/** Who does not say gets a stream. */
export function streamsUnasked(dialect: Dialect | undefined): boolean {
  return dialect === "ollama-chat" || dialect === "ollama-generate";
}

/** Whether the recorded caller asked for a stream. */
export function asksForStream({ dialect, mode, path, requestJson }: RecordedExchange): boolean {
  if (mode === "stream") return true;
  if (mode === "whole" || requestJson === undefined) return false;
  if (streamsUnasked(dialect)) return requestJson.stream !== false;
  return requestJson.stream === true || requestJson.stream === "true" || /:streamGenerateContent$|\/converse-stream$/.test(path);
}

export type Json = Readonly<Record<string, unknown>>;

export interface RecordedRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface RecordedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Unpacked: never compressed. */
  readonly body: Uint8Array;
}

/** What a file holds before anything is known about its meaning. */
export interface RawExchange {
  readonly method: string;
  readonly url: string;
  readonly request?: RecordedRequest;
  readonly answer?: RecordedAnswer;
}

/** One recorded request with its answer; one of the two may be missing. */
export interface RecordedExchange {
  /** `file#index`. */
  readonly id: string;
  readonly file: string;
  readonly index: number;
  /** Who answered, by host where one was recorded. */
  readonly provider: string;
  readonly api: string;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;
  readonly request?: RecordedRequest;
  readonly answer?: RecordedAnswer;
  /** The request as JSON; undefined where there is none or it is not an object. */
  readonly requestJson?: Json;
  readonly dialect?: Dialect;
  readonly mode: "whole" | "stream" | "error" | "request-only";
  /** Why no suite can use it. */
  readonly leftOut?: string;
}

export interface Recordings {
  readonly exchanges: readonly RecordedExchange[];
  /** Files that no reader understands. */
  readonly unreadable: readonly { readonly file: string; readonly reason: string }[];
}

export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function objectsOf(value: unknown): readonly Json[] {
  return listOf(value).filter(isObject);
}

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
