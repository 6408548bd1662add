import type { Answer, AnswerEvent, Item, TextPart } from "../../exchange/index.ts";
import { readError } from "./faults.ts";
import { extraOf, type Fields, isFields, numberOf, textOf, unreadable } from "./fields.ts";
import { readFinish } from "./finish.ts";
import { opaqueItem, readCitation } from "./opaque-blocks.ts";
import { readThinking } from "./thinking.ts";
import { readUsage } from "./usage.ts";

/** @throws Fault `upstream_malformed`, or what an error inside a 200 says */
export function readAnswer(json: unknown): Answer {
  if (!isFields(json)) throw unreadable("The provider's answer is not an object.");
  if (json.type === "error") throw readError(json);
  if (!Array.isArray(json.content)) throw unreadable("The provider's answer has no content.");
  const finish = readFinish(json);
  const usage = isFields(json.usage) ? readUsage(json.usage) : undefined;
  return {
    id: textOf(json.id) ?? "",
    model: textOf(json.model) ?? "",
    ...(usage?.tier !== undefined && { tier: usage.tier }),
    choices: [{ items: readContent(json.content), ...(finish && { finish }) }],
    ...(usage && { usage }),
  };
}

/** Usage, finish and end of a whole answer. A count of tokens, or anything else that is no message, tells nothing. */
export function skimAnswer(json: Record<string, unknown>): readonly AnswerEvent[] {
  if (json.type === "error") return [{ type: "answer-error", fault: readError(json) }];
  if (json.type !== "message" && !Array.isArray(json.content)) return [];
  const finish = readFinish(json);
  const events: AnswerEvent[] = [];
  if (isFields(json.usage)) events.push({ type: "usage-report", usage: readUsage(json.usage) });
  if (finish) events.push({ type: "choice-finish", choice: 0, finish });
  events.push({ type: "answer-end" });
  return events;
}

/** The items of an answer; consecutive texts are parts of one message. */
function readContent(content: readonly unknown[]): Item[] {
  const items: Item[] = [];
  let texts: TextPart[] = [];
  const flush = () => {
    if (texts.length > 0) items.push({ type: "message", role: "assistant", parts: texts });
    texts = [];
  };
  for (const block of content) {
    if (!isFields(block)) throw unreadable("The provider's answer holds a content block that is not an object.");
    if (block.type === "text") {
      texts.push(textPart(block));
      continue;
    }
    flush();
    items.push(itemOf(block));
  }
  flush();
  return items;
}

function textPart(block: Fields): TextPart {
  const annotations = Array.isArray(block.citations) ? block.citations.map(readCitation) : [];
  return {
    type: "text",
    text: textOf(block.text) ?? "",
    ...(annotations.length > 0 && { annotations }),
    ...extraOf(block, ["type", "text", "citations"]),
  };
}

function itemOf(block: Fields): Item {
  if (block.type === "thinking" || block.type === "redacted_thinking") return readThinking(block);
  if (block.type !== "tool_use") return opaqueItem(block, "assistant");
  return {
    type: "call",
    callId: textOf(block.id) ?? "",
    name: textOf(block.name) ?? "",
    arguments: JSON.stringify(block.input ?? {}),
    ...extraOf(block, ["type", "id", "name", "input"]),
  };
}

/** The number of a content block in a stream event. */
export function blockIndex(event: Fields): string {
  return String(numberOf(event.index) ?? 0);
}
