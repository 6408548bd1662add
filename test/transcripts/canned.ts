import { isNative, type NativeDialect, nativeRequest, streamedNative, wholeNative } from "./canned-native.ts";
import { type ConversationDialect, type Dialect, isConversation, type Json, type RecordedAnswer } from "./exchange.ts";
import type { Told } from "./readers/told.ts";

const encoder = new TextEncoder();

/** The least request that a caller of this dialect can send for an answer like the one given. */
export function simpleRequest(dialect: Dialect, model: string, stream: boolean, told?: Told): Json {
  const names = [...new Set((told?.calls ?? []).map((call) => call.name))];
  const schema = { type: "object", properties: {} };
  const text = "Please answer.";
  if (!isConversation(dialect)) return besideRequest(dialect, model, text);
  if (isNative(dialect)) return nativeRequest(dialect, model, stream, names);
  if (dialect === "openai-chat") {
    const tools = names.map((name) => ({ type: "function", function: { name, description: "A tool.", parameters: schema } }));
    const options = stream ? { stream: true, stream_options: { include_usage: true } } : {};
    return { model, messages: [{ role: "user", content: text }], ...(tools.length === 0 ? {} : { tools }), ...options };
  }
  if (dialect === "openai-responses") {
    const tools = names.map((name) => ({ type: "function", name, description: "A tool.", parameters: schema, strict: false }));
    return { model, input: text, ...(tools.length === 0 ? {} : { tools }), ...(stream ? { stream: true } : {}), store: false };
  }
  const tools = names.map((name) => ({ name, description: "A tool.", input_schema: schema }));
  return {
    model,
    max_tokens: 1024,
    messages: [{ role: "user", content: text }],
    ...(tools.length === 0 ? {} : { tools }),
    ...(stream ? { stream: true } : {}),
  };
}

function besideRequest(dialect: Exclude<Dialect, ConversationDialect>, model: string, text: string): Json {
  const content = { parts: [{ text }] };
  switch (dialect) {
    case "gemini-embed":
      return { model, content };
    case "gemini-batch-embed":
      return { model, requests: [{ model: `models/${model}`, content }] };
    case "gemini-count-tokens":
      return { model, contents: [{ role: "user", ...content }] };
    case "bedrock-count-tokens":
      return { model, input: { converse: { messages: [{ role: "user", content: [{ text }] }] } } };
    case "bedrock-invoke":
      return { model, prompt: text };
    case "anthropic-count-tokens":
      return { model, messages: [{ role: "user", content: text }] };
    case "openai-images":
    case "openai-image-edits":
      return { model, prompt: text };
    case "openai-image-variations":
    case "openai-transcriptions":
    case "openai-translations":
      return { model };
    case "openai-speech":
      return { model, input: text, voice: "alloy" };
    case "openai-completions":
    case "ollama-generate":
      return { model, prompt: text, stream: false };
    case "cohere-embed":
      return { model, texts: [text], input_type: "search_document", embedding_types: ["float"] };
    case "cohere-rerank":
    case "jina-rerank":
      return { model, query: text, documents: [text] };
    default:
      return { model, input: [text] };
  }
}

/** A short good answer in each dialect, for suites that look at the request only. */
export function cannedAnswer(dialect: Dialect, stream: boolean): RecordedAnswer {
  if (!stream || !isConversation(dialect))
    return answer("application/json", encoder.encode(JSON.stringify(isNative(dialect) ? wholeNative[dialect] : whole[dialect])));
  if (isNative(dialect)) return answer(streamTypes[dialect] ?? "text/event-stream", streamedNative[dialect]());
  return answer("text/event-stream", encoder.encode(streamed[dialect]()));
}

const streamTypes: Partial<Record<Dialect, string>> = {
  "bedrock-converse": "application/vnd.amazon.eventstream",
  "ollama-chat": "application/x-ndjson",
};

function answer(type: string, body: Uint8Array): RecordedAnswer {
  return { status: 200, headers: { "content-type": type }, body };
}

const item = {
  id: "msg_1",
  type: "message",
  status: "completed",
  role: "assistant",
  content: [{ type: "output_text", text: "OK", annotations: [] }],
};
const responsesUsage = {
  input_tokens: 3,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 1,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 4,
};
const response = {
  id: "resp_1",
  object: "response",
  created_at: 1,
  status: "completed",
  model: "canned",
  output: [item],
  usage: responsesUsage,
};
const chatUsage = { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 };

const vector = [0.5, -0.25];
const embedding = { object: "embedding", index: 0, embedding: vector };
const drawn = { created: 1, data: [{ b64_json: "iVBORw0KGgo=" }] };
const results = [{ index: 0, relevance_score: 0.5 }];

