import type { Annotation, CacheMark, Item, MediaSource, Part, Role } from "../../exchange/index.ts";
import { sourceOfUrl } from "../conversation/data-uri.ts";
import { entryOf } from "../json-fields.ts";
import { opaqueText } from "./opaque-text.ts";
import { openForeign } from "./sealed.ts";
import { extraOf, isWire, listOf, malformed, responsesDialect, textOf, unsupported, type Wire, wireOf } from "./wire.ts";

const roles: readonly Role[] = ["system", "developer", "user", "assistant"];
const ttls: readonly CacheMark["ttl"][] = ["5m", "30m", "1h", "12h"];

const messageMembers = new Set(["type", "role", "content", "id", "phase"]);
const reasoningMembers = new Set(["type", "id", "summary", "content", "encrypted_content"]);
const callMembers = new Set(["type", "id", "call_id", "name", "arguments", "input"]);
const resultMembers = new Set(["type", "id", "call_id", "output"]);
const textMembers = new Set(["type", "text", "annotations", "logprobs", "prompt_cache_breakpoint"]);
const imageMembers = new Set(["type", "image_url", "file_id", "detail", "prompt_cache_breakpoint"]);
const fileMembers = new Set(["type", "file_data", "file_url", "file_id", "filename", "prompt_cache_breakpoint"]);
const audioMembers = new Set(["type", "input_audio"]);

/** Items that the caller's side wrote, among those that only this dialect knows. */
const callerSide = /(_output|_response|^additional_tools|^configuration_update)$/;

/** One item of an input or of an output. @throws Fault `request_malformed`, `request_unsupported` */
export function readItem(value: unknown, path: string): Item {
  if (!isWire(value)) throw malformed(path, "an object");
  const type = textOf(value.type) ?? (value.role === undefined ? "item_reference" : "message");
  const read = entryOf(itemReaders, type);
  return read ? read(value, path) : readOpaque(value, type);
}

const itemReaders: Readonly<Record<string, (wire: Wire, path: string) => Item>> = {
  message: readMessage,
  reasoning: readReasoning,
  function_call: readCall,
  custom_tool_call: readCall,
  function_call_output: readResult,
  custom_tool_call_output: readResult,
  item_reference(_wire, path) {
    throw unsupported(path, "Item references need stored state, which is not kept here. Send the whole item.");
  },
};

function readMessage(wire: Wire, path: string): Item {
  const role = roles.find((name) => name === wire.role);
  if (role === undefined) throw malformed(`${path}.role`, roles.join(", "));
  const id = textOf(wire.id);
  const phase = textOf(wire.phase);
  const extra = extraOf(wire, messageMembers);
  return {
    type: "message",
    role,
    parts: readParts(wire.content, `${path}.content`),
    ...(phase !== undefined && { phase }),
    ...(id !== undefined && { id }),
    ...(extra && { extra }),
  };
}

function readReasoning(wire: Wire): Item {
  const id = textOf(wire.id);
  const summary = listOf(wire.summary).flatMap((part) => textOf(wireOf(part).text) ?? []);
  const texts = listOf(wire.content).flatMap((part) => textOf(wireOf(part).text) ?? []);
  const encrypted = textOf(wire.encrypted_content);
  const foreign = encrypted === undefined ? undefined : openForeign(encrypted);
  if (foreign) {
    const text = foreign.form === "text" ? summary.join("\n") : undefined;
    const { dialect, sealed } = foreign;
    return { type: "reasoning", dialect, summary: text === undefined ? summary : [], ...(text && { text }), ...(sealed && { sealed }) };
  }
  // Several texts cannot be told apart once joined, nor an empty list from none, so the wire form rides along.
  const several = Array.isArray(wire.content) && texts.length !== 1 ? { content: wire.content } : undefined;
  const rest = extraOf(wire, reasoningMembers);
  return {
    type: "reasoning",
    dialect: responsesDialect,
    ...(id !== undefined && { id }),
    summary,
    ...(texts.length > 0 && { text: texts.join("\n") }),
    ...(encrypted !== undefined && { sealed: { kind: "encrypted" as const, value: encrypted } }),
    ...((rest || several) && { extra: { dialect: responsesDialect, fields: { ...rest?.fields, ...several } } }),
  };
}

function readCall(wire: Wire, path: string): Item {
  const custom = wire.type === "custom_tool_call";
  const callId = textOf(wire.call_id);
  const name = textOf(wire.name);
  if (callId === undefined) throw malformed(`${path}.call_id`, "a string");
  if (name === undefined) throw malformed(`${path}.name`, "a string");
  const id = textOf(wire.id);
  const extra = extraOf(wire, callMembers);
  return {
    type: "call",
    callId,
    name,
    arguments: textOf(custom ? wire.input : wire.arguments) ?? "",
    ...(custom && { custom }),
    ...(id !== undefined && { id }),
    ...(extra && { extra }),
  };
}

