import type { Annotation, CallItem, ImagePart, Item, Part, TextPart } from "../../exchange/index.ts";
import { sourceOfUrl } from "../conversation/data-uri.ts";
import { citedKind, readCitation } from "./citations.ts";
import { readDocument } from "./documents.ts";
import { cohereDialect, type Fields, fieldsOf, isFields, listOf, malformed, numberOf, optional, restOf, riding, wordOf } from "./fields.ts";

const messageFields = new Set(["role", "content"]);
const assistantFields = new Set(["role", "content", "tool_plan", "tool_calls", "citations"]);
const toolFields = new Set(["role", "content", "tool_call_id"]);
const textFields = new Set(["type", "text"]);
const imageFields = new Set(["type", "image_url"]);
const imageUrlFields = new Set(["url", "detail"]);
const documentFields = new Set(["type", "document"]);
const callFields = new Set(["type", "id", "function"]);

/** @throws Fault `request_malformed` */
export function readMessages(messages: readonly unknown[]): Item[] {
  return messages.flatMap((message, index) => readMessage(message, `messages[${index}]`));
}

function readMessage(message: unknown, path: string): Item[] {
  if (!isFields(message)) throw malformed(path, "an object");
  switch (message.role) {
    case "system":
    case "user": {
      const parts = readContent(message.content, `${path}.content`);
      return [{ type: "message", role: message.role, parts, ...riding(restOf(message, messageFields)) }];
    }
    case "assistant":
      return readAssistant(message, path);
    case "tool": {
      if (typeof message.tool_call_id !== "string") throw malformed(`${path}.tool_call_id`, "a string");
      const parts = readContent(message.content, `${path}.content`);
      return [{ type: "result", callId: message.tool_call_id, parts, ...riding(restOf(message, toolFields)) }];
    }
    default:
      throw malformed(`${path}.role`, "system, user, assistant or tool");
  }
}

function readContent(content: unknown, path: string): Part[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  if (content === null || content === undefined) return [];
  if (!Array.isArray(content)) throw malformed(path, "a string or a list of parts");
  return content.map((part, index) => readPart(part, `${path}[${index}]`));
}

function readPart(part: unknown, path: string): Part {
  if (!isFields(part)) throw malformed(path, "a content part");
  switch (part.type) {
    case "text":
      if (typeof part.text !== "string") throw malformed(`${path}.text`, "a string");
      return { type: "text", text: part.text, ...riding(restOf(part, textFields)) };
    case "image_url":
      return readImage(part, path);
    case "document":
      return readDocument(part.document, restOf(part, documentFields), `${path}.document`);
    default:
      if (typeof part.type !== "string") throw malformed(`${path}.type`, "a string");
      return { type: "opaque", dialect: cohereDialect, label: part.type, native: part };
  }
}

function readImage(part: Fields, path: string): ImagePart {
  const image = typeof part.image_url === "string" ? { url: part.image_url } : fieldsOf(part.image_url);
  if (typeof image.url !== "string") throw malformed(`${path}.image_url.url`, "a string");
  const inner = restOf(image, imageUrlFields);
  const outer = restOf(part, imageFields);
  return {
    type: "image",
    source: sourceOfUrl(image.url),
    ...optional("detail", wordOf(image.detail)),
    ...riding(Object.keys(inner).length === 0 ? outer : { ...outer, image_url: inner }),
  };
}

/** One message is up to four kinds of items: what was thought, planned, said and called. */
function readAssistant(message: Fields, path: string): Item[] {
  const { content } = message;
  if (content !== null && content !== undefined && typeof content !== "string" && !Array.isArray(content)) {
    throw malformed(`${path}.content`, "a string or a list of parts");
  }
  const items = readSaid(message, (part, index) => readPart(part, `${path}.content[${index}]`));
  const calls = listOf(message.tool_calls).map((call, index) => readCall(call, `${path}.tool_calls[${index}]`));
  const rest = riding(restOf(message, assistantFields));
  const last = items.at(-1);
  if (rest.extra !== undefined && last?.type === "message") items[items.length - 1] = { ...last, ...rest };
  else if (rest.extra !== undefined || (items.length === 0 && calls.length === 0)) {
    items.push({ type: "message", role: "assistant", parts: [], ...rest });
  }
  return [...items, ...calls];
}

