import type { DocumentPart } from "../../exchange/index.ts";
import { documentText, titleOf } from "../conversation/document-text.ts";
import { type Fields, isFields, malformed, optional, ownFields, riding, wordOf } from "./fields.ts";

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
  return text === undefined ? undefined : { data: { ...optional("title", titleOf(part)), text } };
}
