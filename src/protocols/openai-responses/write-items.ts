import { createHash } from "node:crypto";
import type { Annotation, DialectId, Item, Losses, MediaSource, Part, Role, TextPart } from "../../exchange/index.ts";
import { underTitle } from "../conversation/document-text.ts";
import type { TargetTraits } from "../dialect.ts";
import { compact, ownFields, responsesDialect, unsupported, type Wire, wireOf } from "./wire.ts";

const maxCallIdLength = 64;

/** What the writing of an input needs to know and to report. */
export interface ItemWriting {
  /** The dialect that the caller speaks: ids of items are written only where they came from this wire. */
  readonly dialect: DialectId;
  readonly target: TargetTraits;
  readonly losses: Losses;
  /** Ids of the calls that carry free text: their results are of another kind too. */
  readonly customCalls: ReadonlySet<string>;
}

/** The wire items for one item; none where it belongs to another provider. @throws Fault `request_unsupported` */
export function writeItem(item: Item, path: string, writing: ItemWriting): readonly Wire[] {
  switch (item.type) {
    case "message":
      return [writeMessage(item, path, writing)];
    case "reasoning":
      if (item.dialect === responsesDialect) return [writeReasoning(item)];
      writing.losses.add("reasoning_foreign_dropped", path, "Q");
      return [];
    case "call":
      return [writeCall(item, path, writing)];
    case "result":
      return [writeResult(item, path, writing)];
    case "opaque":
      return [writeOpaque(item, path, writing.losses)];
  }
}

function writeMessage(item: Extract<Item, { type: "message" }>, path: string, writing: ItemWriting): Wire {
  if (item.name !== undefined) writing.losses.add("name_dropped", `${path}.name`, "M");
  const isOutput = item.role === "assistant";
  const parts = item.parts.map((part, index) => writePart(part, item.role, `${path}.content[${index}]`, writing));
  const id = ownId(item.id, writing);
  const single = id === undefined ? plainText(item.parts, isOutput, writing) : undefined;
  return compact({ type: "message", id, role: item.role, phase: item.phase, content: single ?? parts, ...ownFields(item.extra) });
}

/**
 * The text of a message or a result that is nothing but text: the shortest form, which every provider takes. Another
 * dialect's marks for the cache wander from turn to turn, so the form must not hang on them.
 */
function plainText(parts: readonly Part[], isOutput: boolean, { dialect }: ItemWriting): string | undefined {
  const part = parts[0];
  if (parts.length !== 1 || part?.type !== "text" || part.extra || part.logprobs) return undefined;
  if (dialect === responsesDialect) return part.cache || part.annotations ? undefined : part.text;
  return part.annotations === undefined || isOutput ? part.text : undefined;
}

/** The provider's own reasoning goes back as it came. */
export function writeReasoning(item: Extract<Item, { type: "reasoning" }>): Wire {
  const own = ownFields(item.extra);
  return compact({
    type: "reasoning",
    id: item.id,
    summary: item.summary.map((text) => ({ type: "summary_text", text })),
    content: item.text === undefined ? undefined : [{ type: "reasoning_text", text: item.text }],
    encrypted_content: item.sealed?.value,
    ...own,
  });
}

function writeCall(item: Extract<Item, { type: "call" }>, path: string, writing: ItemWriting): Wire {
  if (item.cache) writing.losses.add("cache_hint_dropped", path, "Q");
  const id = ownId(item.id, writing);
  const head = { type: item.custom ? "custom_tool_call" : "function_call", id, call_id: callIdOf(item.callId), name: item.name };
  const spoken = item.custom ? { input: item.arguments } : { arguments: item.arguments === "" ? "{}" : item.arguments };
  return compact({ ...head, ...spoken, ...ownFields(item.extra) });
}

function writeResult(item: Extract<Item, { type: "result" }>, path: string, writing: ItemWriting): Wire {
  if (item.isError) writing.losses.add("is_error_flattened", path, "Q", "approximated");
  if (item.cache) writing.losses.add("cache_hint_dropped", path, "Q");
  const custom = item.custom || writing.customCalls.has(item.callId);
  const parts = item.parts.map((part, index) => writePart(part, "user", `${path}.output[${index}]`, writing));
  const output = item.parts.length === 0 ? "" : (plainText(item.parts, false, writing) ?? parts);
  return compact({
    type: custom ? "custom_tool_call_output" : "function_call_output",
    id: ownId(item.id, writing),
    call_id: callIdOf(item.callId),
    output,
    ...ownFields(item.extra),
  });
}

function writeOpaque(item: Extract<Item, { type: "opaque" }>, path: string, losses: Losses): Wire {
  if (item.dialect === responsesDialect) return wireOf(item.native);
  if (item.text === undefined)
    throw unsupported(path, `The item "${item.label}" is known only to ${item.dialect} and has no form in words.`);
  losses.add("server_tool_history_flattened", path, "S", "approximated");
  return { type: "message", role: item.role, content: item.text };
}

