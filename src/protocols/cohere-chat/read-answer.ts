import { type Answer, type AnswerEvent, Fault, type Item, type Part } from "../../exchange/index.ts";
import { faultIn } from "./faults.ts";
import { cohereDialect, type Fields, fieldsOf, isFields, listOf, restOf, riding, wordOf } from "./fields.ts";
import { failedFinish, readFinish } from "./finish.ts";
import { readSaid } from "./read-messages.ts";
import { readUsage } from "./usage.ts";

const callFields = new Set(["type", "id", "function"]);

/** @throws Fault `upstream_malformed`, and the provider's own error where it came inside a 200 */
export function readAnswer(json: unknown): Answer {
  if (!isFields(json)) throw new Fault("upstream_malformed", { message: "The provider's answer is not a JSON object." });
  const fault = faultIn(json) ?? failedFinish(json);
  if (fault) throw fault;
  if (!isFields(json.message)) throw new Fault("upstream_malformed", { message: "The provider's answer has no message." });
  const finish = readFinish(json);
  const usage = readUsage(json.usage);
  return {
    id: wordOf(json.id) ?? "",
    model: wordOf(json.model) ?? "",
    choices: [{ items: readItems(json.message, listOf(json.logprobs)), ...(finish && { finish }) }],
    ...(usage && { usage }),
  };
}

function readItems(message: Fields, logprobs: readonly unknown[]): Item[] {
  const said = readSaid(message, (part) => opaquePart(part));
  const calls = listOf(message.tool_calls).map((entry, index): Item => {
    const call = fieldsOf(entry);
    const { name, arguments: text } = fieldsOf(call.function);
    const callId = wordOf(call.id) ?? `call_${index}`;
    const rest = riding(restOf(call, callFields));
    return { type: "call", callId, name: wordOf(name) ?? "", arguments: argumentsText(text), ...rest };
  });
  return [...(logprobs.length > 0 ? withLogprobs(said, logprobs) : said), ...calls];
}

/** A tool without parameters is called with `null`, where every other dialect, and every client, expects an object or nothing. */
export function argumentsText(text: unknown): string {
  return typeof text === "string" && text !== noArguments ? text : "";
}

export const noArguments = "null";

function opaquePart(part: unknown): Part {
  return { type: "opaque", dialect: cohereDialect, label: wordOf(fieldsOf(part).type) ?? "part", native: part };
}

/** They are told for the text as a whole. */
function withLogprobs(items: readonly Item[], logprobs: readonly unknown[]): Item[] {
  const at = items.findIndex((item) => item.type === "message" && item.phase === undefined);
  return items.map((item, index) => {
    if (index !== at || item.type !== "message") return item;
    const [first, ...rest] = item.parts;
    return first?.type === "text" ? { ...item, parts: [{ ...first, logprobs }, ...rest] } : item;
  });
}

/** Usage, finish and in-band errors of a whole answer, for the meter. */
export function skimAnswer(json: Record<string, unknown>): readonly AnswerEvent[] {
  const fault = faultIn(json) ?? failedFinish(json);
  const usage = readUsage(json.usage);
  const events: AnswerEvent[] = usage ? [{ type: "usage-report", usage }] : [];
  if (fault) return [...events, { type: "answer-error", fault }];
  const finish = readFinish(json);
  if (finish) events.unshift({ type: "choice-finish", choice: 0, finish });
  return finish || isFields(json.message) ? [...events, { type: "answer-end" }] : events;
}
