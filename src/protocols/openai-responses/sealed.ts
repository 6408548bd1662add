import { type DialectId, dialectIds, parseJson, type Seal, sealKinds } from "../../exchange/index.ts";
import { isWire } from "./wire.ts";

const mark = "sluice-sealed-v1.";

/** Reasoning of another dialect on its way through a Responses client. */
export interface ForeignSeal {
  readonly dialect: DialectId;
  /** Whether the paragraphs of the item stand for a summary or for the full text. */
  readonly form: "summary" | "text";
  readonly sealed?: Seal;
}

/**
 * An `encrypted_content` of ours: where a reasoning item came from, and its signature. Clients of this dialect send
 * reasoning items back as they got them, so the provider that signed gets its own bytes again. It holds nothing secret
 * and needs no protection: a client that changes it only breaks its own signature.
 */
export function sealForeign(seal: ForeignSeal): string {
  const json = JSON.stringify({ dialect: seal.dialect, form: seal.form, kind: seal.sealed?.kind, value: seal.sealed?.value });
  return mark + Buffer.from(json).toString("base64url");
}

/** Undefined where the value is not one of ours. */
export function openForeign(encryptedContent: string): ForeignSeal | undefined {
  if (!encryptedContent.startsWith(mark)) return undefined;
  const told = parsed(Buffer.from(encryptedContent.slice(mark.length), "base64url").toString());
  const dialect = dialectIds.find((name) => name === told?.dialect) ?? "openai-chat";
  const form = told?.form === "text" ? "text" : "summary";
  const kind = sealKinds.find((name) => name === told?.kind);
  return { dialect, form, ...(kind && typeof told?.value === "string" && { sealed: { kind, value: told.value } }) };
}

/** A native search, so that a long prompt without seals costs microseconds. */
export function holdsForeignSeal(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(mark);
}

/** Unreadable where a client cut or changed it. */
function parsed(json: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = parseJson(json);
    return isWire(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