/** Thoughts, plan and words of a message, of a request or of an answer, with the citations where they belong. */
export function readSaid(message: Fields, other: (part: unknown, index: number) => Part): Item[] {
  const items: Item[] = [];
  const citations = listOf(message.citations);
  const content = typeof message.content === "string" ? [{ type: "text", text: message.content }] : listOf(message.content);
  for (const part of content.map(fieldsOf)) {
    if (part.type === "thinking") items.push({ type: "reasoning", dialect: cohereDialect, summary: [], text: wordOf(part.thinking) ?? "" });
  }
  const plan = wordOf(message.tool_plan);
  if (plan !== undefined) items.push({ type: "message", role: "assistant", phase: planPhase, parts: [{ type: "text", text: plan }] });
  const parts: Part[] = [];
  const places: number[] = [];
  content.forEach((native, index) => {
    const part = fieldsOf(native);
    if (part.type === "thinking" || (part.type === "text" && part.text === "")) return;
    parts.push(
      part.type === "text" && typeof part.text === "string"
        ? { type: "text", text: part.text, ...riding(restOf(part, textFields)) }
        : other(native, index),
    );
    places.push(index);
  });
  if (parts.length > 0) items.push({ type: "message", role: "assistant", parts });
  return citations.length > 0 ? withCitations(items, citations, places) : items;
}

/** What the model says of the calls that it is about to make. */
export const planPhase = "commentary";

/** Each citation goes to the text that it names, else to the first there is; without any text they stand for themselves. */
function withCitations(items: readonly Item[], citations: readonly unknown[], places: readonly number[]): Item[] {
  const spoken = items.filter((item) => item.type === "message");
  const plan = spoken.find((item) => item.phase === planPhase);
  const said = spoken.find((item) => item.phase !== planPhase);
  const of = new Map<Part, Annotation[]>();
  for (const native of citations) {
    const kind = citedKind(native);
    const named = said?.parts[places.indexOf(numberOf(fieldsOf(native).content_index) ?? -1)];
    const first = kind === "text" ? (said?.parts.find(isText) ?? plan?.parts[0]) : (plan?.parts[0] ?? said?.parts.find(isText));
    const part = kind === "text" && named?.type === "text" ? named : first;
    if (part === undefined) return [...items, citationsItem(citations)];
    of.set(part, [...(of.get(part) ?? []), readCitation(native)]);
  }
  return items.map((item) => (item.type === "message" ? { ...item, parts: item.parts.map((part) => annotated(part, of)) } : item));
}

function isText(part: Part): part is TextPart {
  return part.type === "text";
}

function annotated(part: Part, of: ReadonlyMap<Part, readonly Annotation[]>): Part {
  const annotations = of.get(part);
  return part.type === "text" && annotations ? { ...part, annotations } : part;
}

export function citationsItem(citations: readonly unknown[]): Extract<Item, { type: "opaque" }> {
  return { type: "opaque", dialect: cohereDialect, label: "citations", role: "assistant", native: citations };
}

export function readCall(call: unknown, path: string): CallItem {
  const { name, arguments: text } = fieldsOf(fieldsOf(call).function);
  if (!isFields(call) || typeof call.id !== "string") throw malformed(`${path}.id`, "a string");
  if (typeof name !== "string") throw malformed(`${path}.function.name`, "a string");
  return { type: "call", callId: call.id, name, arguments: typeof text === "string" ? text : "", ...riding(restOf(call, callFields)) };
}
