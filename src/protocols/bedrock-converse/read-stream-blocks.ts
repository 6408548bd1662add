import { type AnswerEvent, parseJson, type Seal } from "../../exchange/index.ts";
import type { Blocks } from "../conversation/blocks.ts";
import { foreignMark } from "../conversation/foreign-thoughts.ts";
import { pushAll } from "../json-fields.ts";
import { type Fields, fieldsOf, isFields, listOf, textOf } from "./fields.ts";
import { opaqueItem, readCitation } from "./read-blocks.ts";
import { sealOf } from "./reasoning.ts";

type Kind = "text" | "reasoning" | "call" | "opaque";

/** A content block between its first event and its stop. */
interface OpenBlock {
  readonly kind: Kind;
  readonly block: number;
  /** The block as it opened, for those that are kept whole. */
  readonly start: Fields;
  /** What came piece by piece: the signature, or the JSON of a tool's input. */
  pieces: string;
  readonly redacted: string[];
  readonly results: unknown[];
  image: Fields | undefined;
}

/** Turns `contentBlock…` events into events of the common vocabulary. Only calls tell their start; unknown deltas are stepped over. */
export class BlockReader {
  readonly #blocks: Blocks;
  readonly #open = new Map<string, OpenBlock>();

  constructor(blocks: Blocks) {
    this.#blocks = blocks;
  }

  start(key: string, start: unknown, out: AnswerEvent[]): void {
    this.stop(key, out);
    if (!isFields(start)) return;
    const call = start.toolUse;
    if (isFields(call) && call.type !== "server_tool_use") {
      const opening = { kind: "call", callId: textOf(call.toolUseId) ?? "", name: textOf(call.name) ?? "" } as const;
      this.#begin(key, "call", this.#blocks.open(key, 0, opening, out), start);
    } else if (Object.keys(start).length > 0) {
      this.#begin(key, "opaque", this.#blocks.take(), start);
    }
  }

  delta(key: string, delta: unknown, out: AnswerEvent[]): void {
    if (!isFields(delta)) return;
    if (this.#open.get(key)?.kind === "opaque") this.#collect(key, delta);
    else if (typeof delta.text === "string") this.#text(key, delta.text, out);
    else if (isFields(delta.citation)) this.#cite(key, delta.citation, out);
    else if (isFields(delta.toolUse)) this.#input(key, textOf(delta.toolUse.input) ?? "", out);
    else if (isFields(delta.reasoningContent)) this.#think(key, delta.reasoningContent, out);
    else if (isFields(delta.image)) this.#image(key, delta.image);
  }

  stop(key: string, out: AnswerEvent[]): void {
    const open = this.#open.get(key);
    if (!open) return;
    this.#open.delete(key);
    const place = { block: open.block, choice: 0 };
    if (open.kind === "opaque") out.push({ type: "opaque-item", ...place, item: opaqueItem(assembled(open), "assistant") });
    // No input at all is an empty object.
    if (open.kind === "call" && open.pieces === "") out.push({ type: "call-delta", ...place, arguments: "{}" });
    this.#blocks.close(key, out, open.kind === "reasoning" ? sealedOf(open) : undefined);
  }

  stopAll(out: AnswerEvent[]): void {
    for (const key of [...this.#open.keys()]) this.stop(key, out);
  }

  #begin(key: string, kind: Kind, block: number, start: Fields): OpenBlock {
    const open = { kind, block, start, pieces: "", redacted: [], results: [], image: undefined };
    this.#open.set(key, open);
    return open;
  }

  /** The open block of a kind that tells no start; some models change the kind under one index. */
  #opened(key: string, kind: "text" | "reasoning", out: AnswerEvent[]): OpenBlock {
    const open = this.#open.get(key);
    if (open?.kind === kind) return open;
    this.stop(key, out);
    const opening = kind === "text" ? ({ kind } as const) : ({ kind, dialect: "bedrock-converse" } as const);
    return this.#begin(key, kind, this.#blocks.open(key, 0, opening, out), {});
  }

  #text(key: string, text: string, out: AnswerEvent[]): void {
    const { block } = this.#opened(key, "text", out);
    if (text !== "") out.push({ type: "text-delta", block, choice: 0, text });
  }

  #cite(key: string, citation: Fields, out: AnswerEvent[]): void {
    const { block } = this.#opened(key, "text", out);
    out.push({ type: "text-annotation", block, choice: 0, annotation: readCitation(citation) });
  }

  #input(key: string, json: string, out: AnswerEvent[]): void {
    const open = this.#open.get(key);
    if (open?.kind !== "call" || json === "") return;
    open.pieces += json;
    out.push({ type: "call-delta", block: open.block, choice: 0, arguments: json });
  }

  #think(key: string, native: Fields, out: AnswerEvent[]): void {
    const open = this.#opened(key, "reasoning", out);
    const text = textOf(native.text);
    if (text) out.push({ type: "reasoning-delta", block: open.block, choice: 0, text, form: "text", paragraph: 0 });
    open.pieces += textOf(native.signature) ?? "";
    if (typeof native.redactedContent === "string") open.redacted.push(native.redactedContent);
  }

  #image(key: string, native: Fields): void {
    const open = this.#open.get(key) ?? this.#begin(key, "opaque", this.#blocks.take(), { image: {} });
    open.image = native;
  }

  /** Pieces of a block that is kept whole. */
  #collect(key: string, delta: Fields): void {
    const open = this.#open.get(key) as OpenBlock;
    open.pieces += textOf(fieldsOf(delta.toolUse).input) ?? "";
    pushAll(open.results, listOf(delta.toolResult));
    if (isFields(delta.image)) open.image = delta.image;
  }
}

/** Pieces of redacted bytes are each encoded for themselves. */
function sealedOf(open: OpenBlock): Seal | undefined {
  const [only, ...more] = open.redacted;
  if (more.length === 0) return foreignFree(sealOf(open.pieces, only));
  const bytes = Buffer.concat(open.redacted.map((piece) => Buffer.from(piece, "base64")));
  return { kind: "redacted", value: bytes.toString("base64") };
}

/** Another gateway like this one may stand behind the name of Bedrock: what its mark seals is not Bedrock's. */
function foreignFree(seal: Seal | undefined): Seal | undefined {
  return seal?.kind === "signature" && seal.value.startsWith(foreignMark) ? undefined : seal;
}

function assembled(open: OpenBlock): Fields {
  const { toolUse, toolResult, image, ...others } = open.start;
  if (isFields(toolUse)) return { toolUse: { ...toolUse, input: inputOf(open.pieces) } };
  if (isFields(toolResult)) return { toolResult: { ...toolResult, content: open.results } };
  return isFields(image) ? { image: { ...image, ...open.image } } : others;
}

function inputOf(json: string): unknown {
  if (json.trim() === "") return {};
  try {
    return parseJson(json);
  } catch {
    return { _raw: json };
  }
}
