import { isObject, type Json, objectsOf, textOf } from "../exchange.ts";
import type { Frame } from "./frames.ts";
import { count, type Ending, Telling, type TellingCall, type Told } from "./told.ts";

/** Reads a Responses object as a client would. */
export function tellResponses(json: Json): Told {
  const telling = new Telling();
  for (const item of objectsOf(json.output)) takeItem(telling, item);
  takeEnd(telling, json);
  return telling.told();
}

/** Reads the deltas, and what came without any; the object at the end says how it ended and what it used. */
export function tellResponsesStream(frames: readonly Frame[]): Told {
  const telling = new Telling();
  const heard = new Set<unknown>();
  const argumentsOf = new Map<string, TellingCall>();
  for (const frame of frames) {
    if (!isObject(frame.json)) continue;
    const event = frame.json;
    if (textOf(event.type).endsWith(".delta")) heard.add(event.item_id).add(event.output_index);
    switch (event.type) {
      case "response.output_text.delta":
        telling.text += textOf(event.delta);
        break;
      case "response.reasoning_summary_text.delta":
      case "response.reasoning_text.delta":
        telling.reasoning += textOf(event.delta);
        break;
      case "response.refusal.delta":
        telling.refusal += textOf(event.delta);
        break;
      case "response.output_item.added":
        if (isObject(event.item)) openCall(telling, argumentsOf, event.item, String(event.output_index));
        break;
      case "response.function_call_arguments.delta":
      case "response.custom_tool_call_input.delta": {
        const call = argumentsOf.get(String(event.output_index));
        if (call !== undefined) call.arguments += textOf(event.delta);
        break;
      }
      case "response.output_item.done":
        if (isObject(event.item)) closeCall(telling, argumentsOf, event.item, String(event.output_index));
        if (isObject(event.item) && isSaid(event.item) && !heard.has(event.item.id) && !heard.has(event.output_index))
          takeItem(telling, event.item);
        heard.add(event.output_index);
        break;
      case "response.completed":
      case "response.incomplete":
      case "response.failed":
        if (isObject(event.response) && heard.size === 0) for (const item of objectsOf(event.response.output)) takeItem(telling, item);
        if (isObject(event.response)) takeEnd(telling, event.response);
        break;
      case "error":
        telling.error = textOf(event.message) || (isObject(event.error) ? textOf(event.error.message) : "") || "error";
        break;
    }
  }
  return telling.told();
}

function isSaid({ type }: Json): boolean {
  return type === "message" || type === "reasoning";
}

function openCall(telling: Telling, open: Map<string, TellingCall>, item: Json, slot: string): void {
  if (item.type !== "function_call" && item.type !== "custom_tool_call") return;
  const call = { id: textOf(item.call_id), name: textOf(item.name), arguments: "" };
  open.set(slot, call);
  telling.calls.push(call);
}

/** Streams that name a call only when it is done, or send no deltas for it. Perplexity puts what its search found in the call's place. */
function closeCall(telling: Telling, open: Map<string, TellingCall>, item: Json, slot: string): void {
  if (item.type !== "function_call" && item.type !== "custom_tool_call") {
    const answered = open.get(slot);
    if (answered !== undefined) telling.calls.splice(telling.calls.indexOf(answered), 1);
    open.delete(slot);
    return;
  }
  if (!open.has(slot)) openCall(telling, open, item, slot);
  const call = open.get(slot);
  if (call !== undefined && call.arguments === "") call.arguments = textOf(item.arguments) || textOf(item.input);
}

function takeItem(telling: Telling, item: Json): void {
  if (item.type === "function_call")
    telling.calls.push({ id: textOf(item.call_id), name: textOf(item.name), arguments: textOf(item.arguments) });
  else if (item.type === "custom_tool_call")
    telling.calls.push({ id: textOf(item.call_id), name: textOf(item.name), arguments: textOf(item.input) });
  else if (item.type === "reasoning")
    for (const piece of [...objectsOf(item.summary), ...objectsOf(item.content)]) telling.reasoning += textOf(piece.text);
  else if (item.type === "message") {
    for (const part of objectsOf(item.content)) {
      if (part.type === "output_text") telling.text += textOf(part.text);
      else if (part.type === "refusal") telling.refusal += textOf(part.refusal);
    }
  }
}

function takeEnd(telling: Telling, response: Json): void {
  telling.whole = response.status !== "queued" && response.status !== "in_progress";
  telling.ending = endingOf(telling, response);
  if (isObject(response.error)) telling.error = textOf(response.error.message) || "error";
  const usage = response.usage;
  if (!isObject(usage)) return;
  const details = isObject(usage.input_tokens_details) ? usage.input_tokens_details : {};
  telling.usage = { input: count(usage.input_tokens), cacheRead: count(details.cached_tokens), output: count(usage.output_tokens) };
}

function endingOf(telling: Telling, response: Json): Ending {
  if (response.status === "failed") return "failed";
  if (!telling.whole) return "none";
  if (response.status === "incomplete") {
    const reason = isObject(response.incomplete_details) ? response.incomplete_details.reason : undefined;
    return reason === "content_filter" ? "filtered" : "length";
  }
  if (telling.calls.length > 0) return "call";
  return telling.refusal === "" ? "stop" : "refusal";
}
