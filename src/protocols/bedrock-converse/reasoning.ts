import type { DialectId, ReasoningItem } from "../../exchange/index.ts";
import { type Block, extraOf, type Fields, fieldsOf, ownFields, restOf, textOf } from "./fields.ts";

/**
 * The signature that says "not Bedrock's": thoughts of another dialect travel through Converse's clients as signed
 * reasoning, and come back with what their own provider sealed. Form: `sluice.<dialect>.<kind>.<id>.<value>`.
 */
export const foreignMark = "sluice.";

export type Sealed = NonNullable<ReasoningItem["sealed"]>;

const foreignDialects: readonly DialectId[] = ["openai-chat", "openai-responses", "anthropic-messages"];
const sealKinds: readonly Sealed["kind"][] = ["signature", "redacted", "encrypted"];

export function foreignSignature(dialect: DialectId, id: string | undefined, sealed: Sealed | undefined): string {
  return `${foreignMark}${dialect}.${sealed?.kind ?? ""}.${encodeURIComponent(id ?? "").replaceAll(".", "%2E")}.${sealed?.value ?? ""}`;
}

/** The content of a `reasoningContent` block: a text that may be signed, or bytes that nobody can read. */
export function readReasoning(native: unknown): ReasoningItem {
  const { reasoningText, redactedContent, ...others } = fieldsOf(native);
  const told = fieldsOf(reasoningText);
  const rest = restOf({ ...others, ...restOf(told, ["text", "signature"]) }, []);
  const seal = sealOf(textOf(told.signature), textOf(redactedContent));
  const text = textOf(told.text) ?? "";
  const shown = text === "" ? {} : { text };
  if (seal?.kind === "signature" && seal.value.startsWith(foreignMark)) {
    return { type: "reasoning", summary: text === "" ? [] : [text], ...readForeign(seal.value) };
  }
  return { type: "reasoning", dialect: "bedrock-converse", summary: [], ...shown, ...(seal && { sealed: seal }), ...extraOf(rest) };
}

export function sealOf(signature: string | undefined, redacted: string | undefined): Sealed | undefined {
  if (redacted !== undefined) return { kind: "redacted", value: redacted };
  return signature === undefined || signature === "" ? undefined : { kind: "signature", value: signature };
}

function readForeign(signature: string): Pick<ReasoningItem, "dialect" | "id" | "sealed"> {
  const [, name, kindName, idText = "", ...rest] = signature.split(".");
  const dialect = foreignDialects.find((known) => known === name) ?? "openai-chat";
  const kind = sealKinds.find((known) => known === kindName);
  let id = "";
  try {
    id = decodeURIComponent(idText);
  } catch {
    return { dialect };
  }
  return { dialect, ...(id !== "" && { id }), ...(kind && { sealed: { kind, value: rest.join(".") } }) };
}

/** A block of thoughts that came from Bedrock, byte for byte; undefined for those of another provider. */
export function writeOwnReasoning(item: ReasoningItem): Block | undefined {
  if (item.dialect !== "bedrock-converse") return undefined;
  if (item.sealed?.kind === "redacted") return { reasoningContent: { redactedContent: item.sealed.value } };
  const text = reasoningText(item);
  if (text === "" && item.sealed === undefined) return undefined;
  const signature = item.sealed?.value;
  return { reasoningContent: { reasoningText: { text, ...(signature !== undefined && { signature }), ...ownFields(item.extra) } } };
}

/** A block for a client: our own, or another dialect's under the foreign mark. */
export function writeClientReasoning(item: ReasoningItem): Block | undefined {
  if (item.dialect === "bedrock-converse") return writeOwnReasoning(item);
  const text = reasoningText(item);
  if (text === "" && item.sealed === undefined) return undefined;
  return { reasoningContent: { reasoningText: { text, signature: foreignSignature(item.dialect, item.id, item.sealed) } } };
}

/** Thoughts that would be refused, because another provider sealed them. */
export function isForeignReasoning(block: Fields): boolean {
  const signature = fieldsOf(fieldsOf(block.reasoningContent).reasoningText).signature;
  return typeof signature === "string" && signature.startsWith(foreignMark);
}

function reasoningText(item: ReasoningItem): string {
  return item.text ?? item.summary.join("\n\n");
}
