import type { DocumentPart, ImagePart, Losses, MediaSource, Part } from "../../exchange/index.ts";
import { underTitle } from "../conversation/document-text.ts";
import type { TargetTraits } from "../dialect.ts";
import { chatDialect, type JsonObject, ownFields, unsupported } from "./json-value.ts";

export interface PartContext {
  /** The caller speaks another dialect: what stands for it must be said in this one, or reported. */
  readonly foreign: boolean;
  readonly inputs: TargetTraits["inputs"];
  readonly losses: Losses;
}

/** A string where one plain text says it all, otherwise a list of parts. @throws Fault `request_unsupported` */
export function writeParts(parts: readonly Part[], context: PartContext, path: string, role: string): unknown {
  if (parts.some((part) => part.type === "text" && part.annotations?.length)) context.losses.add("citations_dropped", path, "Q");
  const [only] = parts;
  if (parts.length === 1 && only?.type === "text" && only.extra === undefined && only.cache === undefined) return only.text;
  if (context.foreign && role !== "user" && parts.every((part) => part.type === "text")) {
    if (parts.some((part) => part.cache !== undefined)) context.losses.add("cache_hint_dropped", path, "Q");
    return parts.map((part) => part.text).join(role === "assistant" ? "" : "\n\n");
  }
  return parts.flatMap((part, index) => writePart(part, context, `${path}[${index}]`, role) ?? []);
}

/** What the parts say, for messages that hold text only. */
export function writeText(parts: readonly Part[]): string {
  return parts
    .map((part) => {
      if (part.type === "text" || part.type === "refusal") return part.text;
      return part.type === "document" && part.source.kind === "text" ? part.source.text : "";
    })
    .join("\n");
}

function writePart(part: Part, context: PartContext, path: string, role: string): JsonObject | undefined {
  switch (part.type) {
    case "text":
      return { type: "text", text: part.text, ...cacheMembers(part, context, path) };
    case "refusal":
      return role === "assistant" ? { type: "refusal", refusal: part.text } : { type: "text", text: part.text };
    case "image":
      checkInput("image", context, path);
      return {
        type: "image_url",
        image_url: { url: imageUrl(part, path), ...(part.detail !== undefined && { detail: part.detail }) },
        ...cacheMembers(part, context, path),
      };
    case "document":
      return writeDocument(part, context, path);
    case "audio":
      checkInput("audio", context, path);
      return { type: "input_audio", input_audio: { data: part.data, format: part.format }, ...ownFields(part.extra) };
    case "opaque":
      if (part.dialect === chatDialect) return part.native as JsonObject;
      if (role !== "assistant") throw unsupported(path, `The chosen model's provider has no content of the kind "${part.label}".`);
      context.losses.add("server_tool_history_flattened", path, "S");
      return undefined;
  }
}

function imageUrl(part: ImagePart, path: string): string {
  const url = addressOf(part.source);
  if (url === undefined) throw unsupported(path, "The chosen model's provider takes images as URL or data, not by file id.");
  return url;
}

function writeDocument(part: DocumentPart, context: PartContext, path: string): JsonObject {
  const { source } = part;
  if (source.kind === "text") {
    context.losses.add("document_flattened", path, "Q", "approximated");
    return { type: "text", text: underTitle(part, source.text) };
  }
  checkInput("document", context, path);
  const filename = part.filename ?? part.title;
  if (source.kind === "file") {
    if (context.foreign) throw unsupported(path, `The file "${source.fileId}" is with another provider; send the bytes.`);
    return {
      type: "file",
      file: { file_id: source.fileId, ...(filename !== undefined && { filename }) },
      ...cacheMembers(part, context, path),
    };
  }
  if (source.kind === "url" && context.foreign) {
    throw unsupported(path, "The chosen model's provider takes documents as data, not by URL.");
  }
  return {
    type: "file",
    file: { filename: filename ?? (context.foreign ? "document.pdf" : undefined), file_data: addressOf(source) },
    ...cacheMembers(part, context, path),
  };
}

function addressOf(source: MediaSource): string | undefined {
  if (source.kind === "url") return source.url;
  return source.kind === "base64" ? `data:${source.mediaType};base64,${source.data}` : undefined;
}

function checkInput(kind: "image" | "audio" | "document", context: PartContext, path: string): void {
  if (!context.foreign || context.inputs === undefined || context.inputs.includes(kind)) return;
  throw unsupported(path, `The chosen model takes no ${kind} as input.`);
}

/** A caller of this dialect gets its own marks back; those of others cannot be told to every provider of this one. */
function cacheMembers(
  part: Exclude<Part, { type: "audio" | "refusal" | "opaque" }>,
  context: PartContext,
  path: string,
): Readonly<JsonObject> {
  if (context.foreign && part.cache !== undefined) context.losses.add("cache_hint_dropped", path, "Q");
  return ownFields(part.extra);
}
