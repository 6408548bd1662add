import type { DocumentPart } from "../../exchange/index.ts";
import { type Fields, isFields, malformed, ownFields, riding, wordOf } from "./fields.ts";

/** Marks the message that stands for the request's own `documents`. */
export const documentsMark = "documents";

/** A text, or an object of anything whose values the model reads and cites. @throws Fault `request_malformed` */
export function readDocument(native: unknown, beside: Fields, path: string): DocumentPart {
  const data = isFields(native) ? native.data : native;
  if (typeof data !== "string" && !isFields(data)) throw malformed(path, "a document with its data");
  const title = isFields(data) ? wordOf(data.title) : undefined;
  return {
    type: "document",
    source: { kind: "text", text: textOf(data) },
    ...(title !== undefined && { title }),
    ...riding({ ...beside, document: native }),
  };
}

/** What other dialects read of it: the words alone where there is nothing else. */
function textOf(data: string | Fields): string {
  if (typeof data === "string") return data;
  const { title: _title, ...rest } = data;
  const names = Object.keys(rest);
  return names.length === 1 && typeof rest.text === "string" ? rest.text : JSON.stringify(rest);
}

/** The document as it came, or one made of another dialect's text; undefined for what is no text. */
export function writeDocument(part: DocumentPart): unknown {
  const { document } = ownFields(part.extra);
  if (document !== undefined) return document;
  const text = documentText(part);
  const title = part.title ?? part.filename;
  return text === undefined ? undefined : { data: { ...(title !== undefined && { title }), text } };
}

export function documentText({ source }: DocumentPart): string | undefined {
  if (source.kind === "text") return source.text;
  if (source.kind !== "base64" || !source.mediaType.startsWith("text/")) return undefined;
  return Buffer.from(source.data, "base64").toString("utf8");
}
