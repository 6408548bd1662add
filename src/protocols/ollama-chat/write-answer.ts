import type { Answer, AnswerChoice, CallItem, Item, OpaqueItem } from "../../exchange/index.ts";
import type { WriteContext } from "../dialect.ts";
import { isoTime } from "../iso-time.ts";
import { type Fields, fieldsOf, ollamaDialect, ownFields } from "./fields.ts";
import { writeFinish } from "./finish.ts";
import { writeUsage } from "./usage.ts";
import { callInput } from "./write-messages.ts";

/** What a model says, as a chat has it: in a message. `/api/generate` has the same bare. */
export const asMessage = (said: Fields): Fields => ({ message: { role: "assistant", ...said } });

/** A whole answer. Citations, audio and the hosted tools of other dialects have no form here and are left out. */
export function writeAnswer(answer: Answer, context: WriteContext, form = asMessage): Fields {
  const choice: AnswerChoice = answer.choices[0] ?? { items: [] };
  const logprobs = choice.items.flatMap((item) => (item.type === "message" ? item.parts : [])).flatMap(logprobsOf);
  return {
    ...writeHead(answer.model, answer.created, context),
    ...form(writeMessage(choice.items)),
    done: true,
    done_reason: writeFinish(choice.finish),
    ...writeUsage(answer.usage),
    ...(logprobs.length > 0 && { logprobs }),
  };
}

/** What every answer and every line begins with. */
export function writeHead(model: string, created: number | undefined, context: WriteContext): Fields {
  return {
    model: model === "" ? context.request.model : model,
    created_at: isoTime(created ?? context.createdAt) ?? isoTime(context.createdAt),
  };
}

function logprobsOf(part: { readonly type: string; readonly logprobs?: readonly unknown[] }): readonly unknown[] {
  return part.logprobs ?? [];
}

function writeMessage(items: readonly Item[]): Fields {
  let content = "";
  const thoughts: string[] = [];
  for (const item of items) {
    if (item.type === "reasoning") thoughts.push(item.text ?? item.summary.join("\n\n"));
    if (item.type !== "message") continue;
    for (const part of item.parts) if (part.type === "text" || part.type === "refusal") content += part.text;
  }
  const thinking = thoughts.filter((text) => text !== "").join("\n\n");
  const calls = items.filter((item) => item.type === "call");
  const images = items.flatMap((item) => (item.type === "opaque" ? drawnImages(item) : []));
  return {
    content,
    ...(thinking !== "" && { thinking }),
    ...(images.length > 0 && { images }),
    ...(calls.length > 0 && { tool_calls: calls.map(writeCall) }),
  };
}

/** Pictures go only where they came from. */
export function drawnImages(item: OpaqueItem): readonly unknown[] {
  return item.dialect === ollamaDialect && item.label === "images" && Array.isArray(item.native) ? item.native : [];
}

/** With its id and its number, as newer servers write it: a client that sends the message back tells us which call is which. */
export function writeCall(call: Pick<CallItem, "callId" | "name" | "arguments" | "custom" | "extra">, index: number): Fields {
  const { function: inner, ...outer } = ownFields(call.extra);
  const input = callInput(call) ?? { _raw: call.arguments };
  return { id: call.callId, ...outer, function: { index, ...fieldsOf(inner), name: call.name, arguments: input } };
}
