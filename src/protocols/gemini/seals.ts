import type { DialectId, ReasoningItem } from "../../exchange/index.ts";
import { geminiDialect } from "./fields.ts";

/**
 * Gemini signs parts, not thoughts: `thoughtSignature` stands on a thought, a text or a call, and has to come back on the
 * same part. A signature becomes a reasoning item right before what it stands on; one of a call names the call, because
 * other dialects' clients move thoughts to the head of a turn. Value: `<signature>` or `<call id>:<signature>`.
 */
export type Sealed = NonNullable<ReasoningItem["sealed"]>;

export function sealOfPart(signature: string): Sealed {
  return { kind: "signature", value: signature };
}

export function sealOfCall(callId: string, signature: string): Sealed {
  return { kind: "signature", value: `${callId}:${signature}` };
}

/** Signatures are base64, so a colon can only be ours. */
export function openSeal(sealed: Sealed): { readonly callId?: string; readonly signature: string } {
  const colon = sealed.value.lastIndexOf(":");
  return colon < 0 ? { signature: sealed.value } : { callId: sealed.value.slice(0, colon), signature: sealed.value.slice(colon + 1) };
}

/** What Gemini's documents give for calls that it has not signed itself: it skips the check, and thinks without what was lost. */
export const unsignedCall = "skip_thought_signature_validator";

/**
 * Thoughts of another dialect travel through Gemini's clients as thought parts with a signature of ours: base64 as the
 * wire asks for, of `sluice.<dialect>.<kind>.<id>.<value>`.
 */
const foreignMark = "sluice.";

/** How every foreign signature begins: six bytes of the mark are eight characters of base64. */
export const foreignHead = Buffer.from(foreignMark.slice(0, 6)).toString("base64");

const foreignDialects: readonly DialectId[] = ["openai-chat", "openai-responses", "anthropic-messages"];
const sealKinds: readonly Sealed["kind"][] = ["signature", "redacted", "encrypted"];

export function foreignSignature(dialect: DialectId, id: string | undefined, sealed: Sealed | undefined): string {
  const name = encodeURIComponent(id ?? "").replaceAll(".", "%2E");
  return Buffer.from(`${foreignMark}${dialect}.${sealed?.kind ?? ""}.${name}.${sealed?.value ?? ""}`).toString("base64");
}

/** Where the thoughts come from; undefined for a signature of Gemini's own. SDKs may have changed the base64 alphabet. */
export function readForeign(signature: string): Pick<ReasoningItem, "dialect" | "id" | "sealed"> | undefined {
  if (!signature.startsWith(foreignHead)) return undefined;
  const text = Buffer.from(signature, "base64").toString();
  if (!text.startsWith(foreignMark)) return undefined;
  const [, name, kindName, idText = "", ...rest] = text.split(".");
  const dialect = foreignDialects.find((known) => known === name);
  const kind = sealKinds.find((known) => known === kindName);
  const id = decodedId(idText);
  if (dialect === undefined || id === undefined) return { dialect: geminiDialect };
  return { dialect, ...(id !== "" && { id }), ...(kind && { sealed: { kind, value: rest.join(".") } }) };
}

function decodedId(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
