import type { AudioPart, DocumentPart, ImagePart, MediaSource, Part } from "../../../exchange/index.ts";
import { openDataUri, registeredType } from "../../conversation/data-uri.ts";
import { entryOf } from "../../json-fields.ts";
import { camelFields, extraOf, type Fields, filled, geminiDialect, isFields, type Native, ownFields, restOf, textOf } from "../fields.ts";

const blobMembers = new Set(["mimeType", "data", "displayName"]);
const fileMembers = new Set(["mimeType", "fileUri", "displayName"]);

/** `inlineData` or `fileData` of the user's as a part that every dialect knows; undefined for video, and for what is no media. */
export function readMedia(part: Fields): Part | undefined {
  const holder = isFields(part.inlineData) ? "inlineData" : "fileData";
  if (!isFields(part[holder])) return undefined;
  const media = camelFields(part[holder]);
  const mediaType = textOf(media.mimeType)?.toLowerCase() ?? "";
  const source = holder === "inlineData" ? inlineSource(media, mediaType) : fileSource(media);
  if (source === undefined) return undefined;
  const inner = filled(restOf(media, holder === "inlineData" ? blobMembers : fileMembers));
  const name = textOf(media.displayName);
  const kind = mediaType.replace(/\/.*/, "");
  if (kind === "image") {
    return {
      type: "image",
      source,
      ...rideAlong(part, holder, { ...typeOf(source, media), ...(name && { displayName: name }), ...inner }),
    };
  }
  if (kind === "audio" && source.kind === "base64") {
    const format = entryOf(shortNames, mediaType) ?? mediaType.slice("audio/".length);
    return {
      type: "audio",
      format,
      data: source.data,
      ...rideAlong(part, holder, { mimeType: media.mimeType, ...(name && { displayName: name }), ...inner }),
    };
  }
  if (kind !== "application" && kind !== "text") return undefined;
  return {
    type: "document",
    source,
    ...(name !== undefined && { filename: name }),
    ...rideAlong(part, holder, { ...typeOf(source, media), ...inner }),
  };
}

/** Members of the part beside the media, and of the media beside what is acted on. */
function rideAlong(part: Fields, holder: string, inner: Native): Pick<ImagePart, "extra"> {
  const media = filled(inner);
  return extraOf({ ...restOf(part, new Set([holder])), ...(media && { media }) }, new Set());
}

/** Only base64 says its type by itself. */
function typeOf(source: MediaSource, media: Fields): Native {
  return source.kind === "base64" || media.mimeType === undefined ? {} : { mimeType: media.mimeType };
}

function inlineSource(media: Fields, mediaType: string): MediaSource | undefined {
  const data = textOf(media.data);
  return data === undefined ? undefined : { kind: "base64", mediaType: textOf(media.mimeType) ?? mediaType, data: standardBase64(data) };
}

/** Python's SDK writes the URL-safe alphabet. */
function standardBase64(data: string): string {
  const standard = data.includes("-") || data.includes("_") ? data.replaceAll("-", "+").replaceAll("_", "/") : data;
  const missing = standard.length % 4;
  return missing === 0 ? standard : standard + "=".repeat(4 - missing);
}

/** Files at Google are nobody else's; other addresses everybody can fetch. */
function fileSource(media: Fields): MediaSource | undefined {
  const uri = textOf(media.fileUri);
  if (uri === undefined) return undefined;
  const atGoogle = !/^https?:/i.test(uri) || uri.startsWith("https://generativelanguage.googleapis.com/");
  return atGoogle ? { kind: "file", fileId: uri } : { kind: "url", url: uri };
}

const shortNames: Readonly<Record<string, string>> = {
  "audio/mpeg": "mp3",
  "audio/x-wav": "wav",
  "audio/wave": "wav",
  "audio/vnd.wave": "wav",
};

const extensions: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  webp: "image/webp",
  gif: "image/gif",
  heic: "image/heic",
  heif: "image/heif",
  pdf: "application/pdf",
  txt: "text/plain",
  md: "text/markdown",
  csv: "text/csv",
  html: "text/html",
};

/** The media for the wire; `guessed` where its type had to be made out from its address. */
export interface WrittenMedia {
  readonly part: Native;
  readonly guessed?: boolean;
}

/** An image or a document, but no plain text. @param own from a caller of this dialect */
export function writeMedia(part: ImagePart | DocumentPart, source: Exclude<MediaSource, { kind: "text" }>, own: boolean): WrittenMedia {
  const { media, ...side } = ownFields(part.extra);
  const inner = isFields(media) ? media : {};
  const named = own && part.type === "document" && part.filename !== undefined ? { displayName: part.filename } : {};
  if (source.kind === "base64") {
    return { part: { inlineData: { mimeType: registeredType(source.mediaType), data: source.data, ...named, ...inner }, ...side } };
  }
  const uri = source.kind === "url" ? source.url : source.fileId;
  const bytes = openDataUri(uri);
  if (bytes) return { part: { inlineData: { mimeType: registeredType(bytes.mediaType), data: bytes.data, ...inner }, ...side } };
  if (part.extra?.dialect === geminiDialect) return { part: { fileData: { fileUri: uri, ...named, ...inner }, ...side } };
  return { part: { fileData: { mimeType: guessedType(part, uri), fileUri: uri } }, guessed: true };
}

function guessedType(part: ImagePart | DocumentPart, uri: string): string {
  const extension = /\.([a-z0-9]+)(?:[?#]|$)/i.exec(uri)?.[1]?.toLowerCase() ?? "";
  return entryOf(extensions, extension) ?? (part.type === "image" ? "image/jpeg" : "application/pdf");
}

export function writeAudio(part: AudioPart): Native {
  const { media, ...side } = ownFields(part.extra);
  const inner = isFields(media) ? media : {};
  return { inlineData: { mimeType: `audio/${part.format}`, data: part.data, ...inner }, ...side };
}
