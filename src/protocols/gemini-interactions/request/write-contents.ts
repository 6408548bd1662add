import type { DocumentPart, ImagePart, Part } from "../../../exchange/index.ts";
import { openDataUri, registeredType } from "../../conversation/data-uri.ts";
import { titleOf, underTitle } from "../../conversation/document-text.ts";
import { entryOf, interactionsDialect, isFields, type Native, ownFields, unsupported } from "../fields.ts";
import type { WritingRequest } from "./write-steps.ts";

/** The contents for the wire; empty texts of other dialects are left out. @throws Fault `request_unsupported` */
export function writeContents(parts: readonly Part[], path: string, writing: WritingRequest): Native[] {
  return parts.flatMap((part, index) => writePart(part, `${path}.${index}`, writing));
}

function writePart(part: Part, path: string, writing: WritingRequest): Native[] {
  if ("cache" in part && part.cache !== undefined) writing.losses.add("cache_hint_dropped", path, "Q");
  switch (part.type) {
    case "text": {
      const own = part.annotations?.filter(({ dialect }) => dialect === interactionsDialect).map(({ native }) => native) ?? [];
      if (part.text === "" && writing.dialect !== interactionsDialect) return [];
      if ((part.annotations?.length ?? 0) > own.length) writing.losses.add("citations_dropped", path, "Q");
      return [{ type: "text", text: part.text, ...(own.length > 0 && { annotations: own }), ...ownFields(part.extra) }];
    }
    case "refusal":
      return part.text === "" ? [] : [{ type: "text", text: part.text }];
    case "image":
    case "document":
      return [writeMedia(part, path, writing)];
    case "audio":
      checkInput("audio", path, writing);
      return [{ type: "audio", data: part.data, mime_type: `audio/${part.format}`, ...ownFields(part.extra) }];
    case "opaque":
      if (part.dialect === interactionsDialect && isFields(part.native)) return [{ ...part.native }];
      throw unsupported(path, `A content part of type "${part.label}" means nothing to the model's provider.`);
  }
}

const resolutions: Readonly<Record<string, string>> = { low: "low", high: "high", original: "ultra_high" };

function writeMedia(part: ImagePart | DocumentPart, path: string, writing: WritingRequest): Native {
  const { source, type } = part;
  const { dialect, losses } = writing;
  const isTitled = titleOf(part) !== undefined;
  if (source.kind === "text") {
    if (isTitled) losses.add("document_flattened", path, "Q", "approximated");
    return { type: "text", text: underTitle(part, source.text) };
  }
  if (isTitled) losses.add("name_dropped", path, "M");
  checkInput(type, path, writing);
  const detail = part.type === "image" && part.detail !== undefined ? entryOf(resolutions, part.detail) : undefined;
  const side = { ...(detail !== undefined && { resolution: detail }), ...ownFields(part.extra) };
  if (source.kind === "base64") return { type, data: source.data, mime_type: registeredType(source.mediaType), ...side };
  if (source.kind === "file" && dialect !== interactionsDialect) {
    throw unsupported(path, `The file "${source.fileId}" is with another provider; send the bytes or a URL.`);
  }
  const uri = source.kind === "url" ? source.url : source.fileId;
  const bytes = openDataUri(uri);
  return bytes ? { type, data: bytes.data, mime_type: registeredType(bytes.mediaType), ...side } : { type, uri, ...side };
}

function checkInput(kind: "image" | "document" | "audio", path: string, { target, dialect }: WritingRequest): void {
  if (dialect === interactionsDialect || target.inputs === undefined || target.inputs.includes(kind)) return;
  throw unsupported(path, `The model "${target.model}" takes no ${kind} input.`);
}
