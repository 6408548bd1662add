import type { CacheMark, Part } from "../../exchange/index.ts";
import { sourceOfUrl } from "../conversation/data-uri.ts";
import { chatDialect, extraOf, isObject, type JsonObject, malformed, objectOf, textOf, wordOf } from "./json-value.ts";

const textFields = new Set(["type", "text"]);
const imageFields = new Set(["type", "image_url"]);
const documentFields = new Set(["type", "file"]);
const audioFields = new Set(["type", "input_audio"]);

/** A message's content: a string, a list of parts, or nothing. */
export function readContent(content: unknown, path: string): Part[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  if (content === null || content === undefined) return [];
  if (!Array.isArray(content)) throw malformed(path, "a string or a list of parts");
  return content.map((part, index) => readPart(part, `${path}[${index}]`));
}

function readPart(part: unknown, path: string): Part {
  if (typeof part === "string") return { type: "text", text: part };
  if (!isObject(part)) throw malformed(path, "a content part");
  const cache = cacheOf(part);
  switch (part.type) {
    case "text":
      if (typeof part.text !== "string") throw malformed(`${path}.text`, "a string");
      return { type: "text", text: part.text, cache, extra: extraOf(part, textFields) };
    case "refusal":
      if (typeof part.refusal !== "string") throw malformed(`${path}.refusal`, "a string");
      return { type: "refusal", text: part.refusal };
    case "image_url": {
      const image = typeof part.image_url === "string" ? { url: part.image_url } : objectOf(part.image_url);
      if (typeof image.url !== "string") throw malformed(`${path}.image_url.url`, "a string");
      return { type: "image", source: sourceOfUrl(image.url), detail: wordOf(image.detail), cache, extra: extraOf(part, imageFields) };
    }
    case "input_audio": {
      const audio = objectOf(part.input_audio);
      if (typeof audio.data !== "string" || typeof audio.format !== "string") {
        throw malformed(`${path}.input_audio`, "an object with data and format");
      }
      return { type: "audio", format: audio.format, data: audio.data, extra: extraOf(part, audioFields) };
    }
    case "file":
      return readDocument(part, path, cache);
    default:
      if (typeof part.type !== "string") throw malformed(`${path}.type`, "a string");
      return { type: "opaque", dialect: chatDialect, label: part.type, native: part };
  }
}

function readDocument(part: JsonObject, path: string, cache: CacheMark | undefined): Part {
  const file = objectOf(part.file);
  const common = { filename: wordOf(file.filename), cache, extra: extraOf(part, documentFields) };
  if (typeof file.file_id === "string") return { type: "document", source: { kind: "file", fileId: file.file_id }, ...common };
  if (typeof file.file_data !== "string") throw malformed(`${path}.file`, "an object with file_id or file_data");
  const source = sourceOfUrl(file.file_data);
  const bare = source.kind === "url" && !/^(https?|data):/i.test(source.url);
  return {
    type: "document",
    source: bare ? { kind: "base64", mediaType: "application/pdf", data: file.file_data } : source,
    ...common,
  };
}

const ttls = ["5m", "30m", "1h", "12h"] as const;

/** OpenAI's `prompt_cache_breakpoint`, or the `cache_control` that OpenRouter and others take. */
export function cacheOf(part: JsonObject): CacheMark | undefined {
  const mark = isObject(part.prompt_cache_breakpoint) ? part.prompt_cache_breakpoint : part.cache_control;
  if (!isObject(mark)) return undefined;
  const ttl = ttls.find((name) => name === textOf(mark.ttl));
  return ttl === undefined ? {} : { ttl };
}
