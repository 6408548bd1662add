import type { Annotation, Answer, AnswerChoice, CallItem, Finish, ReasoningItem, Usage } from "../../exchange/index.ts";
import { inputTokens } from "../../exchange/index.ts";
import { foreignSignature } from "../conversation/foreign-thoughts.ts";
import type { WriteContext } from "../dialect.ts";
import { chatDialect, isObject, type JsonObject, ownFields } from "../openai-chat/json-value.ts";
import { parsedSeal, shownReasoning } from "../openai-chat/reasoning.ts";

export function writeAnswer(answer: Answer, context: WriteContext): JsonObject {
  return {
    id: answer.id === "" ? context.requestId : answer.id,
    created: answer.created ?? context.createdAt,
    model: answer.model === "" ? context.request.model : answer.model,
    usage: writeUsage(answer.usage),
    object: "chat.completion",
    choices: answer.choices.map(writeChoice),
  };
}

function writeChoice(choice: AnswerChoice, index: number): JsonObject {
  const calls = choice.items.filter((item) => item.type === "call");
  const chunks = choice.items.flatMap((item): JsonObject[] => {
    if (item.type === "reasoning") return [writeThought(item)];
    return item.type === "message" ? item.parts.flatMap(chunksOf) : [];
  });
  const message = {
    role: "assistant",
    tool_calls: calls.length > 0 ? calls.map(writeCall) : null,
    // A string wherever it can be one, as Mistral itself writes it.
    content: chunks.every(({ type }) => type === "text") ? chunks.map(({ text }) => text).join("") : chunks,
  };
  return { index, finish_reason: writeFinish(choice.finish), message };
}

function chunksOf(part: Extract<AnswerChoice["items"][number], { type: "message" }>["parts"][number]): JsonObject[] {
  if (part.type === "refusal") return [{ type: "text", text: part.text }];
  if (part.type !== "text") return [];
  const references = (part.annotations ?? []).map(writeReference).filter((reference) => reference !== undefined);
  return part.text === "" ? references : [{ type: "text", text: part.text }, ...references];
}

/** Only Mistral's own: citations of others have no form that all of its clients take. */
export function writeReference({ dialect, native }: Annotation): JsonObject | undefined {
  return dialect === chatDialect && isObject(native) && native.type === "reference" ? (native as JsonObject) : undefined;
}

/** A thought as a chunk: Mistral's own as it came, those of others under a mark that brings them back to whom they belong. */
export function writeThought(item: ReasoningItem): JsonObject {
  const text = shownReasoning(item);
  return { type: "thinking", thinking: text === "" ? [] : [{ type: "text", text }], ...writeSeal(item) };
}

/** What a thought carries beside its words. */
export function writeSeal({ dialect, id, sealed, extra }: Pick<ReasoningItem, "dialect" | "id" | "sealed" | "extra">): JsonObject {
  const native = dialect === chatDialect ? (parsedSeal(sealed?.value ?? "") ?? ownFields(extra)) : {};
  return native.type === "thinking" ? native : { signature: foreignSignature(dialect, id, sealed) };
}

export function writeCall({ callId, name, arguments: json }: Pick<CallItem, "callId" | "name" | "arguments">, index: number): JsonObject {
  return { id: callId, type: "function", function: { name, arguments: json === "" ? "{}" : json }, index };
}

export function writeFinish(finish: Finish | undefined): string {
  switch (finish?.reason) {
    case "length":
      return "length";
    case "context-full":
      return "model_length";
    case "call":
      return "tool_calls";
    case "filtered":
    case "refusal":
      return "content_filter";
    default:
      return "stop";
  }
}

/** Zeros where the provider told nothing: Mistral's clients take no answer without. */
export function writeUsage(usage: Usage | undefined): JsonObject {
  const input = usage ? inputTokens(usage) : 0;
  const output = usage?.output ?? 0;
  return {
    prompt_tokens: input,
    total_tokens: input + output,
    completion_tokens: output,
    prompt_tokens_details: { cached_tokens: usage?.cacheRead ?? 0 },
    ...(usage && usage.reasoning > 0 && { completion_tokens_details: { reasoning_tokens: usage.reasoning } }),
  };
}
