import { type DialectId, dialectIds, type ReasoningItem, type Seal, sealKinds } from "../../exchange/index.ts";

/**
 * The signature that says "another dialect's": thoughts travel through clients of a dialect that did not think them as
 * signed thoughts of its own form, and come back with what their own provider sealed. The text is
 * `sluice.<dialect>.<kind>.<id>.<value>`; it holds nothing secret and needs no protection, because a client that changes it
 * only breaks its own signature.
 */
export const foreignMark = "sluice.";

export function foreignSignature(dialect: DialectId, id: string | undefined, sealed: Seal | undefined): string {
  return `${foreignMark}${dialect}.${sealed?.kind ?? ""}.${encodeURIComponent((id ?? "").toWellFormed()).replaceAll(".", "%2E")}.${sealed?.value ?? ""}`;
}

/** Undefined where the signature is not one of ours. One that a client has cut or changed seals nothing any more. */
export function readForeign(signature: string): Pick<ReasoningItem, "dialect" | "id" | "sealed"> | undefined {
  if (!signature.startsWith(foreignMark)) return undefined;
  const [, name, kindName, idText = "", ...rest] = signature.split(".");
  const dialect = dialectIds.find((known) => known === name);
  const id = decodedId(idText);
  if (dialect === undefined || id === undefined) return { dialect: dialect ?? "openai-chat" };
  const kind = sealKinds.find((known) => known === kindName);
  return { dialect, ...(id !== "" && { id }), ...(kind && { sealed: { kind, value: rest.join(".") } }) };
}

function decodedId(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
