import type { Annotation } from "../../exchange/index.ts";
import { cohereDialect, type Fields, fieldsOf, listOf, numberOf, optional, wordOf } from "./fields.ts";

/** A citation with its first source that has an address or a name. `start` and `end` count in the block's own text. */
export function readCitation(native: unknown): Annotation {
  const citation = fieldsOf(native);
  const documents = listOf(citation.sources).map((source) => fieldsOf(fieldsOf(source).document));
  return {
    dialect: cohereDialect,
    ...optional(
      "url",
      documents.map((document) => wordOf(document.url)).find((url) => url !== undefined),
    ),
    ...optional(
      "title",
      documents.map((document) => wordOf(document.title)).find((title) => title !== undefined),
    ),
    ...optional("start", numberOf(citation.start)),
    ...optional("end", numberOf(citation.end)),
    native,
  };
}

/** What a citation is of: words of the answer, of the plan, or of the thoughts, which have no place for it. */
export function citedKind(native: unknown): "text" | "plan" | "thinking" {
  const { type } = fieldsOf(native);
  return type === "PLAN" ? "plan" : type === "THINKING_CONTENT" ? "thinking" : "text";
}

/** The citation as Cohere writes it; undefined for kinds without an address. @param text the whole text that it leans on */
export function writeCitation(annotation: Annotation, text: string, contentIndex: number): Fields | undefined {
  if (annotation.dialect === cohereDialect) return annotation.native as Fields;
  const { url, title, start = 0, end = text.length } = annotation;
  if (url === undefined) return undefined;
  const document = { id: url, url, ...optional("title", title) };
  return {
    ...{ start, end, text: text.slice(start, end) },
    sources: [{ type: "document", id: url, document }],
    ...{ content_index: contentIndex, type: "TEXT_CONTENT" },
  };
}
