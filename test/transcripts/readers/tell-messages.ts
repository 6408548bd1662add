import { isObject, type Json, objectsOf, textOf } from "../exchange.ts";
import type { Frame } from "./frames.ts";
import { count, type Ending, Telling, type TellingCall, type Told, type ToldUsage } from "./told.ts";

const endings: Readonly<Record<string, Ending>> = {
  end_turn: "stop",
  stop_sequence: "stop-sequence",
  max_tokens: "length",
  model_context_window_exceeded: "context-full",
  tool_use: "call",
  refusal: "refusal",
  pause_turn: "pause",
  compaction: "pause",
};

/** Reads a whole Anthropic message as a client would. */
export function tellMessages(json: Json): Told {
  const telling = new Telling();
  for (const block of objectsOf(json.content)) takeBlock(telling, block);
  telling.resolved = json.stop_reason === "end_turn" && telling.calls.length > 0;
  telling.ending = endings[textOf(json.stop_reason)] ?? (typeof json.stop_reason === "string" ? "stop" : "none");
  telling.whole = json.type === "message";
  takeUsage(telling, {}, json.usage);
  return telling.told();
}

function takeBlock(telling: Telling, block: Json): void {
  if (block.type === "text") telling.text += textOf(block.text);
  else if (block.type === "tool_use")
    telling.calls.push({ id: textOf(block.id), name: textOf(block.name), arguments: JSON.stringify(block.input ?? {}) });
  else if (block.type === "thinking") telling.reasoning += textOf(block.thinking);
}

export function tellMessagesStream(frames: readonly Frame[]): Told {
  const telling = new Telling();
  const calls = new Map<number, TellingCall>();
  let started: Json = {};
  for (const frame of frames) {
    if (!isObject(frame.json)) continue;
    const event = frame.json;
    const index = count(event.index);
    const delta = isObject(event.delta) ? event.delta : {};
    if (event.type === "message_start" && isObject(event.message)) {
      started = isObject(event.message.usage) ? event.message.usage : {};
      takeUsage(telling, started, {});
      // A programmatic call of a server tool stands whole at the start.
      for (const block of objectsOf(event.message.content)) takeBlock(telling, block);
    } else if (event.type === "content_block_start" && isObject(event.content_block)) {
      if (event.content_block.type === "text") telling.text += textOf(event.content_block.text);
      if (event.content_block.type === "thinking") telling.reasoning += textOf(event.content_block.thinking);
      if (event.content_block.type === "tool_use") {
        const given = event.content_block.input;
        const call = {
          id: textOf(event.content_block.id),
          name: textOf(event.content_block.name),
          arguments: isObject(given) && Object.keys(given).length > 0 ? JSON.stringify(given) : "",
        };
        calls.set(index, call);
        telling.calls.push(call);
      }
    } else if (event.type === "content_block_delta") {
      if (delta.type === "text_delta") telling.text += textOf(delta.text);
      if (delta.type === "thinking_delta") telling.reasoning += textOf(delta.thinking);
      const call = calls.get(index);
      if (delta.type === "input_json_delta" && call !== undefined) call.arguments += textOf(delta.partial_json);
    } else if (event.type === "message_delta") {
      if (typeof delta.stop_reason === "string") telling.ending = endings[delta.stop_reason] ?? "stop";
      takeUsage(telling, started, event.usage);
    } else if (event.type === "message_stop") {
      telling.whole = true;
    } else if (event.type === "error") {
      telling.error = (isObject(event.error) ? textOf(event.error.message) : "") || "error";
    }
  }
  return telling.told();
}

/** The counts at the end are cumulative and win over those at the start, where they are given. */
function takeUsage(telling: Telling, first: Json, last: unknown): void {
  const later = isObject(last) ? last : {};
  if (Object.keys(first).length === 0 && Object.keys(later).length === 0) return;
  const of = (name: string): number => count(typeof later[name] === "number" ? later[name] : first[name]);
  const cacheRead = of("cache_read_input_tokens");
  const usage = { input: of("input_tokens") + cacheRead + of("cache_creation_input_tokens"), cacheRead, output: of("output_tokens") };
  // A compaction is billed beside the counts on top, which are those of the message alone.
  const compactions = objectsOf(later.iterations).filter((iteration) => iteration.type === "compaction");
  telling.usage = compactions.reduce((sum: ToldUsage, iteration) => {
    const read = count(iteration.cache_read_input_tokens);
    return {
      input: sum.input + count(iteration.input_tokens) + read + count(iteration.cache_creation_input_tokens),
      cacheRead: sum.cacheRead + read,
      output: sum.output + count(iteration.output_tokens),
    };
  }, usage);
}
