import type { OpaqueItem } from "../../exchange/index.ts";
import { entryOf } from "../json-fields.ts";
import { camelFields, type Fields, fieldsOf, geminiDialect, isFields, listOf, textOf } from "./fields.ts";

/** Members of a part that stand beside what it is. */
const sideMembers = new Set(["thought", "thoughtSignature", "videoMetadata", "mediaProcessing", "mediaResolution", "partMetadata"]);

/** What kind of part it is, by the name of the member that holds it. */
export function labelOf(part: Fields): string {
  return Object.keys(part).find((name) => !sideMembers.has(name)) ?? "unknown";
}

/** A part that only Gemini understands, signature included: code that ran, server tools, media that the model made. */
export function opaqueItem(part: Fields, role: OpaqueItem["role"]): OpaqueItem {
  const label = labelOf(part);
  const text = entryOf(renderings, label)?.(camelFields(fieldsOf(part[label])));
  return { type: "opaque", dialect: geminiDialect, label, role, native: part, ...(text !== undefined && { text }) };
}

/** What the part says in plain words; undefined where words would not be true to it. */
const renderings: Readonly<Record<string, (native: Fields) => string | undefined>> = {
  executableCode: (native) => `[Code run]\n${textOf(native.code) ?? ""}`,
  codeExecutionResult: (native) => `[Output of the code]\n${textOf(native.output) ?? ""}`,
  toolCall(native) {
    const queries = listOf(fieldsOf(native.args).queries).filter((query) => typeof query === "string");
    const name = textOf(native.toolType) ?? "a tool";
    return queries.length > 0 ? `[${name}: ${queries.join("; ")}]` : `[${name}]`;
  },
  toolResponse(native) {
    const words = wordsOf(fieldsOf(native.response).result);
    return words.length === 0 ? `[Answer of ${textOf(native.toolType) ?? "a tool"}]` : words.join("\n");
  },
};

function wordsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(wordsOf);
  return isFields(value) ? ["title", "uri", "text"].flatMap((name) => textOf(value[name]) ?? []) : [];
}
