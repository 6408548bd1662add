import { isObject, type Json, objectsOf, textOf } from "../exchange.ts";
import type { Frame } from "./frames.ts";
import { count, type Ending, Telling, type Told, type ToldUsage } from "./told.ts";

/** Also by number, for callers who asked for enums as numbers. */
const endings: Readonly<Record<string, Ending>> = {
  STOP: "stop",
  1: "stop",
  MAX_TOKENS: "length",
  2: "length",
  CONTINUATION: "pause",
  MALFORMED_FUNCTION_CALL: "failed",
  UNEXPECTED_TOOL_CALL: "failed",
  TOO_MANY_TOOL_CALLS: "failed",
  MALFORMED_RESPONSE: "failed",
  MISSING_THOUGHT_SIGNATURE: "failed",
};

/** Reads a whole answer of `generateContent` as a client would. */
export function tellGemini(json: Json): Told {
  return tellChunks([json]);
}

/** Each frame is an answer of its own; joined they are one. */
export function tellGeminiStream(frames: readonly Frame[]): Told {
  return tellChunks(frames.map((frame) => frame.json).filter(isObject));
}

/** A call whose arguments come in pieces, and its place among the calls. */
interface GrowingCall {
  readonly call: { arguments: string };
  args: Json;
}

function tellChunks(chunks: readonly Json[]): Told {
  const telling = new Telling();
  const growing: GrowingCall[] = [];
  for (const chunk of chunks) {
    if (isObject(chunk.error)) telling.error = textOf(chunk.error.message) || "error";
    const feedback = isObject(chunk.promptFeedback) ? chunk.promptFeedback : {};
    if (feedback.blockReason) end(telling, "filtered");
    const candidates = objectsOf(chunk.candidates);
    telling.choices = Math.max(telling.choices, candidates.length);
    const first = candidates.find((candidate) => count(candidate.index) === 0);
    for (const part of objectsOf(isObject(first?.content) ? first.content.parts : [])) takePart(telling, part, growing);
    const reason = first?.finishReason;
    if (reason !== undefined && reason !== null && reason !== 0) end(telling, endings[String(reason)] ?? "filtered");
    telling.usage = readUsage(chunk.usageMetadata) ?? telling.usage;
  }
  for (const { call, args } of growing) call.arguments = JSON.stringify(args);
  if (telling.ending === "stop" && telling.calls.length > 0) telling.ending = "call";
  return telling.told();
}

function end(telling: Telling, ending: Ending): void {
  telling.ending = ending;
  telling.whole = true;
}

function takePart(telling: Telling, part: Json, growing: GrowingCall[]): void {
  if (part.thought === true) telling.reasoning += textOf(part.text);
  else telling.text += textOf(part.text);
  const call = part.functionCall;
  if (!isObject(call)) return;
  const open = growing.at(-1);
  if (call.partialArgs === undefined && call.willContinue === undefined && call.name !== undefined) {
    telling.calls.push({ id: textOf(call.id), name: textOf(call.name), arguments: JSON.stringify(call.args ?? {}) });
  } else if (call.name !== undefined || open === undefined) {
    const begun = { id: textOf(call.id), name: textOf(call.name), arguments: "" };
    telling.calls.push(begun);
    growing.push({ call: begun, args: grown({}, call.partialArgs) });
  } else open.args = grown(open.args, call.partialArgs);
}

/** Pieces of arguments: a path, and a value that belongs there; texts grow. */
function grown(args: Json, pieces: unknown): Json {
  const out = structuredClone(args) as Record<string, unknown>;
  for (const piece of objectsOf(pieces)) {
    const value = piece.stringValue ?? piece.numberValue ?? piece.boolValue ?? null;
    const steps = [...textOf(piece.jsonPath).matchAll(/\.(\w+)|\[(\d+)\]/g)].map(([, name, index]) => name ?? Number(index));
    let at = out as Record<string | number, unknown>;
    for (const [depth, step] of steps.slice(0, -1).entries()) {
      at[step] ??= typeof steps[depth + 1] === "number" ? [] : {};
      at = at[step] as Record<string | number, unknown>;
    }
    const last = steps.at(-1) ?? "";
    at[last] = typeof at[last] === "string" && typeof value === "string" ? at[last] + value : value;
  }
  return out;
}

function readUsage(usage: unknown): ToldUsage | undefined {
  if (!isObject(usage) || !["promptTokenCount", "totalTokenCount", "candidatesTokenCount"].some((name) => count(usage[name]) > 0))
    return undefined;
  const input = count(usage.promptTokenCount) + count(usage.toolUsePromptTokenCount);
  const thoughts = count(usage.thoughtsTokenCount);
  const said =
    usage.candidatesTokenCount === undefined ? count(usage.totalTokenCount) - input - thoughts : count(usage.candidatesTokenCount);
  return { input, cacheRead: count(usage.cachedContentTokenCount), output: Math.max(0, said) + thoughts };
}
