import { type AnswerEvent, Fault, JsonBody, type ModelRequest, type Piece, type Usage, usageOf } from "../../../src/exchange/index.ts";
import { codecs, dialects } from "../../../src/protocols/every-codec.ts";
import type { StreamWriter } from "../../../src/protocols/index.ts";

/** A message of either side, as far as the session looks into it. */
export interface RealtimeMessage {
  readonly type: string;
  readonly bytes: Uint8Array;
  readonly json: Json;
}

type Json = Readonly<Record<string, unknown>>;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** @throws Fault `request_malformed` */
export function readMessage(bytes: Uint8Array): RealtimeMessage {
  try {
    const json: unknown = JSON.parse(decoder.decode(bytes));
    if (isJson(json) && typeof json.type === "string") return { type: json.type, bytes, json };
  } catch (cause) {
    throw new Fault("request_malformed", { message: "A message must be a JSON object.", cause });
  }
  throw new Fault("request_malformed", { message: "A message must have a `type`.", param: "type" });
}

export function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function responseIdOf({ json }: RealtimeMessage): string | undefined {
  const id = isJson(json.response) ? json.response.id : json.response_id;
  return typeof id === "string" ? id : undefined;
}

/**
 * An answer's message as a piece: the line's own, unchanged. Its block is where the text stands in the response. Inside a
 * session there is no second try, so nothing is held back for one: every piece is visible.
 */
export function pieceOf(message: RealtimeMessage): Piece {
  const events = [...eventsOf(message)];
  return { raw: message.bytes, events, visible: true, last: message.type === "response.done" };
}

/** A message that rides along to keep its place; rules have nothing to read in it. */
export function riderOf(message: RealtimeMessage): Piece {
  return { raw: message.bytes, events: [], visible: true, last: false };
}

function* eventsOf({ type, json }: RealtimeMessage): Generator<AnswerEvent> {
  const block = Number(json.output_index ?? 0) * 64 + Number(json.content_index ?? 0);
  const at = { block, choice: 0 };
  const delta = typeof json.delta === "string" ? json.delta : "";
  if (type === "response.output_text.delta") yield { type: "text-delta", ...at, text: delta };
  else if (type === "response.output_text.done") yield { type: "text-end", ...at };
  else if (type === "response.output_audio_transcript.delta") yield { type: "audio-delta", ...at, transcript: delta };
  else if (type === "response.output_audio_transcript.done") yield { type: "audio-end", ...at };
  else if (type === "response.function_call_arguments.delta") yield { type: "call-delta", ...at, arguments: delta };
  else if (type === "response.function_call_arguments.done") yield { type: "call-end", ...at };
  else if (type === "response.done" && isJson(json.response)) yield* endOf(json.response);
}

function* endOf(response: Json): Generator<AnswerEvent> {
  const usage = usageFrom(response.usage);
  if (usage) yield { type: "usage-report", usage };
  const status = String(response.status);
  if (status === "failed") {
    yield { type: "answer-error", fault: new Fault("upstream_failed", { message: "The response failed." }) };
    return;
  }
  const reason = status === "incomplete" ? "length" : status === "cancelled" ? "pause" : "stop";
  yield { type: "choice-finish", choice: 0, finish: { reason, native: status } };
  yield { type: "answer-end" };
}

/** `response.done` tells the audio and cached parts of both sides. */
export function usageFrom(native: unknown): Usage | undefined {
  if (!isJson(native)) return undefined;
  const input = isJson(native.input_token_details) ? native.input_token_details : {};
  const cached = isJson(input.cached_tokens_details) ? input.cached_tokens_details : {};
  const output = isJson(native.output_token_details) ? native.output_token_details : {};
  const count = (value: unknown): number => (typeof value === "number" ? value : 0);
  const cacheRead = count(input.cached_tokens);
  return usageOf({
    inputUncached: count(native.input_tokens) - cacheRead,
    cacheRead,
    inputAudio: count(input.audio_tokens),
    inputImage: count(input.image_tokens),
    cacheReadAudio: count(cached.audio_tokens),
    output: count(native.output_tokens),
    outputAudio: count(output.audio_tokens),
  });
}

/**
 * What a client's message says, in the common vocabulary. Realtime items have the shape of Responses items, so the
 * dialect that exists reads them; audio has no words to judge before it is transcribed.
 */
export function requestOf({ json }: RealtimeMessage, model: string): ModelRequest {
  const told = isJson(json.response) ? json.response : isJson(json.session) ? json.session : json;
  const items = isJson(json.item) ? [json.item] : Array.isArray(told.input) ? told.input : [];
  const input = items.filter(isJson).map(withoutAudio);
  const instructions = typeof told.instructions === "string" ? { instructions: told.instructions } : {};
  const body = JsonBody.scan(encoder.encode(JSON.stringify({ model, input, ...instructions })));
  return dialects["openai-responses"].readRequest(body, { header: () => undefined });
}

function withoutAudio(item: Json): Json {
  if (!Array.isArray(item.content)) return item;
  return { ...item, content: item.content.filter((part) => isJson(part) && typeof part.text === "string").map(partAsResponses) };
}

/** `text` is Realtime's own name for what an assistant said. */
function partAsResponses(part: Json): Json {
  return part.type === "text" ? { ...part, type: "output_text" } : part;
}

/** A fault that has a status of its own, before the connection is one. */
export const realtimeCodec = codecs["openai-models"];

/** The fault as a client of the Realtime API expects it: an event, after which the session goes on. */
export function errorEvent(fault: Fault, clientEventId?: unknown): string {
  const { error } = realtimeCodec.writeFault(fault, "").body as { error: Json };
  return JSON.stringify({ type: "error", error: { ...error, event_id: typeof clientEventId === "string" ? clientEventId : null } });
}

/**
 * In-band faults of one inner exchange: an `error` before its response has begun, a `response.done` that failed after it.
 *
 * @param begun the id of the response that the client has seen begin
 */
export function faultWriter(begun: () => string | undefined, clientEventId?: unknown): StreamWriter {
  return {
    write: () => "",
    fault(fault) {
      const id = begun();
      if (id === undefined) return errorEvent(fault, clientEventId);
      const error = { type: fault.code, code: fault.code, message: fault.message };
      const response = {
        id,
        object: "realtime.response",
        status: "failed",
        status_details: { type: "failed", error },
        output: [],
        usage: null,
      };
      return JSON.stringify({ type: "response.done", response });
    },
  };
}
