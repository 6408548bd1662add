import { type Answer, type AnswerChoice, type Item, noUsage, type Part } from "../../exchange/index.ts";
import type { WriteContext } from "../dialect.ts";
import { pushAll } from "../json-fields.ts";
import { writeCitation } from "./citations.ts";
import { cohereDialect, type Fields, fieldsOf, listOf, numberOf, ownFields, wordOf } from "./fields.ts";
import { writeFinish } from "./finish.ts";
import { planPhase } from "./read-messages.ts";
import { writeUsage } from "./usage.ts";

/** A whole answer as `cohere-ai` reads it. Audio and the hosted tools of other dialects have no form here and are left out. */
export function writeAnswer(answer: Answer, context: WriteContext): Fields {
  const choice: AnswerChoice = answer.choices[0] ?? { items: [] };
  const logprobs = choice.items.flatMap((item) => (item.type === "message" ? item.parts : [])).flatMap(logprobsOf);
  return {
    id: answerId(answer.id, context),
    message: writeMessage(choice.items),
    finish_reason: writeFinish(choice.finish),
    usage: writeUsage(answer.usage ?? noUsage),
    ...(logprobs.length > 0 && { logprobs: logprobs.map(writeLogprob) }),
  };
}

/** The upstream's own id where it is one of Cohere's, otherwise the request's. */
export function answerId(id: string, context: WriteContext): string {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id) ? id : context.requestId;
}

function logprobsOf(part: Part): readonly unknown[] {
  return part.type === "text" ? (part.logprobs ?? []) : [];
}

/** Entries of the OpenAI dialects are of one token each; those of Cohere go as they came. */
export function writeLogprob(entry: unknown): Fields {
  const { token, logprob, ...own } = fieldsOf(entry);
  if (wordOf(token) === undefined) return own;
  return { text: token, token_ids: [], logprobs: [numberOf(logprob) ?? 0] };
}

function writeMessage(items: readonly Item[]): Fields {
  const plan: string[] = [];
  const content: Fields[] = [];
  const calls: Fields[] = [];
  const citations: unknown[] = [];
  for (const item of items) {
    if (item.type === "reasoning") {
      const thinking = item.text ?? item.summary.join("\n\n");
      if (thinking !== "") content.push({ type: "thinking", thinking });
    } else if (item.type === "call") {
      const { callId: id, name, arguments: text } = item;
      calls.push({ id, type: "function", function: { name, arguments: text === "" ? "{}" : text }, ...ownFields(item.extra) });
    } else if (item.type === "opaque") {
      if (item.dialect === cohereDialect) pushAll(citations, listOf(item.native));
    } else if (item.type === "message") {
      for (const part of item.parts) {
        const written = writePart(part, content.length, citations);
        if (written && item.phase === planPhase) plan.push(wordOf(written.text) ?? "");
        else if (written) content.push(written);
      }
    }
  }
  return {
    role: "assistant",
    ...(plan.length > 0 && { tool_plan: plan.join("") }),
    ...((content.length > 0 || plan.length + calls.length === 0) && { content }),
    ...(calls.length > 0 && { tool_calls: calls }),
    ...(citations.length > 0 && { citations }),
  };
}

function writePart(part: Part, index: number, citations: unknown[]): Fields | undefined {
  if (part.type === "text") {
    for (const annotation of part.annotations ?? []) {
      const written = writeCitation(annotation, part.text, index);
      if (written) citations.push(written);
    }
    return part.text === "" ? undefined : { type: "text", text: part.text, ...ownFields(part.extra) };
  }
  if (part.type === "refusal") return part.text === "" ? undefined : { type: "text", text: part.text };
  return part.type === "opaque" && part.dialect === cohereDialect ? (part.native as Fields) : undefined;
}
