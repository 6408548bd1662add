import type { SurfaceId } from "../../exchange/index.ts";

/** A JSON Schema. */
export type Shape = Readonly<Record<string, unknown>>;

const model = {
  type: "string",
  minLength: 1,
  maxLength: 256,
  pattern: "^[^\\u0000-\\u001f\\u007f-\\u009f]+$",
  description: "A name that GET /v1/models lists.",
};
const text = { type: "string" };
const texts = { type: ["string", "array"] };
const list = { type: "array" };
const object = { type: "object" };

/** Null is as good as not there. */
function maybe(shape: Shape): Shape {
  return { ...shape, type: [...[shape.type].flat(), "null"], ...(Array.isArray(shape.enum) && { enum: [...shape.enum, null] }) };
}

function all(names: readonly string[], shape: Shape): Record<string, Shape> {
  return Object.fromEntries(names.map((name) => [name, maybe(shape)]));
}

function whole(minimum: number, maximum: number = Number.MAX_SAFE_INTEGER): Shape {
  return { type: "integer", minimum, maximum };
}

/** Members that are not named ride along: providers know more of them than the gateway acts on. */
function body(required: Readonly<Record<string, Shape>>, free: Readonly<Record<string, Shape>> = {}): Shape {
  return { type: "object", properties: { ...required, ...free }, required: Object.keys(required) };
}

const lots = 1e9;
const number = { type: "number", minimum: -lots, maximum: lots };
const flag = maybe({ type: "boolean" });
const messages = { type: "array", minItems: 1 };

const chatMembers: Readonly<Record<string, Shape>> = {
  ...all(["stream", "logprobs", "parallel_tool_calls", "store"], { type: "boolean" }),
  ...all(["stream_options", "logit_bias", "metadata", "response_format", "audio", "web_search_options"], object),
  ...all(["tools", "functions", "modalities"], list),
  ...all(["tool_choice", "function_call"], { type: ["string", "object"] }),
  ...all(["stop"], texts),
  ...all(["reasoning_effort", "service_tier", "verbosity", "user", "prompt_cache_key", "safety_identifier"], text),
  ...all(["n"], whole(1, 128)),
  ...all(["max_tokens", "max_completion_tokens"], whole(0, lots)),
  ...all(["top_logprobs"], whole(0, 100)),
  ...all(["temperature", "top_p", "frequency_penalty", "presence_penalty"], number),
  ...all(["seed"], whole(Number.MIN_SAFE_INTEGER)),
};
const chat = body({ model, messages }, chatMembers);
const { logprobs: _flag, ...promptMembers } = chatMembers;

const ollamaMembers: Readonly<Record<string, Shape>> = {
  ...all(["messages", "tools"], list),
  ...all(["stream", "logprobs"], { type: "boolean" }),
  ...all(["think"], { type: ["boolean", "string"] }),
  ...all(["format"], { type: ["string", "object"] }),
  ...all(["top_logprobs"], { type: "number" }),
  options: maybe({
    type: "object",
    properties: {
      ...all(["num_predict", "top_k", "seed"], whole(Number.MIN_SAFE_INTEGER)),
      ...all(["temperature", "top_p", "frequency_penalty", "presence_penalty"], { type: "number" }),
    },
  }),
};

const contents = { type: ["array", "object"] };
const embeddings = body(
  { model, input: texts },
  { encoding_format: maybe({ type: "string", enum: ["float", "base64"] }), dimensions: maybe(whole(1)) },
);
const rerank = body({ model, query: text, documents: list });
const transcription = body({ model, file: { type: "string", contentMediaType: "application/octet-stream" } });

/** What is checked of a request's body, by the surface that it is sent to. What stands here is what the surface's codec refuses otherwise. */
const shapes: Partial<Readonly<Record<SurfaceId, Shape>>> = {
  "openai-chat": chat,
  "mistral-chat": chat,
  "openai-completions": body(
    { model },
    {
      ...promptMembers,
      prompt: maybe(texts),
      ...all(["suffix"], text),
      echo: flag,
      logprobs: maybe(whole(0, 100)),
      best_of: maybe(whole(1, 128)),
    },
  ),
  "openai-responses": {
    ...body({ model }, { stream: flag, input: maybe(texts), tools: maybe(list) }),
    anyOf: [{ required: ["input"] }, { required: ["prompt"] }],
  },
  "anthropic-messages": body({ model, messages: list, max_tokens: whole(0) }, { stream: flag }),
  "gemini-generate": body({ contents }, all(["generationConfig", "generation_config", "toolConfig", "tool_config"], object)),
  "gemini-interactions": body(
    { model, input: { type: ["string", "array", "object"] } },
    {
      ...all(["stream"], { type: "boolean" }),
      ...all(["tools"], list),
      ...all(["generation_config"], object),
      ...all(["system_instruction"], text),
    },
  ),
  "bedrock-converse": {
    ...body({}, { messages: list, ...all(["inferenceConfig", "toolConfig", "guardrailConfig", "outputConfig"], object) }),
    anyOf: [{ required: ["messages"] }, { required: ["promptVariables"] }],
  },
  "bedrock-invoke": body({}),
  "cohere-chat": body(
    { model, messages },
    {
      ...all(["stream", "strict_tools", "logprobs"], { type: "boolean" }),
      ...all(["tools", "documents", "stop_sequences"], list),
      ...all(["response_format", "citation_options", "thinking"], object),
      ...all(["tool_choice", "safety_mode"], text),
      ...all(["temperature", "p", "frequency_penalty", "presence_penalty"], { type: "number" }),
      ...all(["max_tokens", "k", "seed", "priority"], whole(0)),
    },
  ),
  "ollama-chat": body({ model }, ollamaMembers),
  "ollama-generate": body(
    { model },
    { ...ollamaMembers, ...all(["prompt", "suffix", "system", "template"], text), ...all(["images", "context"], list), raw: flag },
  ),
  "openai-input-tokens": body({ model }, { input: texts }),
  "openai-compact": body({ model, input: { type: ["string", "array"] } }, { instructions: text }),
  "anthropic-count-tokens": body({ model, messages: list }),
  "gemini-count-tokens": body({ contents: list }),
  "bedrock-count-tokens": body({ input: object }),
  "openai-embeddings": embeddings,
  "mistral-embed": embeddings,
  "cohere-embed": { ...body({ model }), anyOf: ["texts", "images", "inputs"].map((name) => body({ [name]: list })) },
  "gemini-embed": body({ content: object }),
  "gemini-batch-embed": body({ requests: list }),
  "ollama-embed": body({ model, input: texts }),
  "cohere-rerank": rerank,
  "jina-rerank": rerank,
  "openai-moderations": body({ input: texts }, { model }),
  "openai-images": body({ model, prompt: { type: "string", minLength: 1 } }),
  "openai-image-edits": body({ model, prompt: { type: "string", minLength: 1 } }),
  "openai-image-variations": body({ model, image: { type: "string", contentMediaType: "application/octet-stream" } }),
  "openai-speech": body({ model, input: { type: "string", minLength: 1 } }),
  "openai-transcriptions": transcription,
  "openai-translations": transcription,
};

/** @param inPath the path names the model, so the body need not */
export function requestShape(surface: SurfaceId, inPath: boolean): Shape {
  const shape = shapes[surface];
  if (!shape) throw new Error(`The OpenAPI document does not know what requests of ${surface} look like.`);
  if (!inPath) return shape;
  const { model: _model, ...properties } = shape.properties as Readonly<Record<string, Shape>>;
  return { ...shape, properties, required: (shape.required as readonly string[]).filter((name) => name !== "model") };
}

export const modelShape: Shape = model;
