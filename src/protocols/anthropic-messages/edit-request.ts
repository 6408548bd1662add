import type { JsonBody, Losses, MemberEdit } from "../../exchange/index.ts";
import { foreignMark } from "../conversation/foreign-thoughts.ts";
import type { TargetTraits } from "../dialect.ts";
import { isFields } from "./fields.ts";

const mark = new TextEncoder().encode(`"${foreignMark}`);

/**
 * The model's name, and the thoughts of other providers that the caller still holds from an earlier turn: Anthropic
 * would refuse their signatures. Both are left alone where there is nothing to change.
 */
export function editRequest(body: JsonBody, target: TargetTraits, losses?: Losses): readonly MemberEdit[] {
  const edits: MemberEdit[] = [];
  if (body.get("model") !== target.model) edits.push({ name: "model", json: JSON.stringify(target.model) });
  if (Buffer.from(body.bytes.buffer, body.bytes.byteOffset, body.bytes.length).includes(mark)) {
    const messages = body.get("messages");
    const kept = Array.isArray(messages) ? withoutForeignThoughts(messages, losses) : undefined;
    if (kept) edits.push({ name: "messages", json: JSON.stringify(kept) });
  }
  return edits;
}

/** Undefined where there are none. */
function withoutForeignThoughts(messages: readonly unknown[], losses: Losses | undefined): unknown[] | undefined {
  let changed = false;
  const kept: unknown[] = [];
  for (const [index, message] of messages.entries()) {
    if (!isFields(message) || !Array.isArray(message.content)) {
      kept.push(message);
      continue;
    }
    const content = message.content.filter((block: unknown) => !isForeignThought(block));
    if (content.length === message.content.length) {
      kept.push(message);
      continue;
    }
    changed = true;
    losses?.add("reasoning_foreign_dropped", `messages.${index}`, "Q");
    if (content.length > 0) kept.push({ ...message, content });
  }
  return changed ? kept : undefined;
}

function isForeignThought(block: unknown): boolean {
  return isFields(block) && block.type === "thinking" && typeof block.signature === "string" && block.signature.startsWith(foreignMark);
}
