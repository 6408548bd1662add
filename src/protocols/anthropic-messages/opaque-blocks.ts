import type { Annotation, OpaqueItem } from "../../exchange/index.ts";
import { pushAll } from "../json-fields.ts";
import { type Fields, isFields, textOf } from "./fields.ts";

/** A block that only Anthropic understands: server tools, their results, compaction, and every type yet unknown. */
export function opaqueItem(native: Fields, role: OpaqueItem["role"]): OpaqueItem {
  const text = renderingOf(native);
  return {
    type: "opaque",
    dialect: "anthropic-messages",
    label: textOf(native.type) ?? "unknown",
    role,
    native,
    ...(text !== undefined && { text }),
  };
}

/** What the block says, in plain words. Undefined where it cannot be said honestly. */
function renderingOf(native: Fields): string | undefined {
  const type = textOf(native.type) ?? "";
  if (type === "compaction") return textOf(native.content);
  if (type.endsWith("tool_use")) return `[${textOf(native.name) ?? type}: ${JSON.stringify(native.input ?? {})}]`;
  if (!type.endsWith("tool_result")) return undefined;
  const words = wordsOf(native.content);
  return words.length === 0 ? undefined : `[${type}: ${words.join("\n")}]`;
}

const spokenMembers = ["title", "url", "text", "stdout", "stderr", "error_code", "tool_name"] as const;

function wordsOf(value: unknown): string[] {
  if (typeof value === "string") return value === "" ? [] : [value];
  if (Array.isArray(value)) return value.flatMap(wordsOf);
  if (!isFields(value)) return [];
  const words: string[] = [];
  for (const name of spokenMembers) pushAll(words, wordsOf(textOf(value[name])));
  if (value.type === "text" && value.media_type !== undefined) pushAll(words, wordsOf(value.data));
  return [...words, ...wordsOf(value.content), ...wordsOf(value.source), ...wordsOf(value.tool_references)];
}

export function readCitation(native: unknown): Annotation {
  const fields = isFields(native) ? native : {};
  const url = textOf(fields.url);
  const title = textOf(fields.title) ?? textOf(fields.document_title);
  return { dialect: "anthropic-messages", ...(url !== undefined && { url }), ...(title !== undefined && { title }), native };
}
