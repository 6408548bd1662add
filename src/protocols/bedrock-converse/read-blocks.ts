import type {
  Annotation,
  AudioPart,
  CacheMark,
  CallItem,
  Item,
  OpaqueItem,
  Part,
  ResultItem,
  Role,
  TextPart,
} from "../../exchange/index.ts";
import { documentHints } from "../conversation/document-hints.ts";
import { extraOf, type Fields, fieldsOf, isFields, listOf, malformed, restOf, textOf } from "./fields.ts";
import { documentType, imageType, readSource } from "./media.ts";
import { readReasoning } from "./reasoning.ts";

/** A content block is an object with one member, whose name is its kind. SDKs refuse a second one, so none rides along. */
export function kindOf(block: Fields): string {
  for (const name in block) if (block[name] != null) return name;
  return "unknown";
}

/** The items of one message, in order, appended to those before it. @throws Fault `request_malformed` */
export function readMessage(role: Role, content: unknown, path: string, items: Item[]): void {
  let parts: Part[] = [];
  const flush = () => {
    if (parts.length > 0) items.push({ type: "message", role, parts });
    parts = [];
  };
  for (const [index, block] of blocksOf(content, path).entries()) {
    const place = `${path}.${index}`;
    if (isFields(block.cachePoint)) {
      const cache = readCachePoint(block.cachePoint);
      const marked = withMark(parts, cache);
      if (marked) parts = marked;
      else markLast(items, cache);
      continue;
    }
    const item = itemOf(role, block, place);
    if (item === undefined) {
      parts.push(readPart(block, place));
      continue;
    }
    flush();
    items.push(item);
  }
  flush();
}

/** `system`: blocks of text, guarded content and cache points. @throws Fault `request_malformed` */
export function readSystem(system: unknown, items: Item[]): void {
  if (system !== undefined && system !== null) readMessage("system", system, "system", items);
}

function blocksOf(content: unknown, path: string): Fields[] {
  if (!Array.isArray(content)) throw malformed(path, "must be a list of content blocks");
  return content.map((block: unknown, index) => {
    if (!isFields(block)) throw malformed(`${path}.${index}`, "must be a content block");
    return block;
  });
}

/** A cache point stands for the prefix before it: the last part or item that can hold a mark gets it. */
function markLast(items: Item[], cache: CacheMark): void {
  for (let at = items.length - 1; at >= 0; at--) {
    const item = items[at] as Item;
    const parts = item.type === "message" ? withMark(item.parts, cache) : undefined;
    if (item.type === "call" || item.type === "result") items[at] = { ...item, cache };
    else if (item.type === "message" && parts) items[at] = { ...item, parts };
    else continue;
    return;
  }
}

/** Undefined where no part can hold a mark. */
function withMark(parts: readonly Part[], cache: CacheMark): Part[] | undefined {
  const index = parts.findLastIndex((part) => part.type === "text" || part.type === "image" || part.type === "document");
  return index < 0 ? undefined : parts.with(index, { ...parts[index], cache } as Part);
}

export function readCachePoint(point: Fields): CacheMark {
  return point.ttl === "5m" || point.ttl === "1h" ? { ttl: point.ttl } : {};
}

/** The blocks that are items of their own; undefined for those that are parts of a message. */
function itemOf(role: Role, block: Fields, path: string): Item | undefined {
  if (role === "user" && isFields(block.toolResult)) return readResult(block.toolResult, path);
  if (role !== "assistant") return undefined;
  if (isFields(block.reasoningContent)) return readReasoning(block.reasoningContent);
  if (isFields(block.toolUse) && block.toolUse.type !== "server_tool_use") return readCall(block.toolUse, path);
  return isFields(block.toolUse) || isFields(block.toolResult) ? opaqueItem(block, "assistant") : undefined;
}

function readCall(native: Fields, path: string): CallItem {
  const callId = textOf(native.toolUseId);
  const name = textOf(native.name);
  if (callId === undefined) throw malformed(`${path}.toolUse.toolUseId`, "is required");
  if (name === undefined) throw malformed(`${path}.toolUse.name`, "is required");
  const rest = restOf(native, ["toolUseId", "name", "input"]);
  return { type: "call", callId, name, arguments: JSON.stringify(native.input ?? {}), ...extraOf(rest) };
}

function readResult(native: Fields, path: string): ResultItem {
  const callId = textOf(native.toolUseId);
  if (callId === undefined) throw malformed(`${path}.toolResult.toolUseId`, "is required");
  const place = `${path}.toolResult.content`;
  const status = native.status;
  return {
    type: "result",
    callId,
    parts: blocksOf(native.content ?? [], place).map((block, index) => readPart(block, `${place}.${index}`)),
    ...((status === "error" || status === "success") && { isError: status === "error" }),
    ...extraOf(restOf(native, ["toolUseId", "content", "status"])),
  };
}

