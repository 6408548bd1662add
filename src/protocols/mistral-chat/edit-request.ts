import type { JsonBody, Losses, MemberEdit } from "../../exchange/index.ts";
import { foreignMark } from "../conversation/foreign-thoughts.ts";
import type { TargetTraits } from "../dialect.ts";
import { openaiChat } from "../openai-chat/index.ts";
import { isObject, type JsonObject } from "../openai-chat/json-value.ts";

/** The model's name, and the thoughts of other providers, which Mistral would take for its own. */
export function editRequest(body: JsonBody, target: TargetTraits, losses?: Losses): readonly MemberEdit[] {
  const edits = openaiChat.editRequest(body, { ...target, streamUsage: "always" });
  const raw = body.raw("messages");
  if (!raw || !Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).includes(`"${foreignMark}`)) return edits;
  const messages = body.get("messages");
  if (!Array.isArray(messages)) return edits;
  const kept = messages.map((message: unknown, index) => {
    const without = withoutForeign(message);
    if (without !== message) losses?.add("reasoning_foreign_dropped", `messages[${index}]`, "Q");
    return without;
  });
  return [...edits, { name: "messages", json: JSON.stringify(kept) }];
}

function withoutForeign(message: unknown): unknown {
  if (!isObject(message) || !Array.isArray(message.content)) return message;
  const content = message.content.filter((part: unknown) => !(isObject(part) && isForeign(part)));
  if (content.length === message.content.length) return message;
  return { ...message, content: content.length > 0 ? content : "" };
}

function isForeign({ type, signature }: JsonObject): boolean {
  return type === "thinking" && typeof signature === "string" && signature.startsWith(foreignMark);
}
