import type { ReasoningItem, Seal } from "../../exchange/index.ts";
import { foreignMark, foreignSignature, readForeign } from "../conversation/foreign-thoughts.ts";
import { type Block, extraOf, type Fields, fieldsOf, ownFields, restOf, textOf } from "./fields.ts";

/** The content of a `reasoningContent` block: a text that may be signed, or bytes that nobody can read. */
export function readReasoning(native: unknown): ReasoningItem {
  const { reasoningText, redactedContent, ...others } = fieldsOf(native);
  const told = fieldsOf(reasoningText);
  const rest = restOf({ ...others, ...restOf(told, ["text", "signature"]) }, []);
  const seal = sealOf(textOf(told.signature), textOf(redactedContent));
  const text = textOf(told.text) ?? "";
  const shown = text === "" ? {} : { text };
  const foreign = seal?.kind === "signature" ? readForeign(seal.value) : undefined;
  if (foreign) return { type: "reasoning", summary: text === "" ? [] : [text], ...foreign };
  return { type: "reasoning", dialect: "bedrock-converse", summary: [], ...shown, ...(seal && { sealed: seal }), ...extraOf(rest) };
}

export function sealOf(signature: string | undefined, redacted: string | undefined): Seal | undefined {
  if (redacted !== undefined) return { kind: "redacted", value: redacted };
  return signature === undefined || signature === "" ? undefined : { kind: "signature", value: signature };
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
