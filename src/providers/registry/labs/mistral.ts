import { createHash } from "node:crypto";
import type { JsonBody } from "../../../exchange/index.ts";
import type { TargetTraits } from "../../../protocols/index.ts";
import type { Provider } from "../../provider.ts";

/** Mistral refuses unknown fields, names the seed its own way and takes tool call ids of nine letters and digits only. */
export const mistral: Provider = {
  id: "mistral",
  title: "Mistral AI",
  docs: "https://docs.mistral.ai/api",
  baseUrl: "https://api.mistral.ai/v1",
  surfaces: {
    "openai-chat": "/chat/completions",
    "mistral-chat": "/chat/completions",
    "openai-embeddings": "/embeddings",
    "mistral-embed": "/embeddings",
    "mistral-moderations": "/moderations",
    "openai-transcriptions": "/audio/transcriptions",
    "openai-models": "/models",
  },
  credential: "bearer",
  env: { apiKey: ["MISTRAL_API_KEY"] },
  traits: (model) => ({
    outputLimitField: "max_tokens",
    developerRole: false,
    streamUsage: "always",
    reasoningField: "thinking",
    ...effortsOf(model),
  }),
  adjustMembers: (body, surface) => {
    // Mistral's own clients need no mending.
    if (surface === "mistral-chat" || surface === "mistral-embed") return [];
    const seed = body.get("seed");
    const limit = body.get("max_completion_tokens");
    const messages = mendedMessages(body);
    return [
      ...(messages === undefined ? [] : [{ name: "messages", json: JSON.stringify(messages) }]),
      ...(seed === undefined ? [] : [remove("seed"), { name: "random_seed", json: JSON.stringify(seed) }]),
      ...(limit === undefined ? [] : [remove("max_completion_tokens"), { name: "max_tokens", json: JSON.stringify(limit) }]),
      ...["stream_options", "user", "store"].filter((name) => body.has(name)).map(remove),
    ];
  },
  adjustBody: (body) => {
    const { seed, stream_options: _streamOptions, user: _user, store: _store, messages, ...rest } = body;
    return {
      ...rest,
      messages: Array.isArray(messages) ? messages.map((message) => (isObject(message) ? asMistralMessage(message) : message)) : messages,
      ...(seed !== undefined && { random_seed: seed }),
    };
  },
};

function remove(name: string): { name: string; json: undefined } {
  return { name, json: undefined };
}

/** Undefined where nothing in them has another name or form at Mistral. */
function mendedMessages(body: JsonBody): unknown[] | undefined {
  const raw = body.raw("messages");
  const bytes = raw && Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  if (!bytes?.includes('"tool_calls"') && !bytes?.includes('"tool_call_id"') && !bytes?.includes('"file"')) return undefined;
  const messages = body.get("messages");
  if (!Array.isArray(messages)) return undefined;
  const mended = messages.map((message: unknown) => (isObject(message) ? asMistralMessage(message) : message));
  return JSON.stringify(mended) === JSON.stringify(messages) ? undefined : mended;
}

/** Magistral thinks unasked; most others do not think. */
function effortsOf(model: string): Partial<TargetTraits> {
  if (/^mistral-(small|medium|vibe)/.test(model)) return { efforts: ["none", "high"] };
  if (/^mistral-large-4/.test(model)) return { efforts: ["low", "medium", "high"] };
  return { reasoningEffort: false };
}

function asMistralMessage(message: Record<string, unknown>): Record<string, unknown> {
  const { tool_call_id: resultOf, tool_calls: calls, content } = message;
  return {
    ...message,
    ...(Array.isArray(content) && { content: content.map((part) => (isObject(part) ? asMistralPart(part) : part)) }),
    ...(typeof resultOf === "string" && { tool_call_id: shortCallId(resultOf) }),
    ...(Array.isArray(calls) && {
      tool_calls: calls.map((call: unknown) => (isObject(call) ? { ...call, id: shortCallId(String(call.id ?? "")) } : call)),
    }),
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** Documents are addresses there, data URIs among them. */
function asMistralPart(part: Record<string, unknown>): Record<string, unknown> {
  if (part.type !== "file" || typeof part.file !== "object" || part.file === null) return part;
  const { file_id: fileId, file_data: url, filename: name } = part.file as Record<string, unknown>;
  if (fileId !== undefined) return { type: "file", file_id: fileId };
  return { type: "document_url", document_url: url, ...(name !== undefined && { document_name: name }) };
}

/** The same id gives the same nine characters, in the call and in its result. */
function shortCallId(id: string): string {
  return /^[a-zA-Z0-9]{9}$/.test(id) ? id : createHash("sha256").update(id).digest("hex").slice(0, 9);
}
