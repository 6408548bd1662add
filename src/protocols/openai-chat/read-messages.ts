import { type CallItem, Fault, type Item, type MessageItem, type Part, type ReasoningItem } from "../../exchange/index.ts";
import { readForeign } from "../conversation/foreign-thoughts.ts";
import { pushAll } from "../json-fields.ts";
import { chatDialect, extraOf, isObject, type JsonObject, listOf, malformed, objectOf, textOf, wordOf } from "./json-value.ts";
import { customCall, legacyCall, speaks, thinkingText } from "./read-delta.ts";
import { cacheOf, readContent } from "./read-parts.ts";
import { readDetail } from "./reasoning.ts";

const messageFields = new Set(["role", "content", "name"]);
const toolFields = new Set(["role", "content", "tool_call_id"]);
const functionFields = new Set(["role", "content", "name"]);
const callFields = new Set(["type", "id", "index", "function", "custom"]);
const assistantFields = new Set([
  ...["role", "content", "name", "refusal", "tool_calls", "function_call", "audio"],
  ...["reasoning_content", "reasoning", "reasoning_details"],
]);

/** Marks what came in the form of before tools (`functions`), so that the answer goes out in it. */
export const legacyMark = "function_call";

interface ReadState {
  readonly items: Item[];
  readonly customCalls: Set<string>;
  /** Calls of the old form that wait for their `function` message, which names no id. */
  readonly legacyCalls: { name: string; callId: string }[];
}

/** @throws Fault `request_malformed` */
export function readMessages(messages: readonly unknown[]): Item[] {
  const state: ReadState = { items: [], customCalls: new Set(), legacyCalls: [] };
  messages.forEach((message, index) => {
    readMessage(message, `messages[${index}]`, state);
  });
  return state.items;
}

function readMessage(message: unknown, path: string, state: ReadState): void {
  if (!isObject(message)) throw malformed(path, "an object");
  switch (message.role) {
    case "system":
    case "developer":
    case "user":
      state.items.push({
        type: "message",
        role: message.role,
        parts: readContent(message.content, `${path}.content`),
        name: wordOf(message.name),
        extra: extraOf(message, messageFields),
      });
      return;
    case "assistant":
      readAssistant(message, path, state);
      return;
    case "tool":
      readToolMessage(message, path, state);
      return;
    case "function":
      readFunctionMessage(message, path, state);
      return;
    default:
      throw new Fault("request_malformed", {
        message: `"${path}.role" must be system, developer, user, assistant or tool.`,
        param: `${path}.role`,
      });
  }
}

/** One message is up to three kinds of items: what was thought, what was said, what was called. */
function readAssistant(message: JsonObject, path: string, state: ReadState): void {
  const { reasoning, content } = withoutThinking(message.content);
  pushAll(state.items, [...reasoning, ...readReasoning(message)]);
  const parts: Part[] = readContent(content, `${path}.content`);
  if (wordOf(message.refusal)) parts.push({ type: "refusal", text: message.refusal as string });
  if (isObject(message.audio) && speaks(message.audio))
    parts.push({ type: "opaque", dialect: chatDialect, label: "audio", native: message.audio });
  const calls = listOf(message.tool_calls).map((call, index) => readCall(call, `${path}.tool_calls[${index}]`));
  const name = wordOf(message.name);
  const legacy = legacyCall(message);
  const extra = extraOf(message, assistantFields);
  const silent = parts.every((part) => part.type === "text" && part.text === "");
  if (!silent || name !== undefined || extra !== undefined || (calls.length === 0 && !legacy)) {
    const said: MessageItem = {
      type: "message",
      role: "assistant",
      parts: silent && (calls.length > 0 || legacy) ? [] : parts,
      name,
      extra,
    };
    state.items.push(said);
  }
  for (const call of calls) if (call.custom) state.customCalls.add(call.callId);
  pushAll(state.items, calls);
  if (legacy) {
    const name = textOf(legacy.name) ?? "";
    const callId = `call_legacy_${state.items.length}`;
    state.legacyCalls.push({ name, callId });
    state.items.push({ type: "call", callId, name, arguments: textOf(legacy.arguments) ?? "" });
  }
}