function writePart(part: Part, role: Role, path: string, writing: ItemWriting): Wire {
  switch (part.type) {
    case "text":
      return writeText(part, role === "assistant", path, writing);
    case "refusal":
      return role === "assistant" ? { type: "refusal", refusal: part.text } : { type: "input_text", text: part.text };
    case "image":
    case "document":
    case "audio":
      return writeMedia(part, role, path, writing);
    case "opaque":
      if (part.dialect === responsesDialect) return wireOf(part.native);
      throw unsupported(path, `The part "${part.label}" is known only to ${part.dialect}.`);
  }
}

function writeText(part: TextPart, isOutput: boolean, path: string, writing: ItemWriting): Wire {
  const breakpoint = breakpointOf(part, path, writing);
  const foreign = writing.dialect !== responsesDialect;
  if (foreign && part.annotations && part.annotations.length > 0) writing.losses.add("citations_dropped", path, "Q");
  const annotations = foreign ? (isOutput ? [] : undefined) : part.annotations?.map((annotation) => annotation.native);
  const type = isOutput ? "output_text" : "input_text";
  const logprobs = foreign ? undefined : part.logprobs;
  return compact({ type, text: part.text, annotations, logprobs, prompt_cache_breakpoint: breakpoint, ...ownFields(part.extra) });
}

function writeMedia(part: Extract<Part, { type: "image" | "document" | "audio" }>, role: Role, path: string, writing: ItemWriting): Wire {
  if (role === "assistant") throw unsupported(path, `An assistant message cannot hold a part of kind "${part.type}" here.`);
  if (part.type === "audio") {
    if (!(writing.target.inputs?.includes("audio") ?? writing.dialect === responsesDialect)) throw refusedInput("audio", path, writing);
    return { type: "input_audio", input_audio: { data: part.data, format: part.format }, ...ownFields(part.extra) };
  }
  if (part.source.kind === "text") return writeText({ type: "text", text: underTitle(part, part.source.text) }, false, path, writing);
  if (writing.target.inputs && !writing.target.inputs.includes(part.type)) throw refusedInput(part.type, path, writing);
  const source = part.source;
  if (source.kind === "file" && writing.dialect !== responsesDialect && writing.dialect !== "openai-chat") {
    throw unsupported(path, "A file id belongs to the provider that keeps the file. Send the file's bytes.");
  }
  const breakpoint = breakpointOf(part, path, writing);
  if (part.type === "image") {
    return compact({
      type: "input_image",
      image_url: urlOf(source),
      file_id: source.kind === "file" ? source.fileId : undefined,
      // Servers that check by OpenAI's own types miss it where it is not said.
      detail: part.detail ?? (writing.dialect === responsesDialect ? undefined : "auto"),
      prompt_cache_breakpoint: breakpoint,
      ...ownFields(part.extra),
    });
  }
  const foreign = writing.dialect !== responsesDialect;
  const named = part.filename ?? (foreign ? part.title : undefined);
  return compact({
    type: "input_file",
    filename: named ?? (foreign && source.kind === "base64" ? "document.pdf" : undefined),
    file_data: source.kind === "base64" ? urlOf(source) : undefined,
    file_url: source.kind === "url" ? source.url : undefined,
    file_id: source.kind === "file" ? source.fileId : undefined,
    prompt_cache_breakpoint: breakpoint,
    ...ownFields(part.extra),
  });
}

function urlOf(source: MediaSource): string | undefined {
  if (source.kind === "base64") return `data:${source.mediaType};base64,${source.data}`;
  return source.kind === "url" ? source.url : undefined;
}

/**
 * Marks of other dialects are left out: explicit breakpoints are refused by models before gpt-5.6, and these
 * providers cache prefixes by themselves.
 */
function breakpointOf(part: Extract<Part, { type: "text" | "image" | "document" }>, path: string, writing: ItemWriting): Wire | undefined {
  if (!part.cache) return undefined;
  if (writing.dialect === responsesDialect) return compact({ mode: "explicit", ttl: part.cache.ttl });
  writing.losses.add("cache_hint_dropped", path, "Q");
  return undefined;
}

function refusedInput(kind: string, path: string, writing: ItemWriting) {
  return unsupported(path, `The model "${writing.target.model}" does not take input of the kind "${kind}" (modality_unsupported).`);
}

function ownId(id: string | undefined, writing: ItemWriting): string | undefined {
  return writing.dialect === responsesDialect ? id : undefined;
}

/** Longer ids are refused here; a call and its result come to the same short one. */
function callIdOf(callId: string): string {
  return callId.length <= maxCallIdLength ? callId : `call_${createHash("sha256").update(callId).digest("hex").slice(0, 40)}`;
}

/** The wire form of an annotation; undefined where another dialect's has no counterpart. */
export function writeAnnotation(annotation: Annotation): unknown {
  if (annotation.dialect === responsesDialect) return annotation.native;
  if (annotation.url === undefined) return undefined;
  const { url, title, start, end } = annotation;
  return { type: "url_citation", url, title: title ?? "", start_index: start ?? 0, end_index: end ?? 0 };
}

/** The calls among the items that carry free text. */
export function customCallsOf(items: readonly Item[]): ReadonlySet<string> {
  return new Set(items.flatMap((item) => (item.type === "call" && item.custom ? [item.callId] : [])));
}
