import type { JsonBody } from "../../exchange/index.ts";
import { type Fields, isFields, listOf } from "../json-fields.ts";

/**
 * The forms in which InvokeModel's models are spoken to, by the dialect that each is read as: Claude takes Messages, Nova nearly
 * Converse, gpt-oss and many open models Chat Completions. What other models take passes to Bedrock untouched and is not read.
 */
export type InvokeForm = "anthropic-messages" | "openai-chat" | "bedrock-converse";

const novaMembers = ["schemaVersion", "inferenceConfig", "toolConfig"];

/** The form of a request; undefined where it is none of these. The model's name does not tell: many are names of accounts' own. */
export function requestForm(body: JsonBody): InvokeForm | undefined {
  if (body.kind("messages") !== "array") return undefined;
  if (body.has("anthropic_version")) return "anthropic-messages";
  if (novaMembers.some((name) => body.has(name))) return "bedrock-converse";
  return listOf(body.get("messages")).some(holdsBareBlock) ? "bedrock-converse" : "openai-chat";
}

/** Nova's blocks are told apart by the member that they have; all others have a `type`. */
function holdsBareBlock(message: unknown): boolean {
  return isFields(message) && listOf(message.content).some((block) => isFields(block) && typeof block.type !== "string");
}

const novaEvents = ["messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata"];

/** The form of a whole answer, or of an event of a stream. */
export function answerForm(native: Fields): InvokeForm | undefined {
  if (Array.isArray(native.choices)) return "openai-chat";
  if (typeof native.type === "string" && /^(message|content_block|ping|error)/.test(native.type)) return "anthropic-messages";
  return isFields(native.output) || novaEvents.some((name) => name in native) ? "bedrock-converse" : undefined;
}
