import { type Item, JsonBody, type MemberEdit, type ModelRequest } from "../../exchange/index.ts";
import { checkRequest } from "../openai-chat/check-request.ts";
import { isObject, type JsonObject } from "../openai-chat/json-value.ts";
import { readRequest as readChat } from "../openai-chat/read-request.ts";

/**
 * Mistral's words for what Chat Completions calls otherwise; everything else stands where it stands there, fields that we do not
 * know among it.
 *
 * @throws Fault `request_malformed`
 */
export function readRequest(body: JsonBody): ModelRequest {
  checkRequest(body);
  const seed = body.raw("random_seed");
  const edits: MemberEdit[] = [{ name: "messages", json: JSON.stringify((body.get("messages") as unknown[]).map(asChatMessage)) }];
  if (seed) edits.push({ name: "random_seed", json: undefined }, { name: "seed", json: JSON.stringify(body.get("random_seed")) });
  const request = readChat(JsonBody.scan(body.splice(edits)));
  const thinks = body.get("prompt_mode") === "reasoning" && request.reasoning === undefined;
  return { ...request, items: request.items.map(withPlainThoughts), includeUsage: true, ...(thinks && { reasoning: { mode: "enabled" } }) };
}

/** Thoughts are words, in each provider's own form; what Mistral signed is whole in its seal, and goes back to Mistral only. */
function withPlainThoughts(item: Item): Item {
  if (item.type !== "reasoning" || item.extra === undefined) return item;
  const { extra: _extra, ...plain } = item;
  return plain;
}

function asChatMessage(message: unknown): unknown {
  if (!isObject(message)) return message;
  // The SDK writes it into every turn of the assistant's.
  const { prefix, ...rest } = message;
  const { content } = rest;
  return {
    ...rest,
    ...(Array.isArray(content) && { content: joined(content).map((part) => (isObject(part) ? asChatPart(part) : part)) }),
    ...(prefix === true && { prefix }),
  };
}

/** The pieces of a streamed thought as one chunk, under the signature that stands in the last of them. */
function joined(parts: readonly unknown[]): unknown[] {
  const out: unknown[] = [];
  for (const part of parts) {
    const before = out.at(-1);
    const grows = isThought(before) && isThought(part) && before.signature === undefined;
    if (grows) out[out.length - 1] = { ...part, thinking: [...before.thinking, ...part.thinking] };
    else out.push(part);
  }
  return out;
}

function isThought(part: unknown): part is JsonObject & { readonly thinking: unknown[] } {
  return isObject(part) && part.type === "thinking" && Array.isArray(part.thinking);
}

function asChatPart(part: JsonObject): JsonObject {
  if (part.type === "document_url" && typeof part.document_url === "string") {
    return { type: "file", file: { filename: part.document_name, file_data: part.document_url } };
  }
  if (part.type === "file" && typeof part.file_id === "string") return { type: "file", file: { file_id: part.file_id } };
  return part;
}
