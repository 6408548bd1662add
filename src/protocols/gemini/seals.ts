import type { DialectId, Seal } from "../../exchange/index.ts";
import { foreignMark, foreignSignature, readForeign as readForeignText } from "../conversation/foreign-thoughts.ts";

/**
 * Gemini signs parts, not thoughts: `thoughtSignature` stands on a thought, a text or a call, and has to come back on the
 * same part. A signature becomes a reasoning item right before what it stands on; one of a call names the call, because
 * other dialects' clients move thoughts to the head of a turn. Value: `<signature>` or `<call id>:<signature>`; `:<signature>` for a
 * part that is nothing else, as Vertex sends where it hides what its tools did.
 */
export function sealOfPart(signature: string): Seal {
  return { kind: "signature", value: signature };
}

export function sealAlone(signature: string): Seal {
  return { kind: "signature", value: `:${signature}` };
}

export function sealOfCall(callId: string, signature: string): Seal {
  return { kind: "signature", value: `${callId}:${signature}` };
}

export interface OpenSeal {
  readonly callId?: string;
  /** It stands on a part of its own. */
  readonly alone?: true;
  readonly signature: string;
}

/** Signatures are base64, so a colon can only be ours. */
export function openSeal(sealed: Seal): OpenSeal {
  const colon = sealed.value.lastIndexOf(":");
  if (colon === 0) return { alone: true, signature: sealed.value.slice(1) };
  return colon < 0 ? { signature: sealed.value } : { callId: sealed.value.slice(0, colon), signature: sealed.value.slice(colon + 1) };
}

/** What Gemini's documents give for calls that it has not signed itself: it skips the check, and thinks without what was lost. */
export const unsignedCall = "skip_thought_signature_validator";

/**
 * Thoughts of another dialect travel through Gemini's clients as thought parts with a signature of ours, in base64 as the
 * wire asks for. This is how every one begins: six bytes of the mark are eight characters.
 */
export const foreignHead = Buffer.from(foreignMark.slice(0, 6)).toString("base64");

export function writeForeign(dialect: DialectId, id: string | undefined, sealed: Seal | undefined): string {
  return Buffer.from(foreignSignature(dialect, id, sealed)).toString("base64");
}

/** Where the thoughts come from; undefined for a signature of Gemini's own. SDKs may have changed the base64 alphabet. */
export function readForeign(signature: string): ReturnType<typeof readForeignText> {
  return signature.startsWith(foreignHead) ? readForeignText(Buffer.from(signature, "base64").toString()) : undefined;
}
