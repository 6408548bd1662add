import type { CallItem, ImagePart, Item, MessageItem, Part, ResultItem } from "../../exchange/index.ts";
import { pushAll } from "../json-fields.ts";
import { type Fields, fieldsOf, isFields, listOf, malformed, ollamaDialect, restOf, riding, wordOf } from "./fields.ts";

const messageFields = new Set(["role", "content", "images"]);
const assistantFields = new Set(["role", "content", "images", "thinking", "tool_calls"]);
const toolFields = new Set(["role", "content", "images", "tool_name"]);
const callFields = new Set(["type", "function"]);
const functionFields = new Set(["name", "arguments"]);

interface ReadState {
  readonly items: Item[];
  /** Calls that wait for their result. */
  readonly open: { readonly callId: string; readonly name: string }[];
  /** All calls so far: their ids follow from it where the caller has none. */
  calls: number;
}

/** @throws Fault `request_malformed` */
export function readMessages(messages: readonly unknown[]): Item[] {
  const state: ReadState = { items: [], open: [], calls: 0 };
  for (const [index, message] of messages.entries()) readMessage(message, `messages[${index}]`, state);
  return state.items;
}

function readMessage(message: unknown, path: string, state: ReadState): void {
  if (!isFields(message)) throw malformed(path, "an object");
  switch (message.role) {
    case "system":
    case "user": {
      const parts = readParts(message, path);
      state.items.push({ type: "message", role: message.role, parts, ...riding(restOf(message, messageFields)) });
      return;
    }
    case "assistant":
      readAssistant(message, path, state);
      return;
    case "tool":
      state.items.push(readResult(message, path, state));
      return;
    default:
      throw malformed(`${path}.role`, "system, user, assistant or tool");
  }
}

/** The images first: that is where Ollama puts them in the prompt. */
function readParts(message: Fields, path: string): Part[] {
  const { content } = message;
  if (content !== undefined && content !== null && typeof content !== "string") throw malformed(`${path}.content`, "a string");
  const parts: Part[] = listOf(message.images).map((image, index) => readImage(image, `${path}.images[${index}]`));
  if (content || parts.length === 0) parts.push({ type: "text", text: content ?? "" });
  return parts;
}

function readImage(image: unknown, path: string): ImagePart {
  if (typeof image !== "string") throw malformed(path, "an image in base64");
  return { type: "image", source: { kind: "base64", mediaType: mediaTypeOf(image), data: image } };
}

/** The first bytes of the image formats that there are, in base64. */
const heads: readonly (readonly [string, string])[] = [
  ["iVBORw0KGgo", "image/png"],
  ["R0lGOD", "image/gif"],
  ["UklGR", "image/webp"],
  ["Qk", "image/bmp"],
];

function mediaTypeOf(base64: string): string {
  return heads.find(([head]) => base64.startsWith(head))?.[1] ?? "image/jpeg";
}

/** One message is up to three kinds of items: what was thought, what was said, what was called. */
function readAssistant(message: Fields, path: string, state: ReadState): void {
  const thinking = wordOf(message.thinking);
  if (thinking !== undefined) state.items.push({ type: "reasoning", dialect: ollamaDialect, summary: [], text: thinking });
  const calls = listOf(message.tool_calls).map((call, index) => readCall(call, `${path}.tool_calls[${index}]`, state));
  const parts = readParts(message, path);
  const rest = riding(restOf(message, assistantFields));
  const silent = parts.every((part) => part.type === "text" && part.text === "");
  if (!silent || rest.extra !== undefined || (calls.length === 0 && thinking === undefined)) {
    const said: MessageItem = { type: "message", role: "assistant", parts: silent && calls.length > 0 ? [] : parts, ...rest };
    state.items.push(said);
  }
  pushAll(state.items, calls);
}

function readCall(call: unknown, path: string, state: ReadState): CallItem {
  const inner = isFields(call) ? call.function : undefined;
  if (!isFields(call) || !isFields(inner)) throw malformed(`${path}.function`, "an object");
  if (typeof inner.name !== "string") throw malformed(`${path}.function.name`, "a string");
  const callId = wordOf(call.id) ?? `call_${state.calls}`;
  state.calls++;
  state.open.push({ callId, name: inner.name });
  return { type: "call", callId, name: inner.name, arguments: argumentsText(inner.arguments), ...callExtra(call) };
}

/** An object on this wire; some models' templates make a string of it. */
export function argumentsText(value: unknown): string {
  if (typeof value === "string") return value;
  return value === null || value === undefined ? "{}" : JSON.stringify(value);
}

/** Newer servers number their calls and give them ids. */
export function callExtra(call: Fields): Pick<CallItem, "extra"> {
  const inner = restOf(fieldsOf(call.function), functionFields);
  const outer = restOf(call, callFields);
  return riding(Object.keys(inner).length === 0 ? outer : { ...outer, function: inner });
}

/** The call is named by its id, else by the tool, else it is the first that waits. */
function readResult(message: Fields, path: string, state: ReadState): ResultItem {
  const id = wordOf(message.tool_call_id);
  const name = wordOf(message.tool_name);
  const fits = (call: { callId: string; name: string }) =>
    id === undefined ? name === undefined || call.name === name : call.callId === id;
  const at = state.open.findIndex(fits);
  const [call] = at < 0 ? [] : state.open.splice(at, 1);
  return {
    type: "result",
    callId: call?.callId ?? id ?? `call_unknown_${state.items.length}`,
    parts: readParts(message, path),
    ...riding({ ...(name !== undefined && { tool_name: name }), ...restOf(message, toolFields) }),
  };
}
