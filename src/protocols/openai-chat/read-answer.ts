import type { Answer, AnswerChoice, AnswerEvent, CallItem, Finish, Item, Part, ReasoningItem, TextPart } from "../../exchange/index.ts";
import { Fault } from "../../exchange/index.ts";
import { pushAll } from "../json-fields.ts";
import { faultIn } from "./faults.ts";
import { failedFinish, finishWord, readFinish } from "./finish.ts";
import { chatDialect, isObject, type JsonObject, listOf, numberOf, objectOf, textOf, wordOf } from "./json-value.ts";
import { customCall, legacyCall, messageIn, opaqueMembers, readAnnotation, saidIn, speaks, topCitations } from "./read-delta.ts";
import { argumentsText, readReasoning, readThinking } from "./read-messages.ts";
import { usageIn } from "./usage.ts";

/** @throws Fault `upstream_malformed`, and the provider's own error where it came inside a 200 */
export function readAnswer(json: unknown): Answer {
  if (!isObject(json)) throw new Fault("upstream_malformed", { message: "The provider's answer is not a JSON object." });
  const fault = faultIn(json);
  if (fault) throw fault;
  if (!Array.isArray(json.choices)) throw new Fault("upstream_malformed", { message: "The provider's answer has no choices." });
  return {
    id: textOf(json.id) ?? "",
    model: textOf(json.model) ?? "",
    created: numberOf(json.created),
    tier: wordOf(json.service_tier),
    choices: json.choices.map((choice) => readChoice(choice, json)),
    usage: usageIn(json),
  };
}

function readChoice(choice: unknown, answer: JsonObject): AnswerChoice {
  if (!isObject(choice)) throw new Fault("upstream_malformed", { message: "A choice in the provider's answer is not an object." });
  const fault = faultIn(choice);
  if (fault) throw fault;
  const message = messageIn(choice);
  const calls = readCalls(message, `${textOf(answer.id) ?? ""}_${numberOf(choice.index) ?? 0}`);
  const thoughts: ReasoningItem[] = [];
  const parts: Part[] = [];
  let text: { text: string; annotations: NonNullable<TextPart["annotations"]>[number][] } | undefined;
  for (const said of saidIn(message.content)) {
    if (said.kind === "thinking") thoughts.push(readThinking(said.part));
    else {
      text ??= { text: "", annotations: [] };
      if (said.kind === "text") text.text += said.text;
      else text.annotations.push(said.annotation);
    }
  }
  const annotations = [...listOf(message.annotations).map(readAnnotation), ...topCitations(answer), ...(text?.annotations ?? [])];
  if (text || annotations.length > 0) {
    const logprobs = objectOf(choice.logprobs).content;
    parts.push({
      type: "text",
      text: text?.text ?? "",
      annotations: annotations.length > 0 ? annotations : undefined,
      logprobs: Array.isArray(logprobs) ? logprobs : undefined,
    });
  }
  if (wordOf(message.refusal)) parts.push({ type: "refusal", text: message.refusal as string });
  if (isObject(message.audio) && speaks(message.audio)) parts.push(readAudio(message.audio));
  const items: Item[] = [...thoughts, ...readReasoning(message), ...opaqueItems(message)];
  if (parts.length > 0) items.push({ type: "message", role: "assistant", parts });
  pushAll(items, calls);
  return { items, finish: readChoiceFinish(choice, calls.length > 0) };
}

function readChoiceFinish(choice: JsonObject, hasCall: boolean): Finish | undefined {
  const word = wholeFinishWord(choice);
  if (word === undefined) return undefined;
  const fault = failedFinish(word);
  if (fault) throw fault;
  return readFinish(word, hasCall);
}

/** A whole answer whose provider leaves the reason empty has still come to its end. */
function wholeFinishWord(choice: JsonObject): string | undefined {
  return choice.finish_reason === "" ? "stop" : finishWord(choice.finish_reason);
}

function readCalls(message: JsonObject, seed: string): CallItem[] {
  const calls: CallItem[] = listOf(message.tool_calls).map((entry, index) => {
    const call = objectOf(entry);
    const custom = customCall(call);
    const { name, arguments: json, input } = custom ?? objectOf(call.function);
    return {
      type: "call",
      callId: wordOf(call.id) ?? madeUpCallId(seed, index),
      name: textOf(name) ?? "",
      arguments: argumentsText(custom ? input : json),
      custom: custom ? true : undefined,
      extra: callExtra(call),
    };
  });
  const legacy = legacyCall(message);
  if (legacy) {
    const { name, arguments: json } = legacy;
    calls.push({
      type: "call",
      callId: madeUpCallId(seed, calls.length),
      name: textOf(name) ?? "",
      arguments: argumentsText(json),
    });
  }
  return calls;
}

/** Google's compatible surface carries its signatures here. */
export function callExtra(call: JsonObject): CallItem["extra"] {
  return isObject(call.extra_content) ? { dialect: chatDialect, fields: { extra_content: call.extra_content } } : undefined;
}

/** The same for the same answer, so that a streamed and a whole answer agree. */
export function madeUpCallId(seed: string, index: number): string {
  return `call_${seed.replaceAll(/[^A-Za-z0-9_-]/g, "").slice(-48)}_${index}`;
}

function readAudio(audio: JsonObject): Part {
  const { data, ...fields } = audio;
  return { type: "audio", format: "unknown", data: textOf(data) ?? "", extra: { dialect: chatDialect, fields } };
}

function opaqueItems(message: JsonObject): Item[] {
  return opaqueMembers
    .filter((name) => Array.isArray(message[name]) && (message[name] as unknown[]).length > 0)
    .map((name) => ({ type: "opaque", dialect: chatDialect, label: name, role: "assistant", native: message[name] }));
}

/** Usage, finish and in-band errors of a whole answer, for the meter. */
export function skimAnswer(json: JsonObject): AnswerEvent[] {
  const usage = usageIn(json);
  const events: AnswerEvent[] = usage ? [{ type: "usage-report", usage }] : [];
  const choices = Array.isArray(json.choices) ? json.choices.map(objectOf) : undefined;
  const fault = faultIn(json) ?? choices?.map(choiceFault).find((found) => found !== undefined);
  if (fault) return [...events, { type: "answer-error", fault }];
  if (choices === undefined) return events;
  choices.forEach((choice, position) => {
    const word = wholeFinishWord(choice);
    const message = messageIn(choice);
    const hasCall = listOf(message.tool_calls).length > 0 || legacyCall(message) !== undefined;
    if (word !== undefined) {
      events.push({ type: "choice-finish", choice: numberOf(choice.index) ?? position, finish: readFinish(word, hasCall) });
    }
  });
  events.push({ type: "answer-end" });
  return events;
}

function choiceFault(choice: JsonObject): Fault | undefined {
  return faultIn(choice) ?? failedFinish(finishWord(choice.finish_reason) ?? "");
}
