import type { SurfaceId } from "../../src/exchange/index.ts";
import { type RouteRow, routeTable } from "../../src/gateway/routes.ts";

/** A request for an endpoint, as its documentation has it. */
export interface EndpointRequest {
  readonly path: string;
  readonly body: string | FormData;
}

type Fields = Readonly<Record<string, unknown>>;

const message = { role: "user", content: "Hi" };
const part = { role: "user", parts: [{ text: "Hi" }] };
const most = 5;

/** Bodies without their model; the answers of conversations have at most five tokens. */
const bodies: Partial<Record<SurfaceId, Fields>> = {
  "openai-chat": { messages: [message], max_tokens: most },
  "mistral-chat": { messages: [message], max_tokens: most },
  "openai-completions": { prompt: "Hi", max_tokens: most },
  "openai-responses": { input: "Hi", max_output_tokens: most },
  "anthropic-messages": { messages: [message], max_tokens: most },
  "gemini-generate": { contents: [part], generationConfig: { maxOutputTokens: most } },
  "gemini-interactions": { input: "Hi", generation_config: { max_output_tokens: most }, store: false },
  "bedrock-converse": { messages: [{ role: "user", content: [{ text: "Hi" }] }], inferenceConfig: { maxTokens: most } },
  "bedrock-invoke": { anthropic_version: "bedrock-2023-05-31", messages: [message], max_tokens: most },
  "cohere-chat": { messages: [message], max_tokens: most },
  "ollama-chat": { messages: [message], options: { num_predict: most } },
  "ollama-generate": { prompt: "Hi", options: { num_predict: most } },
  "openai-compact": { input: "Hi" },
  "openai-input-tokens": { input: "Hi" },
  "anthropic-count-tokens": { messages: [message] },
  "gemini-count-tokens": { contents: [part] },
  "bedrock-count-tokens": { input: { converse: { messages: [{ role: "user", content: [{ text: "Hi" }] }] } } },
  "openai-embeddings": { input: "Hi" },
  "mistral-embed": { input: "Hi" },
  "cohere-embed": { texts: ["Hi"], input_type: "search_query", embedding_types: ["float"] },
  "gemini-embed": { content: { parts: [{ text: "Hi" }] } },
  "gemini-batch-embed": { requests: [{ model: "models/up/m", content: { parts: [{ text: "Hi" }] } }] },
  "ollama-embed": { input: "Hi" },
  "cohere-rerank": { query: "a", documents: ["b"] },
  "jina-rerank": { query: "a", documents: ["b"] },
  "openai-moderations": { input: "Hi" },
  "openai-images": { prompt: "A cat", n: 1 },
  "openai-speech": { input: "Hello there.", voice: "alloy" },
};

const files: Partial<Record<SurfaceId, Readonly<Record<string, string | Blob>>>> = {
  "openai-transcriptions": { file: new File([sound()], "a.wav", { type: "audio/wav" }) },
  "openai-translations": { file: new File([sound()], "a.wav", { type: "audio/wav" }) },
  "openai-image-edits": { image: picture(), prompt: "A hat" },
  "openai-image-variations": { image: picture() },
};

const conversations: ReadonlySet<SurfaceId> = new Set<SurfaceId>([
  "openai-chat",
  "mistral-chat",
  "openai-completions",
  "openai-responses",
  "anthropic-messages",
  "gemini-generate",
  "gemini-interactions",
  "bedrock-converse",
  "bedrock-invoke",
  "cohere-chat",
  "ollama-chat",
  "ollama-generate",
]);
/** Beside conversations, what can stream by a member of the body. */
const alsoStream: ReadonlySet<SurfaceId> = new Set<SurfaceId>(["openai-images", "openai-image-edits", "openai-transcriptions"]);

export const modelRows = routeTable.filter(({ kind }) => kind === "model");

/** The shapes in which an endpoint answers. */
export function shapesOf({ stream, protocol }: RouteRow): readonly ("whole" | "stream")[] {
  if (stream !== undefined) return [stream ? "stream" : "whole"];
  return conversations.has(protocol) || alsoStream.has(protocol) ? ["whole", "stream"] : ["whole"];
}

export function requestFor(row: RouteRow, shape: "whole" | "stream"): EndpointRequest {
  const { protocol, path: pattern, sseQuery } = row;
  const model = protocol.endsWith("rerank") ? "ranks/m" : conversations.has(protocol) ? "chats/m" : "up/m";
  const path = `${pattern.replace("{model}", model)}${sseQuery === undefined ? "" : `?${sseQuery}`}`;
  const stream = row.stream === undefined && shapesOf(row).length > 1 ? { stream: shape === "stream" } : {};
  const form = files[protocol];
  if (form) {
    const body = new FormData();
    for (const [name, value] of Object.entries({ model, ...form })) body.set(name, value);
    if ("stream" in stream && stream.stream) body.set("stream", "true");
    return { path, body };
  }
  const fields = bodies[protocol];
  if (!fields) throw new Error(`There is no request for ${row.name}: write one.`);
  return { path, body: JSON.stringify({ ...(!pattern.includes("{model}") && { model }), ...fields, ...stream }) };
}

/** One second of silence: 8,000 samples of one byte (RIFF, PCM). */
function sound(): ArrayBuffer {
  const bytes = new DataView(new ArrayBuffer(44 + 8_000));
  const word = (at: number, text: string) => {
    for (const [index, letter] of [...text].entries()) bytes.setUint8(at + index, letter.charCodeAt(0));
  };
  word(0, "RIFF");
  bytes.setUint32(4, 36 + 8_000, true);
  word(8, "WAVEfmt ");
  bytes.setUint32(16, 16, true);
  bytes.setUint16(20, 1, true);
  bytes.setUint16(22, 1, true);
  bytes.setUint32(24, 8_000, true);
  bytes.setUint32(28, 8_000, true);
  bytes.setUint16(32, 1, true);
  bytes.setUint16(34, 8, true);
  word(36, "data");
  bytes.setUint32(40, 8_000, true);
  return bytes.buffer;
}

/** One pixel. */
function picture(): File {
  const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  return new File([Buffer.from(png, "base64")], "a.png", { type: "image/png" });
}
