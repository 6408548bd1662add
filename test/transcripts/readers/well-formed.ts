import { type ConversationDialect, isObject, type Json, objectsOf } from "../exchange.ts";
import type { Frame } from "./frames.ts";
import { tellResponses, tellResponsesStream } from "./tell-responses.ts";
import { cohereFlaw, converseFlaw, geminiFlaw, interactionFlaw, ollamaFlaw } from "./well-formed-native.ts";

/**
 * What is wrong with a whole stream that the gateway wrote, by the rules that the official SDKs build on. Undefined where
 * nothing is.
 */
export function streamFlaw(dialect: ConversationDialect, frames: readonly Frame[]): string | undefined {
  if (dialect === "openai-chat") return chatFlaw(frames);
  if (dialect === "gemini-generate") return geminiFlaw(frames);
  if (dialect === "gemini-interactions") return interactionFlaw(frames);
  if (dialect === "ollama-chat") return ollamaFlaw(frames);
  if (dialect === "bedrock-converse") return converseFlaw(frames);
  const marked = dialect === "cohere-chat" && frames.at(-1)?.data === "[DONE]" ? frames.slice(0, -1) : frames;
  for (const frame of marked)
    if (!isObject(frame.json) || frame.json.type !== frame.event) return `event name ${frame.event} over ${frame.data.slice(0, 80)}`;
  const events = marked.map((frame) => frame.json as Json);
  if (dialect === "cohere-chat") return cohereFlaw(events);
  return dialect === "openai-responses" ? responsesFlaw(frames, events) : messagesFlaw(events);
}

function chatFlaw(frames: readonly Frame[]): string | undefined {
  if (frames.at(-1)?.data !== "[DONE]") return "[DONE] is not last";
  const chunks = frames.slice(0, -1).map((frame) => frame.json);
  if (!chunks.every(isObject)) return "a chunk is not JSON";
  if (chunks.some((chunk) => chunk.object !== "chat.completion.chunk")) return "a chunk of another object";
  if (new Set(chunks.map((chunk) => chunk.id)).size !== 1) return "the id changes";
  const finishes = chunks.flatMap((chunk) => objectsOf(chunk.choices)).filter((choice) => typeof choice.finish_reason === "string");
  if (finishes.length !== 1) return `${finishes.length} finish reasons`;
  const delta = objectsOf(chunks[0]?.choices)[0]?.delta;
  return isObject(delta) && delta.role === "assistant" ? undefined : "the first chunk names no role";
}

function responsesFlaw(frames: readonly Frame[], events: readonly Json[]): string | undefined {
  if (events[0]?.type !== "response.created") return `begins with ${String(events[0]?.type)}`;
  const numbers = events.map((event) => event.sequence_number);
  const at = numbers.findIndex((number, index) => number !== index);
  if (at >= 0) return `sequence number ${String(numbers[at])} at ${at}`;
  const added = events.filter((event) => event.type === "response.output_item.added").map((event) => event.output_index);
  const done = events.filter((event) => event.type === "response.output_item.done").map((event) => event.output_index);
  if (added.some((index, position) => index !== position)) return `output indexes ${added.join()}`;
  if (new Set(done).size !== added.length || done.length !== added.length) return `${added.length} items begun, ${done.length} done`;
  const last = events.at(-1);
  if (!["response.completed", "response.incomplete", "response.failed"].includes(String(last?.type)))
    return `ends with ${String(last?.type)}`;
  if (!isObject(last?.response)) return "no response at the end";
  const closing = tellResponses(last.response);
  const streamed = tellResponsesStream(frames);
  const same = closing.text === streamed.text && closing.refusal === streamed.refusal && Bun.deepEquals(closing.calls, streamed.calls);
  return same ? undefined : "the closing object is not what the deltas said";
}

function messagesFlaw(events: readonly Json[]): string | undefined {
  const types = events.map((event) => event.type).filter((type) => type !== "ping");
  if (types[0] !== "message_start" || types.lastIndexOf("message_start") !== 0) return `begins with ${String(types[0])}`;
  if (types.at(-1) !== "message_stop" || types.at(-2) !== "message_delta") return `ends with ${types.slice(-2).join(", ")}`;
  let open: unknown;
  let next = 0;
  for (const event of events) {
    if (event.type === "content_block_start") {
      if (open !== undefined) return `block ${String(event.index)} begins inside block ${String(open)}`;
      if (event.index !== next) return `block ${String(event.index)} instead of ${next}`;
      open = event.index;
      next++;
    } else if (event.type === "content_block_delta" && event.index !== open)
      return `a delta for block ${String(event.index)}, open is ${String(open)}`;
    else if (event.type === "content_block_stop") {
      if (event.index !== open) return `block ${String(event.index)} ends, open is ${String(open)}`;
      open = undefined;
    } else if (event.type === "message_delta" && open !== undefined) return "a block was left open";
  }
  return undefined;
}
