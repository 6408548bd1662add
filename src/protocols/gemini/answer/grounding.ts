import type { Annotation } from "../../../exchange/index.ts";
import { type Fields, fieldsOf, geminiDialect, isFields, listOf, type Native, numberOf, textOf } from "../fields.ts";

/** A place in the answer's text and a source for it, as the candidate told it. */
export interface Support {
  readonly url: string;
  readonly title?: string;
  /** The text that leans on the source, where it is told. */
  readonly quote?: string;
  /** In bytes of UTF-8, as Google counts. */
  readonly startByte: number;
  readonly endByte: number;
  readonly native: unknown;
}

/** The sources of `groundingMetadata` and `citationMetadata`, those with an address. */
export function supportsOf(candidate: Fields): Support[] {
  const grounding = fieldsOf(candidate.groundingMetadata);
  const chunks = listOf(grounding.groundingChunks).map(sourceOf);
  const supports: Support[] = [];
  for (const support of listOf(grounding.groundingSupports)) {
    if (!isFields(support)) continue;
    const segment = fieldsOf(support.segment);
    for (const index of listOf(support.groundingChunkIndices)) {
      const source = chunks[numberOf(index) ?? -1];
      if (source) supports.push({ ...source, ...placeOf(segment), native: support });
    }
  }
  const citations = fieldsOf(candidate.citationMetadata);
  for (const citation of listOf(citations.citationSources ?? citations.citations)) {
    if (!isFields(citation)) continue;
    const url = textOf(citation.uri);
    const title = textOf(citation.title);
    if (url) supports.push({ url, ...(title !== undefined && { title }), ...placeOf(citation), native: citation });
  }
  return supports;
}

function sourceOf(chunk: unknown): Pick<Support, "url" | "title"> | undefined {
  const fields = fieldsOf(chunk);
  for (const kind of ["web", "retrievedContext", "maps"]) {
    const source = fieldsOf(fields[kind]);
    const url = textOf(source.uri);
    const title = textOf(source.title);
    if (url) return { url, ...(title !== undefined && { title }) };
  }
  return undefined;
}

function placeOf(segment: Fields): Pick<Support, "quote" | "startByte" | "endByte"> {
  const quote = textOf(segment.text);
  return { ...(quote && { quote }), startByte: numberOf(segment.startIndex) ?? 0, endByte: numberOf(segment.endIndex) ?? 0 };
}

/** The support as an annotation of this text; undefined where it leans on another one. */
export function annotationIn(text: string, support: Support): Annotation | undefined {
  const bytes = Buffer.from(text);
  const { startByte, endByte, quote, url, title, native } = support;
  const named = { dialect: geminiDialect, url, ...(title !== undefined && { title }), native };
  const said = bytes.subarray(startByte, endByte).toString();
  if (quote === undefined ? endByte > startByte && endByte <= bytes.length : said === quote) {
    const start = bytes.subarray(0, startByte).toString().length;
    return { ...named, start, end: start + said.length };
  }
  const start = quote === undefined ? -1 : text.indexOf(quote);
  return start < 0 ? undefined : { ...named, start, end: start + (quote ?? "").length };
}

/** Where the text is that the source belongs to cannot be told. */
export function placelessAnnotation({ url, title, native }: Support): Annotation {
  return { dialect: geminiDialect, url, ...(title !== undefined && { title }), native };
}

/** How many searches the model made, as they are billed: by the query since Gemini 3, by the answer before. */
export function searchesIn(candidate: Fields, byQuery: boolean): number {
  const grounding = fieldsOf(candidate.groundingMetadata);
  const queries = listOf(grounding.webSearchQueries).filter((query) => typeof query === "string" && query !== "").length;
  return byQuery ? queries : Math.min(1, queries);
}

/** Sources of another dialect's answer, as Gemini's clients look for them. */
export class ForeignSources {
  readonly #chunks: Native[] = [];
  readonly #supports: Native[] = [];

  /** @param before what the answer said before the text that the annotation counts in */
  add(annotation: Annotation, before: string, text: string): void {
    if (annotation.dialect === geminiDialect || annotation.url === undefined) return;
    let index = this.#chunks.findIndex((chunk) => fieldsOf(chunk.web).uri === annotation.url);
    if (index < 0) index = this.#chunks.push({ web: { uri: annotation.url, title: annotation.title ?? "" } }) - 1;
    const { start, end } = annotation;
    if (start === undefined || end === undefined) return;
    const startIndex = Buffer.byteLength(before + text.slice(0, start));
    const quote = text.slice(start, end);
    const segment = { startIndex, endIndex: startIndex + Buffer.byteLength(quote), text: quote };
    this.#supports.push({ segment, groundingChunkIndices: [index] });
  }

  metadata(): Native | undefined {
    if (this.#chunks.length === 0) return undefined;
    return { groundingChunks: this.#chunks, ...(this.#supports.length > 0 && { groundingSupports: this.#supports }) };
  }
}
