import {
  Fault,
  type Item,
  type MediaSource,
  type MessageItem,
  type Part,
  type ResultItem,
  type Role,
  type TextPart,
} from "../../exchange/index.ts";
import { documentHints } from "../conversation/document-hints.ts";
import { readMark } from "./cache-marks.ts";
import { extraOf, type Fields, isFields, textOf } from "./fields.ts";
import { opaqueItem, readCitation } from "./opaque-blocks.ts";
import { readThinking } from "./thinking.ts";

/** How strictly the caller's version of the API reads blocks. */
export interface BlockRules {
  /** From 2026-10-21: no documents in assistant turns, no citations on the user's text. */
  readonly strict: boolean;
}

/** What is said by one side of the conversation, and never by the system. */
const ofTurns: ReadonlySet<string> = new Set(["tool_use", "tool_result", "thinking", "redacted_thinking"]);

/** The items of one turn, in order. @throws Fault `request_malformed` */
export function readTurn(role: Role, content: unknown, path: string, rules: BlockRules): Item[] {
  if (typeof content === "string") return [{ type: "message", role, parts: [{ type: "text", text: content }] }];
  const items: Item[] = [];
  let parts: Part[] = [];
  const flush = () => {
    if (parts.length > 0) items.push({ type: "message", role, parts });
    parts = [];
  };
  for (const [index, block] of blocksOf(content, path).entries()) {
    const place = `${path}.${index}`;
    checkVersion(role, block, place, rules);
    if (role === "system" && ofTurns.has(String(block.type)))
      throw malformed(`${place}.type`, `cannot be ${block.type} in a system message`);
    const item = itemOf(role, block, place, rules);
    if (item === undefined) {
      parts.push(readPart(block, place));
      continue;
    }
    flush();
    items.push(item);
  }
  flush();
  return items;
}

/** `system`: a string or text blocks. */
export function readSystem(system: unknown): MessageItem[] {
  if (system === undefined || system === null) return [];
  if (typeof system === "string") return [{ type: "message", role: "system", parts: [{ type: "text", text: system }] }];
  const parts = blocksOf(system, "system").map((block, index) => readPart(block, `system.${index}`));
  return parts.length === 0 ? [] : [{ type: "message", role: "system", parts }];
}

function blocksOf(content: unknown, path: string): Fields[] {
  if (!Array.isArray(content)) throw malformed(path, "must be a string or a list of content blocks");
  return content.map((block: unknown, index) => {
    if (!isFields(block) || typeof block.type !== "string") throw malformed(`${path}.${index}.type`, "is required");
    return block;
  });
}

function checkVersion(role: Role, block: Fields, path: string, rules: BlockRules): void {
  if (!rules.strict) return;
  if (role === "assistant" && block.type === "document") {
    throw malformed(path, "a document may not stand in an assistant turn in this version of the API");
  }
  if (role === "user" && block.type === "text" && Array.isArray(block.citations) && block.citations.length > 0) {
    throw malformed(`${path}.citations`, "citations may not stand on the user's text in this version of the API");
  }
}

/** The blocks that are items of their own; undefined for those that are parts of a message. */
function itemOf(role: Role, block: Fields, path: string, rules: BlockRules): Item | undefined {
  switch (block.type) {
    case "thinking":
    case "redacted_thinking":
      return role === "assistant" ? readThinking(block) : undefined;
    case "tool_use":
      return role === "assistant" ? readCall(block, path) : undefined;
    case "tool_result":
      return role === "user" ? readResult(block, path, rules) : undefined;
    case "text":
    case "image":
    case "document":
      return undefined;
    default:
      return role === "assistant" ? opaqueItem(block, "assistant") : undefined;
  }
}

/** A `tool_use` block, of a request or of an answer. @throws Fault `request_malformed` */
export function readCall(block: Fields, path: string): Extract<Item, { type: "call" }> {
  const callId = textOf(block.id);
  const name = textOf(block.name);
  if (callId === undefined) throw malformed(`${path}.id`, "is required");
  if (name === undefined) throw malformed(`${path}.name`, "is required");
  return {
    type: "call",
    callId,
    name,
    arguments: JSON.stringify(block.input ?? {}),
    ...readMark(block),
    ...extraOf(block, ["type", "id", "name", "input", "cache_control"]),
  };
}

