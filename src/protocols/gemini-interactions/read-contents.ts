import type { Annotation, MediaSource, Part } from "../../exchange/index.ts";
import { entryOf, type Fields, interactionsDialect, isFields, listOf, numberOf, optional, restOf, riding, textOf } from "./fields.ts";

const textMembers = new Set(["type", "text", "annotations"]);
const mediaMembers = new Set(["type", "data", "uri", "mime_type"]);

/** A content of a step: what every dialect knows, else kept for this one. */
export function readContent(native: Fields): Part {
  switch (native.type) {
    case "text": {
      const annotations = listOf(native.annotations).filter(isFields).map(readAnnotation);
      return {
        type: "text",
        text: textOf(native.text) ?? "",
        ...(annotations.length > 0 && { annotations }),
        ...riding(restOf(native, textMembers)),
      };
    }
    case "image": {
      const source = sourceOf(native, "image/jpeg");
      return source ? { type: "image", source, ...typed(native, source) } : opaque(native);
    }
    case "document": {
      const source = sourceOf(native, "application/pdf");
      return source ? { type: "document", source, ...typed(native, source) } : opaque(native);
    }
    case "audio": {
      const source = sourceOf(native, "audio/wav");
      if (source?.kind !== "base64") return opaque(native);
      const { mediaType, data } = source;
      const format = entryOf(shortNames, mediaType) ?? mediaType.slice("audio/".length);
      return { type: "audio", format, data, ...riding({ mime_type: mediaType, ...restOf(native, mediaMembers) }) };
    }
    default:
      return opaque(native);
  }
}

const shortNames: Readonly<Record<string, string>> = { "audio/mpeg": "mp3", "audio/x-wav": "wav" };

function opaque(native: Fields): Part {
  return { type: "opaque", dialect: interactionsDialect, label: textOf(native.type) ?? "unknown", native };
}

/** Files at Google are nobody else's; other addresses everybody can fetch. */
function sourceOf(native: Fields, defaultType: string): MediaSource | undefined {
  const { data, uri } = native;
  if (typeof data === "string") return { kind: "base64", mediaType: textOf(native.mime_type)?.toLowerCase() ?? defaultType, data };
  if (typeof uri !== "string") return undefined;
  const atGoogle = !/^https?:/i.test(uri) || uri.startsWith("https://generativelanguage.googleapis.com/");
  return atGoogle ? { kind: "file", fileId: uri } : { kind: "url", url: uri };
}

/** The type of bytes stands in their source. */
function typed(native: Fields, source: MediaSource) {
  const rest = restOf(native, mediaMembers);
  const named = source.kind !== "base64" && textOf(native.mime_type) !== undefined;
  return riding(named ? { mime_type: native.mime_type, ...rest } : rest);
}

export function readAnnotation(native: Fields): Annotation {
  return {
    dialect: interactionsDialect,
    ...optional("url", textOf(native.url)),
    ...optional("title", textOf(native.title)),
    ...optional("start", numberOf(native.start_index)),
    ...optional("end", numberOf(native.end_index)),
    native,
  };
}
