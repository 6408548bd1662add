import type { JsonBody, Losses, MemberEdit } from "../../exchange/index.ts";
import { foreignMark } from "../conversation/foreign-thoughts.ts";
import type { TargetTraits } from "../dialect.ts";
import { isFields } from "./fields.ts";
import { isForeignReasoning } from "./reasoning.ts";

const mark = new TextEncoder().encode(`"${foreignMark}`);

/**
 * The thoughts of other providers that the caller still holds from an earlier turn: Bedrock would refuse their
 * signatures. The model's name stands in the path. Nothing is touched where there is nothing to change.
 */
export function editRequest(body: JsonBody, _target: TargetTraits, losses?: Losses): readonly MemberEdit[] {
  if (!body.bytes.includes(mark)) return [];
  const messages = body.get("messages");
  const kept = Array.isArray(messages) ? withoutForeignThoughts(messages, losses) : undefined;
  return kept ? [{ name: "messages", json: JSON.stringify(kept) }] : [];
}

/** Undefined where there are none. */
function withoutForeignThoughts(messages: readonly unknown[], losses: Losses | undefined): unknown[] | undefined {
  let changed = false;
  const kept: unknown[] = [];
  for (const [index, message] of messages.entries()) {
    const content = isFields(message) && Array.isArray(message.content) ? message.content : undefined;
    const own = content?.filter((block: unknown) => !isFields(block) || !isForeignReasoning(block));
    if (content === undefined || own === undefined || own.length === content.length) {
      kept.push(message);
      continue;
    }
    changed = true;
    losses?.add("reasoning_foreign_dropped", `messages.${index}`, "Q");
    if (own.length > 0) kept.push({ ...(message as object), content: own });
  }
  return changed ? kept : undefined;
}
