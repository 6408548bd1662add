import type { AnswerEvent } from "../../exchange/index.ts";
import { entryOf } from "../json-fields.ts";
import { numberOf, type StreamItems } from "./stream-items.ts";
import { isWire, textOf, type Wire, wireOf } from "./wire.ts";

type Step = (items: StreamItems, event: Wire, out: AnswerEvent[]) => void;

/** What an event does, one step for each type; of other types nothing is told to another dialect. */
export function takeStep(items: StreamItems, name: string, event: Wire, out: AnswerEvent[]): void {
  const step = entryOf(steps, name);
  if (step === undefined) return;
  items.begin(wireOf(event.response), out);
  step(items, event, out);
}

function none(): void {}

const steps: Readonly<Record<string, Step>> = {
  "response.created": none,
  "response.queued": none,
  "response.in_progress": none,
  "response.output_item.added": (items, event, out) => {
    if (isWire(event.item)) items.startItem(items.placeOf(event), event.item, out);
  },
  "response.output_item.done": (items, event, out) => {
    if (isWire(event.item)) items.finishItem(items.placeOf(event), event.item, out);
  },
  "response.content_part.added": (items, event, out) => {
    const { type } = wireOf(event.part);
    if (type !== "output_text" && type !== "refusal") return;
    items.openPart(items.placeOf(event), numberOf(event.content_index), type === "refusal" ? "refusal" : "text", out);
  },
  "response.content_part.done": (items, event, out) => {
    const part = wireOf(event.part);
    if (part.type === "reasoning_text") return;
    items.finishPart(items.placeOf(event), numberOf(event.content_index), part, out);
  },
  "response.output_text.delta": (items, event, out) => items.text(event, "text", textOf(event.delta) ?? "", out, event.logprobs),
  "response.output_text.done": (items, event, out) => items.wholeText(event, "text", textOf(event.text) ?? "", out),
  "response.output_text.annotation.added": (items, event, out) => {
    items.annotate(items.placeOf(event), numberOf(event.content_index), event.annotation, out);
  },
  "response.refusal.delta": (items, event, out) => items.text(event, "refusal", textOf(event.delta) ?? "", out),
  "response.refusal.done": (items, event, out) => items.wholeText(event, "refusal", textOf(event.refusal) ?? "", out),
  "response.reasoning_summary_text.delta": (items, event, out) => {
    items.think(items.placeOf(event), "summary", numberOf(event.summary_index), textOf(event.delta) ?? "", out);
  },
  "response.reasoning_summary_text.done": (items, event, out) => {
    items.wholeThought(items.placeOf(event), "summary", numberOf(event.summary_index), textOf(event.text) ?? "", out);
  },
  "response.reasoning_text.delta": (items, event, out) => {
    items.think(items.placeOf(event), "text", numberOf(event.content_index), textOf(event.delta) ?? "", out);
  },
  "response.reasoning_text.done": (items, event, out) => {
    items.wholeThought(items.placeOf(event), "text", numberOf(event.content_index), textOf(event.text) ?? "", out);
  },
  "response.function_call_arguments.delta": (items, event, out) => items.argue(items.placeOf(event), textOf(event.delta) ?? "", out),
  "response.function_call_arguments.done": (items, event, out) => {
    items.wholeArguments(items.placeOf(event), textOf(event.arguments) ?? "", out);
  },
  "response.custom_tool_call_input.delta": (items, event, out) => items.argue(items.placeOf(event), textOf(event.delta) ?? "", out),
  "response.custom_tool_call_input.done": (items, event, out) => {
    items.wholeArguments(items.placeOf(event), textOf(event.input) ?? "", out);
  },
};
