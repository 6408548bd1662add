import { isObject, type Json, objectsOf, textOf } from "../exchange.ts";
import type { Frame } from "./frames.ts";
import { count, type Ending, Telling, type TellingCall, type Told, type ToldUsage } from "./told.ts";

const endings: Readonly<Record<string, Ending>> = {
  stop: "stop",
  eos: "stop",
  end_turn: "stop",
  length: "length",
  model_length: "context-full",
  tool_calls: "call",
  function_call: "call",
  content_filter: "filtered",
};

/** Reads a whole Chat Completions answer as a client would. */
export function tellChat(json: Json): Told {
  const telling = new Telling();
  const choices = objectsOf(json.choices);
  telling.choices = choices.length;
  const choice = choices[0];
  if (choice !== undefined) {
    const message = isObject(choice.message) ? choice.message : {};
    takeContent(telling, message);
    for (const call of objectsOf(message.tool_calls)) telling.calls.push(readCall(call));
    takeLegacyCall(telling, message);
    telling.ending = endingOf(choice.finish_reason);
    telling.whole = true;
  }
  telling.usage = readUsage(json.usage);
  if (isObject(json.error)) telling.error = textOf(json.error.message) || "error";
  return telling.told();
}

export function tellChatStream(frames: readonly Frame[]): Told {
  const telling = new Telling();
  const slots = new Map<string, TellingCall>();
  let seen = 0;
  const finished = new Set<number>();
  for (const frame of frames) {
    if (frame.data === "[DONE]") telling.whole = true;
    if (!isObject(frame.json)) continue;
    if (isObject(frame.json.error)) telling.error = textOf(frame.json.error.message) || "error";
    telling.usage = readUsage(frame.json.usage) ?? groqUsage(frame.json) ?? telling.usage;
    for (const choice of objectsOf(frame.json.choices)) {
      const index = count(choice.index);
      seen = Math.max(seen, index + 1);
      if (typeof choice.finish_reason === "string" && choice.finish_reason !== "") finished.add(index);
      if (index > 0) continue;
      const delta = isObject(choice.delta) ? choice.delta : {};
      takeContent(telling, delta);
      const pieces = objectsOf(delta.tool_calls);
      for (const [at, call] of pieces.entries()) takeCallDelta(telling, slots, call, pieces.length - at);
      takeLegacyCall(telling, delta);
      if (typeof choice.finish_reason === "string" && choice.finish_reason !== "") telling.ending = endingOf(choice.finish_reason);
    }
  }
  // Writer closes behind the last finish and the usage, without a mark.
  if (seen > 0 && finished.size === seen && telling.error === undefined) telling.whole = true;
  telling.choices = Math.max(1, seen);
  return telling.told();
}

function takeContent(telling: Telling, message: Json): void {
  if (typeof message.content === "string") telling.text += message.content;
  // Mistral answers with a list of parts when it thinks.
  for (const part of objectsOf(message.content)) if (part.type === "text") telling.text += textOf(part.text);
  telling.refusal += textOf(message.refusal);
  telling.reasoning += textOf(message.reasoning_content) || textOf(message.reasoning) || detailed(message);
  for (const part of objectsOf(message.content)) {
    if (part.type === "thinking") for (const piece of objectsOf(part.thinking)) telling.reasoning += textOf(piece.text);
  }
}

/** Snowflake tells thoughts in no other form. Entries of the gateway's own say again, under a seal, what was told in words. */
function detailed(message: Json): string {
  return objectsOf(message.reasoning_details)
    .filter((entry) => !textOf(entry.format).startsWith("sluice/"))
    .map((entry) => textOf(entry.text))
    .join("");
}

/** The call form before `tools`. */
function takeLegacyCall(telling: Telling, message: Json): void {
  if (!isObject(message.function_call)) return;
  const name = textOf(message.function_call.name);
  const open = telling.calls.at(-1);
  // Snowflake fills what it does not use with empty texts.
  if (name === "" && textOf(message.function_call.arguments) === "") return;
  if (name !== "" || open === undefined) telling.calls.push({ id: "", name, arguments: textOf(message.function_call.arguments) });
  else open.arguments += textOf(message.function_call.arguments);
}

/** Some providers leave the index out or send several calls under one: a new id then opens a new call. `fromEnd` counts the pieces of the chunk. */
function takeCallDelta(telling: Telling, slots: Map<string, TellingCall>, call: Json, fromEnd: number): void {
  const read = readCall(call);
  const key = typeof call.index === "number" ? String(call.index) : textOf(call.id);
  const open = slots.get(key) ?? (textOf(call.id) === "" ? (telling.calls.at(-fromEnd) ?? telling.calls.at(-1)) : undefined);
  if (open === undefined) {
    slots.set(key, read);
    telling.calls.push(read);
    return;
  }
  if (open.name === "") open.name = read.name;
  open.arguments += read.arguments;
}

function readCall(call: Json): TellingCall {
  const id = textOf(call.id);
  if (call.type !== "function" && isObject(call.custom))
    return { id, name: textOf(call.custom.name), arguments: textOf(call.custom.input) };
  const wanted = isObject(call.function) ? call.function : {};
  const written = wanted.arguments;
  return {
    id,
    name: textOf(wanted.name),
    arguments: typeof written === "string" || written === undefined || written === null ? textOf(written) : JSON.stringify(written),
  };
}

function endingOf(reason: unknown): Ending {
  if (typeof reason === "string" && /malformed_function_call|^(network_)?error$|^insufficient_system_resource$/i.test(reason))
    return "failed";
  return typeof reason === "string" ? (endings[reason] ?? "stop") : "none";
}

function groqUsage(json: Json): ToldUsage | undefined {
  return isObject(json.x_groq) ? readUsage(json.x_groq.usage) : undefined;
}

function readUsage(usage: unknown): ToldUsage | undefined {
  if (!isObject(usage)) return undefined;
  const details = isObject(usage.prompt_tokens_details) ? usage.prompt_tokens_details : {};
  // OpenAI, DeepSeek, Moonshot, Mistral.
  const cacheRead =
    count(details.cached_tokens) || count(usage.prompt_cache_hit_tokens) || count(usage.cached_tokens) || count(usage.num_cached_tokens);
  const input = count(usage.prompt_tokens);
  const output = count(usage.completion_tokens);
  // xAI counts reasoning beside the completion; only the total holds both.
  const thought = isObject(usage.completion_tokens_details) ? count(usage.completion_tokens_details.reasoning_tokens) : 0;
  const beside = thought > 0 && count(usage.total_tokens) === input + output + thought;
  // Google counts thoughts in the total alone.
  const hidden = thought === 0 && usage.completion_tokens !== undefined ? count(usage.total_tokens) - input - output : 0;
  return { input, cacheRead, output: output + (beside ? thought : hidden > 0 && hidden !== cacheRead ? hidden : 0) };
}
