import {
  type Answer,
  type AnswerChoice,
  type CallItem,
  type Item,
  noUsage,
  type Part,
  parseData,
  type TextPart,
} from "../../exchange/index.ts";
import type { WriteContext } from "../dialect.ts";
import { type Block, isFields, ownFields } from "./fields.ts";
import { writeFinish } from "./finish.ts";
import { writeClientThinking } from "./thinking.ts";
import { writeUsage } from "./usage.ts";

/** A whole answer as `@anthropic-ai/sdk` reads it. Parts that the dialect has no form for (audio, hosted tools) are left out. */
export function writeAnswer(answer: Answer, context: WriteContext): Record<string, unknown> {
  const choice: AnswerChoice = answer.choices[0] ?? { items: [] };
  const content = choice.items.flatMap(writeItem);
  const refused = choice.items.some((item) => item.type === "message" && item.parts.some((part) => part.type === "refusal"));
  const called = choice.items.some((item) => item.type === "call");
  return {
    id: messageId(answer.id, context),
    type: "message",
    role: "assistant",
    model: answer.model === "" ? context.request.model : answer.model,
    content,
    ...writeFinish(choice.finish, called, refused),
    usage: writeUsage(answer.usage ?? noUsage),
  };
}

/** The upstream's own id where it is one of Anthropic's, otherwise one made of the request's. */
export function messageId(id: string, context: WriteContext): string {
  return id.startsWith("msg_") ? id : `msg_${context.requestId.replace(/^req_/, "")}`;
}

function writeItem(item: Item): Block[] {
  switch (item.type) {
    case "message":
      return item.parts.flatMap(writePart);
    case "reasoning":
      return [writeClientThinking(item)].filter((block) => block.thinking !== "" || block.signature !== "");
    case "call":
      return [{ type: "tool_use", id: item.callId, name: item.name, input: callInput(item), ...ownFields(item.extra) }];
    case "opaque":
      return item.dialect === "anthropic-messages" && isFields(item.native) ? [{ ...item.native }] : [];
    case "result":
      return [];
  }
}

function writePart(part: Part): Block[] {
  if (part.type === "text") return part.text === "" && !part.annotations ? [] : [writeText(part)];
  if (part.type === "refusal") return part.text === "" ? [] : [{ type: "text", text: part.text, citations: null }];
  return part.type === "opaque" && part.dialect === "anthropic-messages" && isFields(part.native) ? [{ ...part.native }] : [];
}

function writeText(part: TextPart): Block {
  const citations = part.annotations?.filter((note) => note.dialect === "anthropic-messages").map((note) => note.native) ?? [];
  return { type: "text", text: part.text, citations: citations.length > 0 ? citations : null, ...ownFields(part.extra) };
}

/** Arguments as the object that Anthropic's clients get; what is none is wrapped, never thrown away. */
export function callInput(call: Pick<CallItem, "arguments" | "custom">): unknown {
  if (call.arguments.trim() === "" && !call.custom) return {};
  try {
    const input: unknown = call.custom ? undefined : parseData(call.arguments);
    if (isFields(input)) return input;
  } catch {
    return { _raw: call.arguments };
  }
  return { _raw: call.arguments };
}