function readResult(block: Fields, path: string, rules: BlockRules): ResultItem {
  const callId = textOf(block.tool_use_id);
  if (callId === undefined) throw malformed(`${path}.tool_use_id`, "is required");
  const content = block.content ?? [];
  const parts: Part[] =
    typeof content === "string"
      ? [{ type: "text", text: content }]
      : blocksOf(content, `${path}.content`).map((inner, index) => {
          const place = `${path}.content.${index}`;
          checkVersion("user", inner, place, rules);
          return readPart(inner, place);
        });
  return {
    type: "result",
    callId,
    parts,
    ...(typeof block.is_error === "boolean" && { isError: block.is_error }),
    ...readMark(block),
    ...extraOf(block, ["type", "tool_use_id", "content", "is_error", "cache_control"]),
  };
}

function readPart(block: Fields, path: string): Part {
  if (block.type === "text") return readText(block, path);
  if (block.type === "image") {
    const source = mediaSource(block.source);
    if (source) return { type: "image", source, ...readMark(block), ...extraOf(block, ["type", "source", "cache_control"]) };
  }
  if (block.type === "document") {
    const part = readDocument(block);
    if (part) return part;
  }
  return { type: "opaque", dialect: "anthropic-messages", label: textOf(block.type) ?? "unknown", native: block };
}

/** A text block, of a request or of an answer. @throws Fault `request_malformed` */
export function readText(block: Fields, path: string): TextPart {
  const text = textOf(block.text);
  if (text === undefined) throw malformed(`${path}.text`, "is required");
  const annotations = Array.isArray(block.citations) ? block.citations.map(readCitation) : [];
  return {
    type: "text",
    text,
    ...(annotations.length > 0 && { annotations }),
    ...readMark(block),
    ...extraOf(block, ["type", "text", "citations", "cache_control"]),
  };
}

function readDocument(block: Fields): Part | undefined {
  const title = textOf(block.title);
  const { context, cited } = documentHints(block);
  const named = { ...(title !== undefined && { title }), ...context, ...cited, ...readMark(block) };
  const known = ["type", "source", "title", "cache_control", ...(context ? ["context"] : []), ...(cited ? ["citations"] : [])];
  const source = mediaSource(block.source);
  if (source) return { type: "document", source, ...named, ...extraOf(block, known) };
  const text = textOfContent(block.source);
  if (text === undefined) return undefined;
  // How the text was cut decides what citations can point at: the same dialect gets its own source back.
  return {
    type: "document",
    source: { kind: "text", text },
    ...named,
    ...extraOf(
      block,
      known.filter((name) => name !== "source"),
    ),
  };
}

function mediaSource(native: unknown): MediaSource | undefined {
  if (!isFields(native)) return undefined;
  const data = textOf(native.data);
  const url = textOf(native.url);
  const fileId = textOf(native.file_id);
  if (native.type === "base64" && data !== undefined) return { kind: "base64", mediaType: textOf(native.media_type) ?? "", data };
  if (native.type === "text" && data !== undefined) return { kind: "text", text: data };
  if (native.type === "url" && url !== undefined) return { kind: "url", url };
  if (native.type === "file" && fileId !== undefined) return { kind: "file", fileId };
  return undefined;
}

function textOfContent(native: unknown): string | undefined {
  if (!isFields(native) || native.type !== "content") return undefined;
  if (typeof native.content === "string") return native.content;
  if (!Array.isArray(native.content)) return undefined;
  const texts = native.content.map((block: unknown) => (isFields(block) && block.type === "text" ? textOf(block.text) : undefined));
  return texts.includes(undefined) ? undefined : texts.join("\n");
}

export function malformed(param: string, what: string): Fault {
  return new Fault("request_malformed", { message: `${param}: ${what}.`, param });
}
