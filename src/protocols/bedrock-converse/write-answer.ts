import {
  type Answer,
  type AnswerChoice,
  type CallItem,
  type Item,
  noUsage,
  type Part,
  parseData,
  type TextPart,
} from "../../exchange/index.ts";
import { type Block, isFields, ownFields } from "./fields.ts";
import { writeFinish } from "./finish.ts";
import { citedText } from "./read-blocks.ts";
import { writeClientReasoning } from "./reasoning.ts";
import { writeTier, writeUsage } from "./usage.ts";

/**
 * A whole answer as AWS's SDKs read it. Parts that the dialect has no form for (audio, hosted tools of others) are left
 * out. How long the model took is Bedrock's to say: the member is required, so it stands there empty.
 */
export function writeAnswer(answer: Answer): Record<string, unknown> {
  const choice: AnswerChoice = answer.choices[0] ?? { items: [] };
  const refused = choice.items.some((item) => item.type === "message" && item.parts.some((part) => part.type === "refusal"));
  const called = choice.items.some((item) => item.type === "call");
  const usage = answer.usage ?? noUsage;
  return {
    output: { message: { role: "assistant", content: choice.items.flatMap(writeItem) } },
    stopReason: writeFinish(choice.finish, called, refused),
    ...stopSequenceOf(choice.finish?.stopSequence),
    usage: writeUsage(usage),
    metrics: { latencyMs: 0 },
    ...writeTier(usage.tier ?? answer.tier),
  };
}

/** Where Claude tells which of the stop sequences it was. */
export function stopSequenceOf(stopSequence: string | undefined): Block {
  return stopSequence === undefined ? {} : { additionalModelResponseFields: { stop_sequence: stopSequence } };
}

function writeItem(item: Item): Block[] {
  switch (item.type) {
    case "message":
      return item.parts.flatMap(writePart);
    case "reasoning": {
      const block = writeClientReasoning(item);
      return block ? [block] : [];
    }
    case "call":
      return [{ toolUse: { toolUseId: item.callId, name: item.name, input: callInput(item), ...ownFields(item.extra) } }];
    case "opaque":
      return item.dialect === "bedrock-converse" && isFields(item.native) ? [{ ...item.native }] : [];
    case "result":
      return [];
  }
}

function writePart(part: Part): Block[] {
  if (part.type === "text") return part.text === "" && !part.annotations ? [] : [writeText(part)];
  if (part.type === "refusal") return part.text === "" ? [] : [{ text: part.text }];
  return part.type === "opaque" && part.dialect === "bedrock-converse" && isFields(part.native) ? [{ ...part.native }] : [];
}

/** Text, with the sources that it leans on where there are some; the block as it came, while it still says the same. */
export function writeText(part: TextPart): Block {
  const { citationsContent, json } = ownFields(part.extra);
  if (isFields(citationsContent) && citedText(citationsContent) === part.text) return { citationsContent };
  const citations = part.annotations?.flatMap(writeCitation) ?? [];
  if (citations.length > 0) return { citationsContent: { content: [{ text: part.text }], citations } };
  return json !== undefined && JSON.stringify(json) === part.text ? { json } : { text: part.text };
}

type Annotation = NonNullable<TextPart["annotations"]>[number];

/** Our own as it came; another dialect's where it names a page of the web. */
export function writeCitation(annotation: Annotation): Block[] {
  if (annotation.dialect === "bedrock-converse") return isFields(annotation.native) ? [{ ...annotation.native }] : [];
  if (annotation.url === undefined) return [];
  return [{ ...(annotation.title !== undefined && { title: annotation.title }), location: { web: { url: annotation.url } } }];
}

/** Arguments as the object that Converse's clients get; what is none is wrapped, never thrown away. */
export function callInput(call: Pick<CallItem, "arguments" | "custom">): unknown {
  if (call.arguments.trim() === "" && !call.custom) return {};
  return objectIn(call) ?? { _raw: call.arguments };
}

export function objectIn(call: Pick<CallItem, "arguments" | "custom">): Block | undefined {
  if (call.custom) return undefined;
  try {
    const input: unknown = parseData(call.arguments);
    return isFields(input) ? { ...input } : undefined;
  } catch {
    return undefined;
  }
}
