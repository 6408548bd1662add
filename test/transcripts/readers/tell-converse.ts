import { isObject, type Json, objectsOf, textOf } from "../exchange.ts";
import type { Frame } from "./frames.ts";
import { count, type Ending, Telling, type TellingCall, type Told, type ToldUsage } from "./told.ts";

const endings: Readonly<Record<string, Ending>> = {
  end_turn: "stop",
  tool_use: "call",
  max_tokens: "length",
  stop_sequence: "stop-sequence",
  guardrail_intervened: "filtered",
  content_filtered: "filtered",
  model_context_window_exceeded: "context-full",
  malformed_model_output: "failed",
  malformed_tool_use: "failed",
};

/** Made and answered by the provider itself. */
const serverCall = "server_tool_use";

/** Reads a whole answer of Converse as a client would. */
export function tellConverse(json: Json): Told {
  const telling = new Telling();
  const output = isObject(json.output) ? json.output : {};
  const message = isObject(output.message) ? output.message : {};
  for (const block of objectsOf(message.content)) {
    telling.text += textOf(block.text);
    const thought = isObject(block.reasoningContent) ? block.reasoningContent.reasoningText : undefined;
    if (isObject(thought)) telling.reasoning += textOf(thought.text);
    if (isObject(block.citationsContent)) for (const piece of objectsOf(block.citationsContent.content)) telling.text += textOf(piece.text);
    if (isObject(block.toolUse) && block.toolUse.type !== serverCall)
      telling.calls.push({
        id: textOf(block.toolUse.toolUseId),
        name: textOf(block.toolUse.name),
        arguments: JSON.stringify(block.toolUse.input ?? {}),
      });
  }
  takeEnd(telling, json.stopReason);
  telling.usage = readUsage(json.usage);
  return telling.told();
}

export function tellConverseStream(frames: readonly Frame[]): Told {
  const telling = new Telling();
  const calls = new Map<number, TellingCall>();
  for (const { event, json } of frames) {
    const body = isObject(json) ? json : {};
    const start = isObject(body.start) ? body.start : {};
    const delta = isObject(body.delta) ? body.delta : {};
    const index = count(body.contentBlockIndex);
    if (event === "contentBlockStart" && isObject(start.toolUse) && start.toolUse.type !== serverCall) {
      const call = { id: textOf(start.toolUse.toolUseId), name: textOf(start.toolUse.name), arguments: "" };
      calls.set(index, call);
      telling.calls.push(call);
    } else if (event === "contentBlockDelta") {
      telling.text += textOf(delta.text);
      if (isObject(delta.reasoningContent)) telling.reasoning += textOf(delta.reasoningContent.text);
      const call = calls.get(index);
      if (call !== undefined && isObject(delta.toolUse)) call.arguments += textOf(delta.toolUse.input);
    } else if (event === "messageStop") takeEnd(telling, body.stopReason);
    else if (event === "metadata") telling.usage = readUsage(body.usage);
    else if (event.startsWith("exception:")) telling.error = textOf(body.message) || event;
  }
  return telling.told();
}

function takeEnd(telling: Telling, reason: unknown): void {
  if (typeof reason !== "string") return;
  telling.ending = endings[reason] ?? "stop";
  telling.whole = true;
}

function readUsage(usage: unknown): ToldUsage | undefined {
  if (!isObject(usage)) return undefined;
  // The names of 2024, and those since.
  const cacheRead = count(usage.cacheReadInputTokens ?? usage.cacheReadInputTokenCount);
  const written = count(usage.cacheWriteInputTokens ?? usage.cacheWriteInputTokenCount);
  return { input: count(usage.inputTokens) + cacheRead + written, cacheRead, output: count(usage.outputTokens) };
}
