import { isObject, type Json, objectsOf, textOf } from "../exchange.ts";
import type { Frame } from "./frames.ts";
import { count, type Ending, Telling, type TellingCall, type Told, type ToldUsage } from "./told.ts";

const endings: Readonly<Record<string, Ending>> = {
  COMPLETE: "stop",
  STOP_SEQUENCE: "stop-sequence",
  MAX_TOKENS: "length",
  TOOL_CALL: "call",
  ERROR: "failed",
  TIMEOUT: "failed",
};

/** Reads a whole answer of version 2 of chat as a client would. The plan before the calls is said to the reader too. */
export function tellCohere(json: Json): Told {
  const telling = new Telling();
  const message = isObject(json.message) ? json.message : {};
  telling.text += textOf(message.tool_plan);
  for (const part of objectsOf(message.content)) takeContent(telling, part);
  for (const call of objectsOf(message.tool_calls)) telling.calls.push(readCall(call));
  takeEnd(telling, json);
  return telling.told();
}

export function tellCohereStream(frames: readonly Frame[]): Told {
  const telling = new Telling();
  const calls = new Map<number, TellingCall>();
  for (const { json } of frames) {
    if (!isObject(json)) continue;
    const delta = isObject(json.delta) ? json.delta : {};
    const message = isObject(delta.message) ? delta.message : {};
    const content = isObject(message.content) ? message.content : {};
    const call = isObject(message.tool_calls) ? message.tool_calls : {};
    const index = count(json.index);
    if (json.type === "content-start" || json.type === "content-delta") takeContent(telling, content);
    else if (json.type === "tool-plan-delta") telling.text += textOf(message.tool_plan);
    else if (json.type === "tool-call-start") {
      const read = readCall(call);
      calls.set(index, read);
      telling.calls.push(read);
    } else if (json.type === "tool-call-delta") {
      const open = calls.get(index);
      if (open !== undefined) open.arguments += readCall(call).arguments;
    } else if (json.type === "message-end") takeEnd(telling, delta);
  }
  for (const call of telling.calls) if (call.arguments === "null") call.arguments = "{}";
  return telling.told();
}

function takeContent(telling: Telling, content: Json): void {
  telling.text += textOf(content.text);
  telling.reasoning += textOf(content.thinking);
}

function readCall(call: Json): TellingCall {
  const wanted = isObject(call.function) ? call.function : {};
  const written = textOf(wanted.arguments);
  return { id: textOf(call.id), name: textOf(wanted.name), arguments: call.id !== undefined && written === "null" ? "{}" : written };
}

function takeEnd(telling: Telling, end: Json): void {
  if (typeof end.error === "string" && end.error !== "") telling.error = end.error;
  if (typeof end.finish_reason !== "string") return;
  telling.ending = endings[end.finish_reason] ?? "stop";
  telling.whole = true;
  telling.usage = readUsage(end.usage);
}

/** What was billed, where that is told: `tokens` holds Cohere's own prompt too. */
function readUsage(usage: unknown): ToldUsage | undefined {
  if (!isObject(usage)) return undefined;
  const billed = isObject(usage.billed_units) ? usage.billed_units : undefined;
  const counts = billed ?? (isObject(usage.tokens) ? usage.tokens : {});
  return {
    input: count(counts.input_tokens),
    cacheRead: billed === undefined ? count(usage.cached_tokens) : 0,
    output: count(counts.output_tokens),
  };
}