/** @throws Fault `request_malformed` */
function readPart(block: Fields, path: string): Part {
  switch (kindOf(block)) {
    case "text": {
      const text = textOf(block.text);
      if (text === undefined) throw malformed(`${path}.text`, "must be text");
      return { type: "text", text };
    }
    case "json":
      return { type: "text", text: JSON.stringify(block.json), ...extraOf({ json: block.json }) };
    case "citationsContent":
      return readCited(fieldsOf(block.citationsContent));
    case "image":
    case "document":
    case "audio":
      return readMedia(block) ?? opaquePart(block);
    default:
      return opaquePart(block);
  }
}

function opaquePart(block: Fields): Part {
  return { type: "opaque", dialect: "bedrock-converse", label: kindOf(block), native: block };
}

function readMedia(block: Fields): Part | undefined {
  if (isFields(block.image)) return readImage(block.image);
  if (isFields(block.document)) return readDocument(block.document);
  return isFields(block.audio) ? readAudio(block.audio) : undefined;
}

function readImage(native: Fields): Part | undefined {
  const type = imageType(native.format);
  const source = type && readSource(native.source, type);
  if (!source) return undefined;
  return { type: "image", source, ...extraOf(restOf(native, ["format", "source"])) };
}

function readDocument(native: Fields): Part | undefined {
  const title = textOf(native.name);
  const { context, cited } = documentHints(native);
  const named = { ...(title !== undefined && { title }), ...context, ...cited };
  const hinted = [...(context ? ["context"] : []), ...(cited ? ["citations"] : [])];
  const type = documentType(native.format);
  const source = type && readSource(native.source, type);
  if (source) return { type: "document", source, ...named, ...extraOf(restOf(native, ["format", "name", "source", ...hinted])) };
  const text = documentText(native.source);
  if (text === undefined) return undefined;
  // How the text was cut decides what citations can point at: the same dialect gets its own source back.
  return { type: "document", source: { kind: "text", text }, ...named, ...extraOf(restOf(native, ["name", ...hinted])) };
}

/** A document's text, in one or in pieces. */
export function documentText(source: unknown): string | undefined {
  if (!isFields(source)) return undefined;
  if (typeof source.text === "string") return source.text;
  if (!Array.isArray(source.content)) return undefined;
  const texts = source.content.map((block: unknown) => (isFields(block) ? textOf(block.text) : undefined));
  return texts.includes(undefined) ? undefined : texts.join("\n");
}

function readAudio(native: Fields): AudioPart | undefined {
  const format = textOf(native.format);
  const data = isFields(native.source) ? textOf(native.source.bytes) : undefined;
  if (format === undefined || data === undefined) return undefined;
  return { type: "audio", format, data, ...extraOf(restOf(native, ["format", "source"])) };
}

/** Text with the sources that it leans on. */
export function readCited(native: Fields): TextPart {
  const annotations = listOf(native.citations).map(readCitation);
  return {
    type: "text",
    text: citedText(native),
    ...(annotations.length > 0 && { annotations }),
    ...extraOf({ citationsContent: native }),
  };
}

export function citedText(native: Fields): string {
  return listOf(native.content)
    .map((piece) => textOf(fieldsOf(piece).text) ?? "")
    .join("");
}

export function readCitation(native: unknown): Annotation {
  const fields = fieldsOf(native);
  const url = textOf(fieldsOf(fieldsOf(fields.location).web).url);
  const title = textOf(fields.title);
  return { dialect: "bedrock-converse", ...(url !== undefined && { url }), ...(title !== undefined && { title }), native };
}

/** A block that only Bedrock understands: its own tools, their results, images that a model made, and every kind yet unknown. */
export function opaqueItem(native: Fields, role: OpaqueItem["role"]): OpaqueItem {
  const text = renderingOf(native);
  return { type: "opaque", dialect: "bedrock-converse", label: kindOf(native), role, native, ...(text !== undefined && { text }) };
}

/** What a call of Bedrock's own tools, or its result, says in plain words. */
function renderingOf(block: Fields): string | undefined {
  if (isFields(block.toolUse)) return `[${textOf(block.toolUse.name) ?? "tool"}: ${JSON.stringify(block.toolUse.input ?? {})}]`;
  if (!isFields(block.toolResult)) return undefined;
  const words = listOf(block.toolResult.content).map((part) => {
    const { text, json } = fieldsOf(part);
    return textOf(text) ?? (json === undefined ? undefined : JSON.stringify(json));
  });
  return words.length === 0 || words.includes(undefined)
    ? undefined
    : `[${textOf(block.toolResult.type) ?? "result"}: ${words.join("\n")}]`;
}