/** Mistral writes its thoughts as parts of the content. */
function withoutThinking(content: unknown): { reasoning: ReasoningItem[]; content: unknown } {
  if (!Array.isArray(content)) return { reasoning: [], content };
  const thoughts = content.filter((part) => isObject(part) && part.type === "thinking").map((part) => part as JsonObject);
  if (thoughts.length === 0) return { reasoning: [], content };
  return { reasoning: thoughts.map(readThinking), content: content.filter((part) => !(isObject(part) && part.type === "thinking")) };
}

const thinkingWords = new Set(["thinking"]);

/** What a chunk carries beside its words goes back with them. Thoughts of other dialects travel in chunks of Mistral's clients too. */
export function readThinking(part: JsonObject): ReasoningItem {
  const text = thinkingText(part.thinking);
  const signature = wordOf(part.signature);
  const foreign = signature === undefined ? undefined : readForeign(signature);
  if (foreign) return { type: "reasoning", summary: text === "" ? [] : [text], ...foreign };
  const extra = extraOf(part, thinkingWords);
  const sealed = signature === undefined ? undefined : ({ kind: "signature", value: JSON.stringify(extra?.fields) } as const);
  return { type: "reasoning", dialect: chatDialect, summary: [], text, sealed, extra };
}

/** The entries where there are any: the plain text beside them says the same. */
export function readReasoning(message: JsonObject): ReasoningItem[] {
  const plain = wordOf(message.reasoning_content) ?? wordOf(message.reasoning);
  const groups = new Map<number, ReasoningItem[]>();
  listOf(message.reasoning_details).forEach((entry, position) => {
    const detail = readDetail(entry, position);
    if (!detail) return;
    const group = groups.get(detail.index) ?? [];
    groups.set(detail.index, group);
    const last = group.at(-1);
    // Entries of one place are one thought, until it is sealed.
    const open = last && last.sealed === undefined && last.dialect === detail.dialect ? group.pop() : undefined;
    group.push({
      type: "reasoning",
      dialect: detail.dialect,
      id: detail.id,
      summary: [...(open?.summary ?? []), ...(detail.summary ?? [])],
      text: detail.text === undefined ? open?.text : (open?.text ?? "") + detail.text,
      sealed: detail.sealed,
    });
  });
  const items = [...groups.values()].flat();
  const first = items[0];
  if (first === undefined) return plain === undefined ? [] : [{ type: "reasoning", dialect: chatDialect, summary: [], text: plain }];
  const wordless = items.every((item) => item.text === undefined && item.summary.length === 0);
  if (wordless && plain !== undefined && first.dialect === chatDialect) return [{ ...first, text: plain }, ...items.slice(1)];
  return items;
}

export function readCall(call: unknown, path: string): CallItem {
  if (!isObject(call)) throw malformed(path, "an object");
  if (typeof call.id !== "string") throw malformed(`${path}.id`, "a string");
  const extra = extraOf(call, callFields);
  const custom = customCall(call);
  if (custom) {
    const { name, input } = custom;
    if (typeof name !== "string") throw malformed(`${path}.custom.name`, "a string");
    return { type: "call", callId: call.id, name, arguments: textOf(input) ?? "", custom: true, extra };
  }
  const { name, arguments: json } = objectOf(call.function);
  if (typeof name !== "string") throw malformed(`${path}.function.name`, "a string");
  return { type: "call", callId: call.id, name, arguments: argumentsText(json), extra };
}

/** Some providers write the arguments as an object, where the wire has a string. */
export function argumentsText(value: unknown): string {
  if (typeof value === "string") return value;
  return value === null || value === undefined ? "" : JSON.stringify(value);
}

function readToolMessage(message: JsonObject, path: string, state: ReadState): void {
  if (typeof message.tool_call_id !== "string") throw malformed(`${path}.tool_call_id`, "a string");
  state.items.push({
    type: "result",
    callId: message.tool_call_id,
    parts: readContent(message.content, `${path}.content`),
    custom: state.customCalls.has(message.tool_call_id) ? true : undefined,
    cache: cacheOf(message),
    extra: extraOf(message, toolFields),
  });
}

function readFunctionMessage(message: JsonObject, path: string, state: ReadState): void {
  const at = state.legacyCalls.findIndex((call) => call.name === message.name);
  const [call] = at < 0 ? [] : state.legacyCalls.splice(at, 1);
  state.items.push({
    type: "result",
    callId: call?.callId ?? `call_legacy_${textOf(message.name) ?? ""}`,
    parts: readContent(message.content, `${path}.content`),
    extra: extraOf(message, functionFields),
  });
}
