import { isObject, type Json, objectsOf, textOf } from "../exchange.ts";
import type { Frame } from "./frames.ts";
import { count, type Ending, Telling, type TellingCall, type Told } from "./told.ts";

/** Reads an interaction as a client would. */
export function tellInteraction(json: Json): Told {
  const telling = new Telling();
  for (const step of objectsOf(json.steps)) {
    if (step.type === "model_output") for (const content of objectsOf(step.content)) telling.text += textOf(content.text);
    else if (step.type === "thought") for (const content of objectsOf(step.summary)) telling.reasoning += textOf(content.text);
    else if (step.type === "function_call") {
      telling.calls.push({ id: textOf(step.id), name: textOf(step.name), arguments: JSON.stringify(step.arguments ?? {}) });
    }
  }
  takeEnd(telling, json);
  return telling.told();
}

export function tellInteractionStream(frames: readonly Frame[]): Told {
  const telling = new Telling();
  const calls = new Map<unknown, TellingCall>();
  for (const { json } of frames) {
    if (!isObject(json)) continue;
    const delta = isObject(json.delta) ? json.delta : {};
    const step = isObject(json.step) ? json.step : {};
    switch (json.event_type) {
      case "step.start":
        if (step.type === "model_output") for (const content of objectsOf(step.content)) telling.text += textOf(content.text);
        if (step.type === "thought") for (const content of objectsOf(step.summary)) telling.reasoning += textOf(content.text);
        if (step.type !== "function_call") break;
        calls.set(json.index, { id: textOf(step.id), name: textOf(step.name), arguments: startOf(step.arguments) });
        telling.calls.push(calls.get(json.index)!);
        break;
      case "step.delta":
        if (delta.type === "text") telling.text += textOf(delta.text);
        else if (delta.type === "thought_summary" && isObject(delta.content)) telling.reasoning += textOf(delta.content.text);
        else if (delta.type === "arguments_delta") calls.get(json.index)!.arguments += textOf(delta.arguments);
        break;
      case "interaction.completed":
        if (isObject(json.interaction)) takeEnd(telling, json.interaction);
        break;
      case "error":
        telling.error = isObject(json.error) ? textOf(json.error.message) || "error" : "error";
        break;
    }
  }
  return telling.told();
}

/** Arguments may come with the step's start, or piece by piece behind an empty object. */
function startOf(given: unknown): string {
  return isObject(given) && Object.keys(given).length > 0 ? JSON.stringify(given) : "";
}

function takeEnd(telling: Telling, interaction: Json): void {
  telling.whole = interaction.status !== "in_progress" && interaction.status !== "queued";
  telling.ending = endingOf(telling, interaction);
  const { usage } = interaction;
  if (!isObject(usage)) return;
  telling.usage = {
    input: count(usage.total_input_tokens) + count(usage.total_tool_use_tokens),
    cacheRead: count(usage.total_cached_tokens),
    output: count(usage.total_output_tokens) + count(usage.total_thought_tokens),
  };
}

function endingOf(telling: Telling, { status, errors }: Json): Ending {
  if (!telling.whole) return "none";
  if (status === "incomplete") return objectsOf(errors).some((error) => error.code === "content_filter") ? "filtered" : "length";
  if (status === "requires_action") return "call";
  if (status === "requires_continuation") return "pause";
  if (status !== "completed") return "failed";
  return telling.calls.length > 0 ? "call" : "stop";
}
