import type { JsonBody, Losses, MemberEdit } from "../../../exchange/index.ts";
import type { TargetTraits } from "../../dialect.ts";
import { type Fields, isFields } from "../fields.ts";
import { foreignHead, readForeign } from "../seals.ts";

const mark = new TextEncoder().encode(foreignHead);

/**
 * The path names the model; a name in the body, which Google would compare with it, goes. So do thoughts of other
 * providers that the caller still holds from an earlier turn: Google would refuse their signatures.
 */
export function editRequest(body: JsonBody, _target: TargetTraits, losses?: Losses): readonly MemberEdit[] {
  const edits: MemberEdit[] = [];
  if (body.has("model")) edits.push({ name: "model", json: undefined });
  if (Buffer.from(body.bytes.buffer, body.bytes.byteOffset, body.bytes.length).includes(mark)) {
    const contents = body.get("contents");
    const kept = Array.isArray(contents) ? withoutForeignThoughts(contents, losses) : undefined;
    if (kept) edits.push({ name: "contents", json: JSON.stringify(kept) });
  }
  return edits;
}

/** Undefined where there are none. */
function withoutForeignThoughts(contents: readonly unknown[], losses: Losses | undefined): unknown[] | undefined {
  let changed = false;
  const kept = contents.flatMap((content, index) => {
    if (!isFields(content) || !Array.isArray(content.parts) || !content.parts.some(isForeign)) return [content];
    changed = true;
    losses?.add("reasoning_foreign_dropped", `contents.${index}`, "Q");
    const parts = content.parts.flatMap((part: unknown) => (isForeign(part) ? unsigned(part as Fields) : [part]));
    return parts.length > 0 ? [{ ...content, parts }] : [];
  });
  return changed ? kept : undefined;
}

function isForeign(part: unknown): boolean {
  if (!isFields(part)) return false;
  const signature = part.thoughtSignature ?? part.thought_signature;
  return typeof signature === "string" && readForeign(signature) !== undefined;
}

/** A thought goes whole, anything else only loses the signature. */
function unsigned(part: Fields): Fields[] {
  const { thoughtSignature: _camel, thought_signature: _snake, ...rest } = part;
  return part.thought === true || rest.text === "" ? [] : [rest];
}
