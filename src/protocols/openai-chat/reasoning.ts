import { type DialectId, dialectIds, parseJson, type ReasoningItem, type Seal } from "../../exchange/index.ts";
import { chatDialect, isObject, type JsonObject, listOf, numberOf, textOf, wordOf } from "./json-value.ts";

/**
 * `reasoning_details`: a list of typed entries beside the plain reasoning text, as OpenRouter and others have it. What a
 * provider sealed travels in it through clients of this dialect. Entries of our own say so in `format`.
 */
const ownFormat = "sluice/";
const ownFormatBytes = Buffer.from(`"${ownFormat}`);

/** What an entry says; `seal` is the state that must go back to its provider unchanged. */
export interface ReasoningDetail {
  readonly index: number;
  readonly dialect: DialectId;
  readonly text?: string;
  readonly summary?: readonly string[];
  readonly id?: string;
  readonly sealed?: Seal;
}

export function readDetail(entry: unknown, position: number): ReasoningDetail | undefined {
  if (!isObject(entry)) return undefined;
  const format = textOf(entry.format) ?? "";
  const index = numberOf(entry.index) ?? position;
  const summary = Array.isArray(entry.summary) ? listOf(entry.summary).filter((line) => typeof line === "string") : wordOf(entry.summary);
  const shown = {
    index,
    text: wordOf(entry.text),
    summary: typeof summary === "string" ? [summary] : summary,
  };
  if (format.startsWith(ownFormat)) {
    const dialect = dialectIds.find((name) => name === format.slice(ownFormat.length)) ?? chatDialect;
    return { ...shown, dialect, id: wordOf(entry.id), sealed: sealOfOwn(entry) };
  }
  return { ...shown, dialect: chatDialect, sealed: sealOfProvider(entry) };
}

function sealOfOwn(entry: JsonObject): Seal | undefined {
  const signature = wordOf(entry.signature);
  if (signature !== undefined) return { kind: "signature", value: signature };
  const data = wordOf(entry.data);
  if (data === undefined) return undefined;
  return { kind: entry.type === "reasoning.redacted" ? "redacted" : "encrypted", value: data };
}

/** The entry without its words and its place: the provider wants all the rest back beside them. */
function sealOfProvider(entry: JsonObject): Seal | undefined {
  const kind = wordOf(entry.signature) !== undefined ? "signature" : wordOf(entry.data) !== undefined ? "encrypted" : undefined;
  if (kind === undefined) return undefined;
  const { text: _text, summary: _summary, index: _index, ...rest } = entry;
  return { kind, value: JSON.stringify(rest) };
}

/** The entries for one reasoning item; none where nothing is sealed and nothing but the plain text is known. */
export function writeDetails(item: ReasoningItem, index: number): JsonObject[] {
  const { sealed } = item;
  if (item.dialect === chatDialect) {
    const entries: JsonObject[] = [];
    const native = sealed && parsedSeal(sealed.value);
    if (native === undefined) return entries;
    if (item.summary.length > 0) {
      entries.push({ type: "reasoning.summary", summary: item.summary.join("\n\n"), format: native.format ?? null, index });
    }
    entries.push({ ...native, ...(native.type === "reasoning.text" && { text: item.text ?? "" }), index });
    return entries;
  }
  if (sealed === undefined) return [];
  return [
    {
      type: sealed.kind === "signature" ? "reasoning.text" : sealed.kind === "redacted" ? "reasoning.redacted" : "reasoning.encrypted",
      ...(item.text !== undefined && { text: item.text }),
      ...(item.summary.length > 0 && { summary: item.summary }),
      ...(sealed.kind === "signature" ? { signature: sealed.value } : { data: sealed.value }),
      ...(item.id !== undefined && { id: item.id }),
      format: ownFormat + item.dialect,
      index,
    },
  ];
}

/** Unreadable where a client cut or changed it: then the state is lost, and nothing else. */
export function parsedSeal(value: string): JsonObject | undefined {
  try {
    const native: unknown = parseJson(value);
    return isObject(native) ? native : undefined;
  } catch {
    return undefined;
  }
}

/** A native search for entries of our own, so that a long prompt without them costs microseconds. */
export function holdsOwnDetails(bytes: Buffer): boolean {
  return bytes.includes(ownFormatBytes);
}

/** A message as it came, without the entries of our own and the text that stood for them: no provider of this dialect knows them. */
export function withoutOwnDetails(message: unknown): unknown {
  if (!isObject(message) || !Array.isArray(message.reasoning_details)) return message;
  const kept = message.reasoning_details.filter((entry) => !(isObject(entry) && textOf(entry.format)?.startsWith(ownFormat)));
  if (kept.length === message.reasoning_details.length) return message;
  const { reasoning_details: _details, reasoning_content: _content, reasoning: _reasoning, ...rest } = message;
  return kept.length > 0 ? { ...rest, reasoning_details: kept } : rest;
}

/** The text that the model showed of its thoughts. */
export function shownReasoning(item: ReasoningItem): string {
  return item.text ?? item.summary.join("\n\n");
}
