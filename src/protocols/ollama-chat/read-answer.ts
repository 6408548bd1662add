import { createHash } from "node:crypto";
import { type Answer, type AnswerEvent, type CallItem, Fault, type Item, type OpaqueItem } from "../../exchange/index.ts";
import { pushAll } from "../json-fields.ts";
import { faultIn } from "./faults.ts";
import { type Fields, fieldsOf, isFields, listOf, ollamaDialect, wordOf } from "./fields.ts";
import { readFinish } from "./finish.ts";
import { argumentsText, callExtra } from "./read-messages.ts";
import { readUsage } from "./usage.ts";

/** @throws Fault `upstream_malformed`, and the provider's own error where it came inside a 200 */
export function readAnswer(json: unknown): Answer {
  if (!isFields(json)) throw new Fault("upstream_malformed", { message: "The provider's answer is not a JSON object." });
  const fault = faultIn(json);
  if (fault) throw fault;
  const message = messageIn(json);
  if (!message) throw new Fault("upstream_malformed", { message: "The provider's answer has no message." });
  const items = readItems(json, message);
  const hasCall = items.some((item) => item.type === "call");
  const usage = readUsage(json);
  const created = secondsOf(json.created_at);
  return {
    id: "",
    model: wordOf(json.model) ?? "",
    ...(created !== undefined && { created }),
    choices: [{ items, ...(json.done === true && { finish: readFinish(json, hasCall) }) }],
    ...(usage && { usage }),
  };
}

/** What the model says: a message, or its members bare, as `/api/generate` has them. */
export function messageIn(native: Fields): Fields | undefined {
  if (isFields(native.message)) return native.message;
  return typeof native.response === "string" ? { content: native.response, thinking: native.thinking } : undefined;
}

function readItems(json: Fields, message: Fields): Item[] {
  const items: Item[] = [];
  const thinking = wordOf(message.thinking);
  const content = wordOf(message.content);
  const logprobs = listOf(json.logprobs);
  if (thinking !== undefined) items.push({ type: "reasoning", dialect: ollamaDialect, summary: [], text: thinking });
  if (content !== undefined) {
    const text = { type: "text", text: content, ...(logprobs.length > 0 && { logprobs }) } as const;
    items.push({ type: "message", role: "assistant", parts: [text] });
  }
  const drawn = imagesIn(message);
  if (drawn) items.push(drawn);
  pushAll(items, readCalls(json, message, 0));
  return items;
}

/** Pictures that the model made: no other dialect of text has a place for them in an answer. */
export function imagesIn(message: Fields): OpaqueItem | undefined {
  const images = listOf(message.images);
  return images.length > 0 ? { type: "opaque", dialect: ollamaDialect, label: "images", role: "assistant", native: images } : undefined;
}

/** @param before how many calls stand before these in the same answer */
export function readCalls(json: Fields, message: Fields, before: number): CallItem[] {
  return listOf(message.tool_calls).map((entry, index) => {
    const call = fieldsOf(entry);
    const inner = fieldsOf(call.function);
    const name = wordOf(inner.name) ?? "";
    const text = argumentsText(inner.arguments);
    const callId = wordOf(call.id) ?? madeUpCallId([wordOf(json.created_at) ?? "", name, text], before + index);
    return { type: "call", callId, name, arguments: text, ...callExtra(call) };
  });
}

/** Older servers give none: made of the moment, the call and its place, so that no two of a conversation are the same. */
function madeUpCallId(seed: readonly string[], place: number): string {
  const hash = createHash("sha256").update(JSON.stringify(seed)).digest("hex");
  return `call_${hash.slice(0, 16)}_${place}`;
}

export function secondsOf(time: unknown): number | undefined {
  const milliseconds = typeof time === "string" ? Date.parse(time) : Number.NaN;
  return Number.isNaN(milliseconds) ? undefined : Math.floor(milliseconds / 1000);
}

/** Usage, finish and in-band errors of a whole answer, for the meter. */
export function skimAnswer(json: Record<string, unknown>): readonly AnswerEvent[] {
  const fault = faultIn(json);
  if (fault) return [{ type: "answer-error", fault }];
  return json.done === true ? endOf(json, listOf(fieldsOf(json.message).tool_calls).length > 0) : [];
}

/** What the line with `done` tells, at every depth. */
export function endOf(native: Fields, hasCall: boolean): AnswerEvent[] {
  const usage = readUsage(native);
  return [
    { type: "choice-finish", choice: 0, finish: readFinish(native, hasCall) },
    ...(usage ? [{ type: "usage-report", usage } as const] : []),
    { type: "answer-end" },
  ];
}
