import type { Annotation } from "../../exchange/index.ts";
import { chatDialect, isObject, type JsonObject, listOf, numberOf, objectOf, textOf, wordOf } from "./json-value.ts";

/** What a choice says: a piece, the whole, or the bare text of a legacy completion. */
export function messageIn(choice: JsonObject): JsonObject {
  const said = choice.delta ?? choice.message;
  return said == null && typeof choice.text === "string" ? { content: choice.text } : objectOf(said);
}

/** One step of what a delta or a message says, whichever provider's members it stands in. */
export type Said =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "thinking"; readonly text: string; readonly part: JsonObject }
  | { readonly kind: "annotation"; readonly annotation: Annotation };

/** The content: a string, or Mistral's list of parts. */
export function saidIn(content: unknown): Said[] {
  if (typeof content === "string") return content === "" ? [] : [{ kind: "text", text: content }];
  const out: Said[] = [];
  for (const part of listOf(content)) {
    if (typeof part === "string") out.push({ kind: "text", text: part });
    else if (isObject(part) && part.type === "thinking") out.push({ kind: "thinking", text: thinkingText(part.thinking), part });
    else if (isObject(part) && typeof part.text === "string") out.push({ kind: "text", text: part.text });
    else if (isObject(part) && part.type === "reference")
      out.push({ kind: "annotation", annotation: { dialect: chatDialect, native: part } });
  }
  return out;
}

export function thinkingText(thinking: unknown): string {
  if (typeof thinking === "string") return thinking;
  return listOf(thinking)
    .map((piece) => textOf(objectOf(piece).text) ?? "")
    .join("");
}

export function readAnnotation(native: unknown): Annotation {
  const citation = objectOf(objectOf(native).url_citation);
  return {
    dialect: chatDialect,
    url: wordOf(citation.url),
    title: wordOf(citation.title),
    start: numberOf(citation.start_index),
    end: numberOf(citation.end_index),
    native,
  };
}

/** Perplexity names its sources beside the choices, as bare addresses. */
export function topCitations(answer: JsonObject): Annotation[] {
  return listOf(answer.citations)
    .map(textOf)
    .filter((url) => url !== undefined)
    .map((url) => ({ dialect: chatDialect, url, native: { type: "url_citation", url_citation: { url } } }));
}

// Some providers write every member that there is, with empty values: those are not there.

export function legacyCall(message: JsonObject): JsonObject | undefined {
  const call = message.function_call;
  return isObject(call) && (wordOf(call.name) || wordOf(call.arguments)) ? call : undefined;
}

export function customCall(call: JsonObject): JsonObject | undefined {
  return isObject(call.custom) && (call.type === "custom" || wordOf(call.custom.name) || wordOf(call.custom.input))
    ? call.custom
    : undefined;
}

export function speaks(audio: JsonObject): boolean {
  return [audio.id, audio.data, audio.transcript].some((member) => wordOf(member) !== undefined) || Boolean(audio.expires_at);
}

/** Whole members that only some provider of this dialect has, kept as opaque items. */
export const opaqueMembers = ["executed_tools", "images"] as const;

/** Whether a client would see something of the answer itself in this chunk: a role or an empty string is not yet that. */
export function isVisible(chunk: JsonObject): boolean {
  return listOf(chunk.choices).some((choice) => showsSomething(messageIn(objectOf(choice))));
}

function showsSomething(delta: JsonObject): boolean {
  const { content } = delta;
  if (typeof content === "string" ? content !== "" : saidIn(content).some((said) => said.kind === "annotation" || said.text !== ""))
    return true;
  if (wordOf(delta.reasoning_content) || wordOf(delta.reasoning) || wordOf(delta.refusal)) return true;
  if (legacyCall(delta) || (isObject(delta.audio) && speaks(delta.audio))) return true;
  const lists = [delta.tool_calls, delta.reasoning_details, delta.annotations, ...opaqueMembers.map((name) => delta[name])];
  return lists.some((list) => Array.isArray(list) && list.length > 0);
}
