import type { DialectId, DocumentPart, ImagePart, Losses, MediaSource, Part } from "../../exchange/index.ts";
import { openDataUri, registeredType } from "../conversation/data-uri.ts";
import { writeHints } from "../conversation/document-hints.ts";
import { documentText } from "../conversation/document-text.ts";
import type { TargetTraits } from "../dialect.ts";
import { writeMark } from "./cache-marks.ts";
import { type Block, isFields, ownFields, unsupported } from "./fields.ts";

/** What every writer of a request's parts must know. */
export interface WritingRequest {
  /** The caller's dialect: file ids and native blocks only go back where they came from. */
  readonly dialect: DialectId;
  readonly target: TargetTraits;
  readonly losses: Losses;
}

/** The content blocks of some parts; empty texts, which Anthropic refuses, are left out. @throws Fault `request_unsupported` */
export function writeParts(parts: readonly Part[], path: string, writing: WritingRequest): Block[] {
  const blocks: Block[] = [];
  for (const [index, part] of parts.entries()) {
    const block = writePart(part, `${path}.${index}`, writing);
    if (block) blocks.push(block);
  }
  return blocks;
}

function writePart(part: Part, path: string, writing: WritingRequest): Block | undefined {
  switch (part.type) {
    case "text": {
      if (part.text === "") return undefined;
      const citations = part.annotations?.filter((note) => note.dialect === "anthropic-messages").map((note) => note.native) ?? [];
      if (part.annotations && part.annotations.length > citations.length) writing.losses.add("citations_dropped", path, "Q");
      return {
        type: "text",
        text: part.text,
        ...(citations.length > 0 && { citations }),
        ...writeMark(part.cache, path, writing.losses),
        ...ownFields(part.extra),
      };
    }
    case "image":
      return writeImage(part, path, writing);
    case "document":
      return writeDocument(part, path, writing);
    case "refusal":
      return part.text === "" ? undefined : { type: "text", text: part.text };
    case "audio":
      throw unsupported(path, "The model's provider takes no audio input.");
    case "opaque":
      if (part.dialect === "anthropic-messages" && isFields(part.native)) return { ...part.native };
      throw unsupported(path, `A content part of type "${part.label}" means nothing to the model's provider.`);
  }
}

function writeImage(part: ImagePart, path: string, writing: WritingRequest): Block {
  checkInput("image", path, writing);
  if (part.detail !== undefined && part.detail !== "auto") writing.losses.add("detail_dropped", `${path}.detail`, "M");
  return {
    type: "image",
    source: writeSource(part.source, path, writing),
    ...writeMark(part.cache, path, writing.losses),
    ...ownFields(part.extra),
  };
}

function writeDocument(part: DocumentPart, path: string, writing: WritingRequest): Block {
  checkInput("document", path, writing);
  const title = part.title ?? part.filename;
  return {
    type: "document",
    source: documentSource(part.source, path, writing),
    ...(title !== undefined && { title }),
    ...writeHints(part),
    ...writeMark(part.cache, path, writing.losses),
    ...ownFields(part.extra),
  };
}

function documentSource(source: MediaSource, path: string, writing: WritingRequest): Block {
  const text = documentText({ source });
  if (text !== undefined) return { type: "text", media_type: "text/plain", data: text };
  if (source.kind === "base64" && source.mediaType !== "application/pdf" && writing.dialect !== "anthropic-messages") {
    throw unsupported(path, `The model's provider takes PDF and plain text as documents, not "${source.mediaType}".`);
  }
  return writeSource(source, path, writing);
}

function writeSource(source: MediaSource, path: string, writing: WritingRequest): Block {
  switch (source.kind) {
    case "base64":
      return { type: "base64", media_type: registeredType(source.mediaType), data: source.data };
    case "url": {
      const bytes = openDataUri(source.url);
      return bytes ? { type: "base64", media_type: registeredType(bytes.mediaType), data: bytes.data } : { type: "url", url: source.url };
    }
    case "file":
      if (writing.dialect === "anthropic-messages") return { type: "file", file_id: source.fileId };
      throw unsupported(path, `The file "${source.fileId}" is with another provider; send the bytes or a URL.`);
    case "text":
      return { type: "text", media_type: "text/plain", data: source.text };
  }
}

function checkInput(kind: "image" | "document", path: string, writing: WritingRequest): void {
  const inputs = writing.target.inputs;
  if (inputs === undefined || inputs.includes(kind)) return;
  throw unsupported(path, `The model "${writing.target.model}" takes no ${kind} input.`);
}
