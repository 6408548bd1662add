import type { Answer, AnswerEvent, Item, TextPart } from "../../exchange/index.ts";
import { extraOf, type Fields, fieldsOf, isFields, restOf, textOf, unreadable } from "./fields.ts";
import { brokenOutput, readFinish } from "./finish.ts";
import { opaqueItem, readCited } from "./read-blocks.ts";
import { readReasoning } from "./reasoning.ts";
import { readUsage } from "./usage.ts";

/** Bedrock's answers have neither an id nor the model's name in their body. @throws Fault `upstream_malformed` */
export function readAnswer(json: unknown): Answer {
  if (!isFields(json)) throw unreadable("The provider's answer is not an object.");
  const content = fieldsOf(fieldsOf(json.output).message).content;
  if (!Array.isArray(content)) throw unreadable("The provider's answer has no content.");
  const broken = brokenOutput(json);
  if (broken) throw broken;
  const finish = readFinish(json);
  const usage = readUsage(json);
  return {
    ...{ id: "", model: "" },
    ...(usage?.tier !== undefined && { tier: usage.tier }),
    choices: [{ items: readContent(content), ...(finish && { finish }) }],
    ...(usage && { usage }),
  };
}

/** Usage, finish and end of a whole answer. A count of tokens, or anything else that is no answer, tells nothing. */
export function skimAnswer(json: Fields): readonly AnswerEvent[] {
  const finish = readFinish(json);
  if (!finish && !isFields(json.output)) return [];
  const events: AnswerEvent[] = [];
  const usage = readUsage(json);
  if (usage) events.push({ type: "usage-report", usage });
  const broken = brokenOutput(json);
  if (broken) return [...events, { type: "answer-error", fault: broken, told: true }];
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
    const text = textPart(block);
    if (text) {
      texts.push(text);
      continue;
    }
    flush();
    items.push(itemOf(block));
  }
  flush();
  return items;
}

function textPart(block: Fields): TextPart | undefined {
  if (typeof block.text === "string") return { type: "text", text: block.text };
  return isFields(block.citationsContent) ? readCited(block.citationsContent) : undefined;
}

function itemOf(block: Fields): Item {
  if (isFields(block.reasoningContent)) return readReasoning(block.reasoningContent);
  const call = block.toolUse;
  if (!isFields(call) || call.type === "server_tool_use") return opaqueItem(block, "assistant");
  return {
    type: "call",
    callId: textOf(call.toolUseId) ?? "",
    name: textOf(call.name) ?? "",
    arguments: JSON.stringify(call.input ?? {}),
    ...extraOf(restOf(call, ["toolUseId", "name", "input"])),
  };
}
