import type { DocumentPart, ImagePart } from "../../exchange/index.ts";

/** What a document says that is text; undefined for bytes of another kind, and for what is kept elsewhere. */
export function documentText({ source }: Pick<DocumentPart, "source">): string | undefined {
  if (source.kind === "text") return source.text;
  if (source.kind !== "base64" || !source.mediaType.startsWith("text/")) return undefined;
  return Buffer.from(source.data, "base64").toString("utf8");
}

/** What a document is called: its title, or else its file's name. Pictures are called nothing. */
export function titleOf(part: DocumentPart | ImagePart): string | undefined {
  return part.type === "document" ? part.title || part.filename || undefined : undefined;
}

/** The text as a model reads it where the wire has no documents: under what the document is called. */
export function underTitle(part: DocumentPart | ImagePart, text: string): string {
  const title = titleOf(part);
  return title === undefined ? text : `${title}\n\n${text}`;
}
