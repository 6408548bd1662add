import { isObject, type Json, objectsOf } from "../exchange.ts";
import type { Frame } from "./frames.ts";

/** Every frame is an answer of one candidate; the last of them names the ending. */
export function geminiFlaw(frames: readonly Frame[]): string | undefined {
  const chunks = frames.map((frame) => frame.json);
  if (!chunks.every(isObject)) return "a chunk is not JSON";
  if (frames.some((frame) => frame.event !== "")) return "a frame with a name";
  const finishes = chunks.map((chunk) => objectsOf(chunk.candidates).filter((candidate) => candidate.finishReason !== undefined).length);
  if (finishes.reduce((sum, one) => sum + one, 0) !== 1) return `${finishes.join("+")} finish reasons`;
  if (new Set(chunks.map((chunk) => chunk.responseId)).size !== 1) return "the id changes";
  return finishes.at(-1) === 1 ? undefined : "the ending is not in the last chunk";
}

/** One line with `done` set, at the end. */
export function ollamaFlaw(frames: readonly Frame[]): string | undefined {
  const lines = frames.map((frame) => frame.json);
  if (!lines.every(isObject)) return "a line is not JSON";
  const at = lines.findIndex((line) => line.done === true);
  if (at !== lines.length - 1) return `done at line ${at} of ${lines.length}`;
  const bare = lines.find((line) => typeof line.model !== "string" || typeof line.created_at !== "string" || !isObject(line.message));
  return bare === undefined ? undefined : "a line without model, time or message";
}

/** `messageStart`, blocks one behind the other, `messageStop`, `metadata`. */
export function converseFlaw(frames: readonly Frame[]): string | undefined {
  const names = frames.map((frame) => frame.event);
  if (names[0] !== "messageStart" || names.lastIndexOf("messageStart") !== 0) return `begins with ${names[0]}`;
  if (names.at(-2) !== "messageStop" || names.at(-1) !== "metadata") return `ends with ${names.slice(-2).join(", ")}`;
  return blocksFlaw(
    frames.slice(1, -2).map((frame) => [frame.event.replace("contentBlock", ""), frame.json] as const),
    "contentBlockIndex",
  );
}

/** `message-start`, contents and calls that begin and end, `message-end`. */
export function cohereFlaw(events: readonly Json[]): string | undefined {
  if (events[0]?.type !== "message-start") return `begins with ${String(events[0]?.type)}`;
  for (const type of ["message-start", "message-end"]) {
    if (events.filter((event) => event.type === type).length !== 1) return `not one ${type}`;
  }
  if (events.at(-1)?.type !== "message-end") return `ends with ${String(events.at(-1)?.type)}`;
  const open = new Set<string>();
  for (const { type, index } of events) {
    const [, kind, step] = /^(content|tool-call)-(start|delta|end)$/.exec(String(type)) ?? [];
    if (kind === undefined) continue;
    const key = `${kind} ${String(index)}`;
    if (step === "start" ? open.has(key) : !open.has(key)) return `${String(type)} of ${key}`;
    if (step === "start") open.add(key);
    if (step === "end") open.delete(key);
  }
  return open.size === 0 ? undefined : `left open: ${[...open].join(", ")}`;
}

function blocksFlaw(events: readonly (readonly [step: string, json: unknown])[], indexName: string): string | undefined {
  let open: unknown;
  let next = 0;
  for (const [step, json] of events) {
    const index = isObject(json) ? json[indexName] : undefined;
    // Text begins with its first delta.
    if (step === "Start" || (step === "Delta" && open === undefined)) {
      if (open !== undefined) return `block ${String(index)} begins inside block ${String(open)}`;
      if (index !== next) return `block ${String(index)} instead of ${next}`;
      open = index;
      next++;
    } else if (index !== open) return `${step} of block ${String(index)}, open is ${String(open)}`;
    if (step === "Stop") open = undefined;
  }
  return open === undefined ? undefined : `block ${String(open)} was left open`;
}

/** Events that say their own names; steps that begin in order, grow and end; `interaction.completed`, and the mark behind it. */
export function interactionFlaw(frames: readonly Frame[]): string | undefined {
  if (frames.at(-1)?.data !== "[DONE]") return "[DONE] is not last";
  const events = frames.slice(0, -1);
  const strange = events.find(({ event, json }) => !isObject(json) || json.event_type !== event);
  if (strange) return `event name ${strange.event} over ${strange.data.slice(0, 80)}`;
  if (events[0]?.event !== "interaction.created") return `begins with ${events[0]?.event}`;
  if (events.at(-1)?.event !== "interaction.completed") return `ends with ${events.at(-1)?.event}`;
  const open = new Set<unknown>();
  let next = 0;
  for (const { event, json } of events) {
    const { index } = json as Json;
    if (event === "step.start" && index !== next++) return `step ${String(index)} instead of ${next - 1}`;
    if (event === "step.start") open.add(index);
    else if (event.startsWith("step.") && !open.has(index)) return `${event} for step ${String(index)}, which is not open`;
    if (event === "step.stop") open.delete(index);
  }
  return open.size === 0 ? undefined : "a step was left open";
}
