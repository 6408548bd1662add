import type { MediaSource } from "../../exchange/index.ts";
import { isFields, textOf } from "./fields.ts";

/** Converse names formats by short words of its own. */
const documentTypes: Readonly<Record<string, string>> = {
  pdf: "application/pdf",
  csv: "text/csv",
  doc: "application/msword",
  docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  xls: "application/vnd.ms-excel",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  html: "text/html",
  txt: "text/plain",
  md: "text/markdown",
};
const imageFormats = ["png", "jpeg", "gif", "webp"];

export function imageType(format: unknown): string | undefined {
  return typeof format === "string" && imageFormats.includes(format) ? `image/${format}` : undefined;
}

export function imageFormat(mediaType: string): string | undefined {
  const format = mediaType.toLowerCase().replace(/^image\//, "");
  return imageFormats.find((known) => known === (format === "jpg" ? "jpeg" : format));
}

export function documentType(format: unknown): string | undefined {
  return typeof format === "string" && Object.hasOwn(documentTypes, format) ? documentTypes[format] : undefined;
}

/** By the media type; where that says nothing, by the ending of the file's name. */
export function documentFormat(mediaType: string, filename: string | undefined): string | undefined {
  const [plain = ""] = mediaType.toLowerCase().split(";");
  for (const [format, type] of Object.entries(documentTypes)) if (type === plain.trim()) return format;
  const ending = filename?.match(/\.([a-z]+)$/i)?.[1]?.toLowerCase();
  if (ending !== undefined && Object.hasOwn(documentTypes, ending)) return ending;
  return plain.startsWith("text/") ? "txt" : undefined;
}

/** The bytes of an image or a document; undefined for what lies in the account's own S3, which means nothing to anybody else. */
export function readSource(native: unknown, mediaType: string): MediaSource | undefined {
  const data = isFields(native) ? textOf(native.bytes) : undefined;
  return data === undefined ? undefined : { kind: "base64", mediaType, data };
}