function readResult(wire: Wire, path: string): Item {
  const custom = wire.type === "custom_tool_call_output";
  const callId = textOf(wire.call_id);
  if (callId === undefined) throw malformed(`${path}.call_id`, "a string");
  const id = textOf(wire.id);
  const extra = extraOf(wire, resultMembers);
  return {
    type: "result",
    callId,
    parts: readParts(wire.output, `${path}.output`),
    ...(custom && { custom }),
    ...(id !== undefined && { id }),
    ...(extra && { extra }),
  };
}

export function readOpaque(wire: Wire, label: string): Extract<Item, { type: "opaque" }> {
  const text = opaqueText(wire);
  const role = callerSide.test(label) ? "user" : "assistant";
  return { type: "opaque", dialect: responsesDialect, label, role, native: wire, ...(text !== undefined && { text }) };
}

function readParts(value: unknown, path: string): Part[] {
  if (typeof value === "string") return [{ type: "text", text: value }];
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value)) throw malformed(path, "a string or a list of parts");
  return value.map((part, index) => readPart(part, `${path}[${index}]`));
}

function readPart(value: unknown, path: string): Part {
  if (!isWire(value) || typeof value.type !== "string") throw malformed(path, "a part with a type");
  switch (value.type) {
    case "input_text":
    case "output_text":
    case "text":
      return readText(value, path);
    case "refusal":
      return { type: "refusal", text: textOf(value.refusal) ?? textOf(value.text) ?? "" };
    case "input_image":
      return readImage(value, path);
    case "input_file":
      return readFile(value, path);
    case "input_audio": {
      const { data, format } = wireOf(value.input_audio);
      if (typeof data !== "string" || typeof format !== "string") throw malformed(`${path}.input_audio`, "an object with data and format");
      const extra = extraOf(value, audioMembers);
      return { type: "audio", format, data, ...(extra && { extra }) };
    }
    default:
      return { type: "opaque", dialect: responsesDialect, label: value.type, native: value };
  }
}

export function readText(wire: Wire, path: string): Part {
  if (typeof wire.text !== "string") throw malformed(`${path}.text`, "a string");
  const extra = extraOf(wire, textMembers);
  return {
    type: "text",
    text: wire.text,
    ...(Array.isArray(wire.annotations) && { annotations: wire.annotations.map(readAnnotation) }),
    ...(Array.isArray(wire.logprobs) && { logprobs: wire.logprobs as unknown[] }),
    ...cacheOf(wire),
    ...(extra && { extra }),
  };
}

export function readAnnotation(native: unknown): Annotation {
  const wire = wireOf(native);
  const url = textOf(wire.url);
  const title = textOf(wire.title);
  return {
    dialect: responsesDialect,
    ...(url !== undefined && { url }),
    ...(title !== undefined && { title }),
    ...(typeof wire.start_index === "number" && { start: wire.start_index }),
    ...(typeof wire.end_index === "number" && { end: wire.end_index }),
    native,
  };
}

function readImage(wire: Wire, path: string): Part {
  const detail = textOf(wire.detail);
  const extra = extraOf(wire, imageMembers);
  let source: MediaSource;
  if (typeof wire.image_url === "string") source = sourceOfUrl(wire.image_url);
  else if (typeof wire.file_id === "string") source = { kind: "file", fileId: wire.file_id };
  else throw malformed(path, "an image with `image_url` or `file_id`");
  return { type: "image", source, ...(detail !== undefined && { detail }), ...cacheOf(wire), ...(extra && { extra }) };
}

function readFile(wire: Wire, path: string): Part {
  const filename = textOf(wire.filename);
  const extra = extraOf(wire, fileMembers);
  let source: MediaSource;
  if (typeof wire.file_data === "string") source = sourceOfData(wire.file_data);
  else if (typeof wire.file_url === "string") source = { kind: "url", url: wire.file_url };
  else if (typeof wire.file_id === "string") source = { kind: "file", fileId: wire.file_id };
  else throw malformed(path, "a file with `file_data`, `file_url` or `file_id`");
  return { type: "document", source, ...(filename !== undefined && { filename }), ...cacheOf(wire), ...(extra && { extra }) };
}

/** Without a data-URI head it is base64 of a PDF, the one kind that was taken when that form was. */
function sourceOfData(data: string): MediaSource {
  return data.startsWith("data:") ? sourceOfUrl(data) : { kind: "base64", mediaType: "application/pdf", data };
}

function cacheOf(wire: Wire): { cache: CacheMark } | undefined {
  if (!isWire(wire.prompt_cache_breakpoint)) return undefined;
  const ttl = ttls.find((name) => name === wireOf(wire.prompt_cache_breakpoint).ttl);
  return { cache: ttl === undefined ? {} : { ttl } };
}
