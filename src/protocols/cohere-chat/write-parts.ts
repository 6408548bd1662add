import type { DocumentPart, ImagePart, Losses, Part } from "../../exchange/index.ts";
import { documentText, underTitle } from "../conversation/document-text.ts";
import type { TargetTraits } from "../dialect.ts";
import { unsupported } from "../json-fields.ts";
import { writeDocument } from "./documents.ts";
import { cohereDialect, type Fields, fieldsOf, ownFields } from "./fields.ts";

export interface PartWriting {
  /** The caller speaks another dialect: what stands for it must be said in this one, or reported. */
  readonly foreign: boolean;
  readonly target: TargetTraits;
  readonly losses: Losses;
}

/** Who says it: a plan is one text, and only users show images. */
type Speaker = "system" | "developer" | "user" | "assistant" | "plan";

/** A string where one plain text says it all, otherwise a list of parts. @throws Fault `request_unsupported` */
export function writeParts(parts: readonly Part[], path: string, speaker: Speaker, writing: PartWriting): unknown {
  const [only] = parts;
  const plain = parts.length === 1 && only?.type === "text" && only.extra === undefined;
  const written = parts.flatMap((part, index) => writePart(part, `${path}.content[${index}]`, writing));
  if (parts.length === 0) return "";
  const asText = plain || speaker === "plan" || (writing.foreign && speaker === "assistant");
  return asText ? written.map((part) => part.text ?? "").join("") : written;
}

function writePart(part: Part, path: string, writing: PartWriting): Fields[] {
  const { losses } = writing;
  if ("cache" in part && part.cache !== undefined) losses.add("cache_hint_dropped", path, "Q");
  switch (part.type) {
    case "text":
      if (part.annotations?.some((annotation) => annotation.dialect !== cohereDialect)) losses.add("citations_dropped", path, "Q");
      return [{ type: "text", text: part.text, ...ownFields(part.extra) }];
    case "refusal":
      return [{ type: "text", text: part.text }];
    case "image":
      return [writeImage(part, path, writing)];
    case "document":
      return [writeDocumentPart(part, path, writing)];
    case "audio":
      throw unsupported(path, "The model's provider takes no audio input.");
    case "opaque":
      if (part.dialect === cohereDialect) return [part.native as Fields];
      throw unsupported(path, `A content part of type "${part.label}" means nothing to the model's provider.`);
  }
}

/** Documents stand as such in results; what a user shows as one is read as text. */
function writeDocumentPart(part: DocumentPart, path: string, { losses }: PartWriting): Fields {
  const { document, ...rest } = ownFields(part.extra);
  if (document !== undefined) return { type: "document", document, ...rest };
  const text = documentText(part);
  if (text === undefined) throw unsupported(path, "The model's provider takes documents as plain text only.");
  losses.add("document_flattened", path, "Q", "approximated");
  return { type: "text", text: underTitle(part, text) };
}

const details = ["auto", "low", "high"];

function writeImage(part: ImagePart, path: string, { target, losses, foreign }: PartWriting): Fields {
  if (target.inputs !== undefined && !target.inputs.includes("image")) {
    throw unsupported(path, `The model "${target.model}" takes no image input.`);
  }
  const { source, detail } = part;
  const url = source.kind === "url" ? source.url : source.kind === "base64" ? `data:${source.mediaType};base64,${source.data}` : undefined;
  if (url === undefined) throw unsupported(path, "The model's provider takes images as URL or data, not by file id.");
  const known = detail === undefined || !foreign || details.includes(detail);
  if (!known) losses.add("detail_dropped", `${path}.detail`, "M");
  const { image_url: inner, ...outer } = ownFields(part.extra);
  return { type: "image_url", image_url: { url, ...(known && detail !== undefined && { detail }), ...fieldsOf(inner) }, ...outer };
}

/** What a tool answered: texts and documents. */
export function writeResultParts(parts: readonly Part[], path: string, writing: PartWriting): unknown {
  const kept = writing.foreign ? parts.filter((part) => isHeld(part, path, writing.losses)) : parts;
  const documents = kept.some((part) => part.type === "document");
  if (!documents || !writing.foreign) return writeParts(kept, path, "user", writing);
  return kept.map((part) =>
    part.type === "document" ? { type: "document", document: writeDocument(part) } : writePart(part, path, writing)[0],
  );
}

function isHeld(part: Part, path: string, losses: Losses): boolean {
  if (part.type === "text" || part.type === "refusal") return true;
  if (part.type === "document" && documentText(part) !== undefined) return true;
  losses.add("tool_result_media_dropped", path, "S");
  return false;
}