const whole: Readonly<Record<Exclude<Dialect, NativeDialect>, Json>> = {
  "openai-embeddings": { object: "list", data: [embedding], model: "canned", usage: { prompt_tokens: 3, total_tokens: 3 } },
  "cohere-embed": { id: "e", embeddings: { float: [vector] }, texts: ["Please answer."], meta: { billed_units: { input_tokens: 3 } } },
  "gemini-embed": { embedding: { values: vector } },
  "gemini-batch-embed": { embeddings: [{ values: vector }] },
  "ollama-embed": { model: "canned", embeddings: [vector], prompt_eval_count: 3 },
  "cohere-rerank": { id: "r", results, meta: { billed_units: { search_units: 1 } } },
  "jina-rerank": { model: "canned", object: "list", usage: { total_tokens: 3 }, results },
  "openai-completions": {
    id: "cmpl-1",
    object: "text_completion",
    created: 1,
    model: "canned",
    choices: [{ index: 0, text: "OK", finish_reason: "stop", logprobs: null }],
    usage: chatUsage,
  },
  "ollama-generate": { model: "canned", response: "OK", done: true, done_reason: "stop", prompt_eval_count: 3, eval_count: 1 },
  "openai-moderations": { id: "m", model: "canned", results: [{ flagged: false, categories: {}, category_scores: {} }] },
  "openai-compact": { ...response, object: "response.compaction" },
  "openai-input-tokens": { object: "response.input_tokens", input_tokens: 3 },
  "anthropic-count-tokens": { input_tokens: 3 },
  "gemini-count-tokens": { totalTokens: 3 },
  "bedrock-count-tokens": { inputTokens: 3 },
  "bedrock-invoke": { generation: "OK", prompt_token_count: 3, generation_token_count: 1, stop_reason: "stop" },
  "openai-images": drawn,
  "openai-image-edits": drawn,
  "openai-image-variations": drawn,
  "openai-transcriptions": { text: "OK" },
  "openai-translations": { text: "OK" },
  "openai-speech": {},
  "openai-chat": {
    id: "chatcmpl-1",
    object: "chat.completion",
    created: 1,
    model: "canned",
    choices: [{ index: 0, message: { role: "assistant", content: "OK" }, finish_reason: "stop" }],
    usage: chatUsage,
  },
  "openai-responses": response,
  "anthropic-messages": {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "canned",
    content: [{ type: "text", text: "OK" }],
    stop_reason: "end_turn",
    stop_sequence: null,
    usage: { input_tokens: 3, output_tokens: 1 },
  },
};

const streamed: Readonly<Record<Exclude<ConversationDialect, NativeDialect>, () => string>> = {
  "openai-chat": () => {
    const head = { id: "chatcmpl-1", object: "chat.completion.chunk", created: 1, model: "canned" };
    const chunks = [
      { ...head, choices: [{ index: 0, delta: { role: "assistant", content: "OK" }, finish_reason: null }] },
      { ...head, choices: [{ index: 0, delta: {}, finish_reason: "stop" }] },
      { ...head, choices: [], usage: chatUsage },
    ];
    return `${chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join("")}data: [DONE]\n\n`;
  },
  "openai-responses": () =>
    named([
      { type: "response.created", sequence_number: 0, response: { ...response, status: "in_progress", output: [], usage: null } },
      { type: "response.output_item.added", sequence_number: 1, output_index: 0, item: { ...item, status: "in_progress", content: [] } },
      {
        type: "response.content_part.added",
        sequence_number: 2,
        item_id: "msg_1",
        output_index: 0,
        content_index: 0,
        part: { type: "output_text", text: "", annotations: [] },
      },
      { type: "response.output_text.delta", sequence_number: 3, item_id: "msg_1", output_index: 0, content_index: 0, delta: "OK" },
      { type: "response.output_text.done", sequence_number: 4, item_id: "msg_1", output_index: 0, content_index: 0, text: "OK" },
      {
        type: "response.content_part.done",
        sequence_number: 5,
        item_id: "msg_1",
        output_index: 0,
        content_index: 0,
        part: item.content[0],
      },
      { type: "response.output_item.done", sequence_number: 6, output_index: 0, item },
      { type: "response.completed", sequence_number: 7, response },
    ]),
  "anthropic-messages": () =>
    named([
      {
        type: "message_start",
        message: { ...whole["anthropic-messages"], content: [], stop_reason: null, usage: { input_tokens: 3, output_tokens: 1 } },
      },
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "OK" } },
      { type: "content_block_stop", index: 0 },
      { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: 1 } },
      { type: "message_stop" },
    ]),
};

function named(events: readonly Json[]): string {
  return events.map((event) => `event: ${String(event.type)}\ndata: ${JSON.stringify(event)}\n\n`).join("");
}
