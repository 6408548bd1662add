import type { AudioPart, DialectId, DocumentPart, ImagePart, Losses, MediaSource, Part } from "../../exchange/index.ts";
import { openDataUri } from "../conversation/data-uri.ts";
import { writeHints } from "../conversation/document-hints.ts";
import type { TargetTraits } from "../dialect.ts";
import { writeCachePoint } from "./cache-points.ts";
import { type Block, type Fields, isFields, ownFields, unsupported } from "./fields.ts";
import { documentFormat, imageFormat } from "./media.ts";
import { type Family, familyOf } from "./model-fields.ts";
import { documentText } from "./read-blocks.ts";
import { writeText } from "./write-answer.ts";

/** What every writer of a request's parts must know. */
export class WritingRequest {
  readonly dialect: DialectId;
  readonly target: TargetTraits;
  readonly losses: Losses;
  readonly family: Family;
  /** Names of documents, which Bedrock wants to be different from each other. */
  readonly #documents = new Set<string>();

  constructor(dialect: DialectId, target: TargetTraits, losses: Losses) {
    this.dialect = dialect;
    this.target = target;
    this.losses = losses;
    this.family = familyOf(target.model);
  }

  /** The caller speaks Converse too: places in S3 and native blocks only go back where they came from. */
  get own(): boolean {
    return this.dialect === "bedrock-converse";
  }

  /** The name in Bedrock's alphabet, used once: the same ones on every later turn. */
  documentName(wanted: string | undefined): string {
    const plain = (wanted ?? "document")
      .replace(/[^\p{L}\p{N}\s\-()[\]]/gu, " ")
      .replace(/\s+/g, " ")
      .trim();
    const name = plain === "" ? "document" : plain.slice(0, 190);
    let unique = name;
    for (let count = 2; this.#documents.has(unique); count++) unique = `${name} (${count})`;
    this.#documents.add(unique);
    return unique;
  }
}

/** The content blocks of some parts; empty texts, which Bedrock refuses, are left out. @throws Fault `request_unsupported` */
export function writeParts(parts: readonly Part[], path: string, writing: WritingRequest): Block[] {
  const blocks: Block[] = [];
  for (const [index, part] of parts.entries()) {
    const block = writePart(part, `${path}.${index}`, writing);
    if (block) blocks.push(block);
    const cache = "cache" in part ? part.cache : undefined;
    if (block && cache) blocks.push(writeCachePoint(cache, `${path}.${index}`, writing.losses));
  }
  return blocks;
}

function writePart(part: Part, path: string, writing: WritingRequest): Block | undefined {
  switch (part.type) {
    case "text": {
      if (part.text === "") return undefined;
      const own = part.annotations?.every((note) => note.dialect === "bedrock-converse") ?? true;
      if (own) return writeText(part);
      writing.losses.add("citations_dropped", path, "Q");
      return { text: part.text };
    }
    case "image":
      return writeImage(part, path, writing);
    case "document":
      return writeDocument(part, path, writing);
    case "audio":
      return writeAudio(part, path, writing);
    case "refusal":
      return part.text === "" ? undefined : { text: part.text };
    case "opaque":
      if (part.dialect === "bedrock-converse" && isFields(part.native)) return { ...part.native };
      throw unsupported(path, `A content part of type "${part.label}" means nothing to the model's provider.`);
  }
}

function writeImage(part: ImagePart, path: string, writing: WritingRequest): Block {
  checkInput("image", path, writing);
  if (part.detail !== undefined && part.detail !== "auto") writing.losses.add("detail_dropped", `${path}.detail`, "M");
  const bytes = bytesOf(part.source, path, writing);
  const format = imageFormat(bytes.mediaType);
  if (!format) throw unsupported(path, `The model's provider takes PNG, JPEG, GIF and WebP images, not "${bytes.mediaType}".`);
  return { image: { format, source: { bytes: bytes.data }, ...ownFields(part.extra) } };
}

function writeDocument(part: DocumentPart, path: string, writing: WritingRequest): Block {
  checkInput("document", path, writing);
  const wanted = part.title ?? part.filename;
  const name = writing.own && wanted !== undefined ? wanted : writing.documentName(wanted?.replace(/\.[a-z]{2,4}$/i, ""));
  const own = ownFields(part.extra);
  const hints = writeHints(part);
  if (part.source.kind === "text") return { document: { ...textSource(part.source.text, own), name, ...hints } };
  const bytes = bytesOf(part.source, path, writing);
  const format = documentFormat(bytes.mediaType, part.filename ?? part.title);
  if (!format) throw unsupported(path, `The model's provider takes no documents of type "${bytes.mediaType}".`);
  return { document: { format, name, source: { bytes: bytes.data }, ...hints, ...own } };
}

/** Plain text as a file, or in the pieces in which it came while it still says the same. */
function textSource(text: string, own: Fields): Block {
  if (documentText(own.source) === text) return { ...own };
  const { source: _source, format: _format, ...rest } = own;
  return { format: "txt", source: { bytes: Buffer.from(text).toString("base64") }, ...rest };
}

function writeAudio(part: AudioPart, path: string, writing: WritingRequest): Block {
  checkInput("audio", path, writing);
  return { audio: { format: part.format, source: { bytes: part.data }, ...ownFields(part.extra) } };
}

interface Bytes {
  readonly mediaType: string;
  readonly data: string;
}

/** Bedrock fetches nothing from the web. It reads S3 with the gateway's own rights, which are not the caller's to use by a URL. */
function bytesOf(source: MediaSource, path: string, writing: WritingRequest): Bytes {
  if (source.kind === "base64") return source;
  if (source.kind === "text") return { mediaType: "text/plain", data: Buffer.from(source.text).toString("base64") };
  if (source.kind === "file") throw unsupported(path, `The file "${source.fileId}" is with another provider; send the bytes.`);
  const bytes = openDataUri(source.url);
  if (bytes) return bytes;
  throw unsupported(path, `${writing.target.provider} fetches no URLs; send the bytes as a data URI or in base64.`);
}

function checkInput(kind: "image" | "document" | "audio", path: string, writing: WritingRequest): void {
  const inputs = writing.target.inputs;
  if (inputs === undefined || inputs.includes(kind)) return;
  throw unsupported(path, `The model "${writing.target.model}" takes no ${kind} input.`);
}
