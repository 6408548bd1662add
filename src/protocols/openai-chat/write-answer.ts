import type { Answer, AnswerChoice, CallItem, Part, ReasoningItem } from "../../exchange/index.ts";
import type { WriteContext } from "../dialect.ts";
import { pushAll } from "../json-fields.ts";
import { answerId, speaksLegacy, thoughtGap, writeAnnotation, writeTier } from "./chat-writing.ts";
import { writeFinish } from "./finish.ts";
import { chatDialect, type JsonObject, ownFields } from "./json-value.ts";
import { shownReasoning, writeDetails } from "./reasoning.ts";
import { writeUsage } from "./usage.ts";

export function writeAnswer(answer: Answer, context: WriteContext): JsonObject {
  const legacy = speaksLegacy(context.request);
  return {
    id: answerId(answer.id, context),
    object: "chat.completion",
    created: answer.created ?? context.createdAt,
    model: answer.model,
    choices: answer.choices.map((choice, index) => writeChoice(choice, index, legacy)),
    ...(answer.usage && { usage: writeUsage(answer.usage) }),
    ...writeTier(answer.tier),
  };
}

function writeChoice(choice: AnswerChoice, index: number, legacy: boolean): JsonObject {
  const parts = choice.items.flatMap((item) => (item.type === "message" ? item.parts : []));
  const calls = choice.items.filter((item) => item.type === "call");
  const refusals = parts.filter((part) => part.type === "refusal");
  const { content, annotations, logprobs } = writeSaid(parts);
  return {
    index,
    message: {
      role: "assistant",
      content,
      refusal: refusals.length > 0 ? refusals.map((part) => part.text).join("") : null,
      ...writeThoughts(choice.items.filter((item) => item.type === "reasoning")),
      ...(annotations.length > 0 && { annotations }),
      ...writeAudio(parts),
      ...writeOpaque(choice),
      ...writeCalls(calls, legacy),
    },
    logprobs: logprobs.length > 0 ? { content: logprobs, refusal: null } : null,
    finish_reason: choice.finish ? writeFinish(choice.finish, legacy) : null,
  };
}

function writeSaid(parts: readonly Part[]): { content: string | null; annotations: JsonObject[]; logprobs: unknown[] } {
  let content: string | null = null;
  const annotations: JsonObject[] = [];
  const logprobs: unknown[] = [];
  for (const part of parts) {
    if (part.type !== "text") continue;
    const start = content?.length ?? 0;
    content = (content ?? "") + part.text;
    for (const annotation of part.annotations ?? []) {
      const written = writeAnnotation(annotation, start, content.length);
      if (written) annotations.push(written);
    }
    pushAll(logprobs, part.logprobs ?? []);
  }
  return { content, annotations, logprobs };
}

function writeThoughts(items: readonly ReasoningItem[]): JsonObject {
  const text = items.reduce((words, item) => {
    const shown = shownReasoning(item);
    return words + (words !== "" && shown !== "" ? thoughtGap(item.dialect) : "") + shown;
  }, "");
  const details = items.flatMap((item, index) => writeDetails(item, index));
  return { ...(text !== "" && { reasoning_content: text }), ...(details.length > 0 && { reasoning_details: details }) };
}

function writeAudio(parts: readonly Part[]): JsonObject {
  const audio = parts.find((part) => part.type === "audio");
  if (audio?.type !== "audio") return {};
  return { audio: { ...ownFields(audio.extra), data: audio.data } };
}

function writeOpaque(choice: AnswerChoice): JsonObject {
  const members: JsonObject = {};
  for (const item of choice.items) if (item.type === "opaque" && item.dialect === chatDialect) members[item.label] = item.native;
  return members;
}

function writeCalls(calls: readonly CallItem[], legacy: boolean): JsonObject {
  const [first] = calls;
  if (!first) return {};
  if (legacy) return { function_call: { name: first.name, arguments: first.arguments } };
  return { tool_calls: calls.map(writeCall) };
}

function writeCall(call: CallItem): JsonObject {
  const { callId: id, name } = call;
  if (call.custom) return { id, type: "custom", custom: { name, input: call.arguments } };
  return { id, type: "function", function: { name, arguments: call.arguments === "" ? "{}" : call.arguments }, ...ownFields(call.extra) };
}
