import type { DialectId, DocumentPart, ImagePart, Losses, Part, ResultItem } from "../../../exchange/index.ts";
import { titleOf, underTitle } from "../../conversation/document-text.ts";
import type { TargetTraits } from "../../dialect.ts";
import { wireId } from "../call-ids.ts";
import { fieldsOf, geminiDialect, isFields, type Native, ownFields, textOf, unsupported } from "../fields.ts";
import { generationOf } from "../generation.ts";
import { writeAudio, writeMedia } from "./media.ts";
import { writeResponse } from "./results.ts";

/** What every writer of a request's parts must know. */
export interface WritingRequest {
  /** The caller's dialect: file ids and native parts only go back where they came from. */
  readonly dialect: DialectId;
  readonly target: TargetTraits;
  readonly losses: Losses;
}

/** The parts for the wire. Empty texts of other dialects are left out: Gemini refuses a content of nothing. @throws Fault `request_unsupported` */
export function writeParts(parts: readonly Part[], path: string, writing: WritingRequest): Native[] {
  const out: Native[] = [];
  for (const [index, part] of parts.entries()) {
    const written = writePart(part, `${path}.${index}`, writing);
    if (written) out.push(written);
  }
  return out;
}

function writePart(part: Part, path: string, writing: WritingRequest): Native | undefined {
  if ("cache" in part && part.cache !== undefined) writing.losses.add("cache_hint_dropped", path, "Q");
  switch (part.type) {
    case "text":
      if (part.text === "" && writing.dialect !== geminiDialect) return undefined;
      if (part.annotations && part.annotations.length > 0) writing.losses.add("citations_dropped", path, "Q");
      return { text: part.text, ...ownFields(part.extra) };
    case "refusal":
      return part.text === "" ? undefined : { text: part.text };
    case "image":
      if (part.detail !== undefined && part.detail !== "auto") writing.losses.add("detail_dropped", `${path}.detail`, "M");
      return mediaPart(part, path, writing);
    case "document":
      return part.source.kind === "text" ? writeText(part, part.source.text, path, writing) : namelessPart(part, path, writing);
    case "audio":
      checkInput("audio", path, writing);
      return writeAudio(part);
    case "opaque":
      if (part.dialect === geminiDialect && isFields(part.native)) return { ...part.native };
      throw unsupported(path, `A content part of type "${part.label}" means nothing to the model's provider.`);
  }
}

/** A text under its title. */
function writeText(part: DocumentPart, text: string, path: string, { losses }: WritingRequest): Native {
  if (titleOf(part) !== undefined) losses.add("document_flattened", path, "Q", "approximated");
  return { text: underTitle(part, text) };
}

function namelessPart(part: DocumentPart, path: string, writing: WritingRequest): Native {
  if (writing.dialect !== geminiDialect && titleOf(part) !== undefined) writing.losses.add("name_dropped", path, "M");
  return mediaPart(part, path, writing);
}

function mediaPart(part: ImagePart | DocumentPart, path: string, writing: WritingRequest): Native {
  const { source } = part;
  if (source.kind === "text") return { text: source.text };
  checkInput(part.type, path, writing);
  if (source.kind === "file" && writing.dialect !== geminiDialect) {
    throw unsupported(path, `The file "${source.fileId}" is with another provider; send the bytes or a URL.`);
  }
  const written = writeMedia(part, source, writing.dialect === geminiDialect);
  if (written.guessed) writing.losses.add("media_type_guessed", path, "M", "approximated");
  return written.part;
}

function checkInput(kind: "image" | "document" | "audio", path: string, { target, dialect }: WritingRequest): void {
  if (dialect === geminiDialect || target.inputs === undefined || target.inputs.includes(kind)) return;
  throw unsupported(path, `The model "${target.model}" takes no ${kind} input.`);
}

/**
 * The result of a call. Media stand inside it since Gemini 3; models before it get them right behind it.
 *
 * @param name of the function: Gemini wants it beside the id
 */
export function writeResult(item: ResultItem, name: string, path: string, writing: WritingRequest): Native[] {
  if (item.cache !== undefined) writing.losses.add("cache_hint_dropped", path, "Q");
  const own = ownFields(item.extra);
  const written = writeParts(item.parts, path, writing);
  const texts = written.flatMap((part) => textOf(part.text) ?? []);
  const media = written.filter((part) => part.text === undefined);
  const inside = media.length > 0 && (writing.dialect === geminiDialect || generationOf(writing.target.model) >= 3);
  if (media.length > 0 && !inside) writing.losses.add("tool_result_media_moved", path, "Q", "reordered");
  const called = textOf(own.name) ?? name;
  const said = texts.join("\n");
  const response = {
    ...wireId(item.callId),
    name: called,
    response: own.named === true ? { name: called, content: said } : writeResponse(said, item.isError === true),
    ...(inside && { parts: media }),
    ...fieldsOf(own.response),
  };
  return [{ functionResponse: response, ...fieldsOf(own.part) }, ...(inside ? [] : media)];
}
