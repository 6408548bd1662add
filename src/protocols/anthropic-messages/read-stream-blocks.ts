import { type AnswerEvent, parseJson } from "../../exchange/index.ts";
import type { Blocks } from "../conversation/blocks.ts";
import { setMember } from "../json-fields.ts";
import { extraOf, type Fields, isFields, textOf } from "./fields.ts";
import { opaqueItem, readCitation } from "./opaque-blocks.ts";
import { readThinking } from "./thinking.ts";

const callMembers = ["type", "id", "name", "input"];

type Kind = "text" | "thinking" | "redacted" | "call" | "opaque";

/** A content block between its start and its stop. */
interface OpenBlock {
  readonly kind: Kind;
  readonly block: number;
  /** The block as it opened. */
  readonly native: Fields;
  /** What came piece by piece: the signature, or the JSON of a tool's input. */
  pieces: string;
  /** Other pieces of an opaque block, by member. */
  members: Record<string, unknown> | undefined;
}

/** Turns `content_block_*` events into events of the common vocabulary. Unknown deltas are stepped over. */
export class BlockReader {
  readonly #blocks: Blocks;
  readonly #open = new Map<string, OpenBlock>();

  constructor(blocks: Blocks) {
    this.#blocks = blocks;
  }

  start(key: string, native: unknown, out: AnswerEvent[]): void {
    this.stop(key, out);
    if (!isFields(native)) return;
    const kind = kindOf(native);
    this.#open.set(key, { kind, block: this.#number(key, kind, native, out), native, pieces: "", members: undefined });
    if (kind === "text") {
      this.delta(key, { type: "text_delta", text: native.text }, out);
      for (const citation of Array.isArray(native.citations) ? native.citations : []) {
        this.delta(key, { type: "citations_delta", citation }, out);
      }
    }
    if (kind === "thinking") {
      this.delta(key, { type: "thinking_delta", thinking: native.thinking }, out);
      this.delta(key, { type: "signature_delta", signature: native.signature }, out);
    }
  }

  delta(key: string, delta: unknown, out: AnswerEvent[]): void {
    if (!isFields(delta)) return;
    if (!this.#open.has(key)) this.#begin(key, delta, out);
    const open = this.#open.get(key);
    if (!open) return;
    const place = { block: open.block, choice: 0 };
    switch (open.kind) {
      case "text":
        if (delta.type === "text_delta" && delta.text) out.push({ type: "text-delta", ...place, text: textOf(delta.text) ?? "" });
        if (delta.type === "citations_delta") out.push({ type: "text-annotation", ...place, annotation: readCitation(delta.citation) });
        return;
      case "thinking":
        if (delta.type === "signature_delta") open.pieces += textOf(delta.signature) ?? "";
        if (delta.type === "thinking_delta" && delta.thinking) {
          out.push({ type: "reasoning-delta", ...place, text: textOf(delta.thinking) ?? "", form: "summary", paragraph: 0 });
        }
        return;
      case "call":
        if (delta.type === "input_json_delta" && delta.partial_json) {
          const piece = textOf(delta.partial_json) ?? "";
          open.pieces += piece;
          out.push({ type: "call-delta", ...place, arguments: piece });
        }
        return;
      case "opaque":
        collect(open, delta);
    }
  }

  /** Words whose block nobody opened are words all the same. */
  #begin(key: string, delta: Fields, out: AnswerEvent[]): void {
    if (delta.type === "text_delta") this.start(key, { type: "text" }, out);
    else if (delta.type === "thinking_delta") this.start(key, { type: "thinking" }, out);
  }

  stop(key: string, out: AnswerEvent[]): void {
    const open = this.#open.get(key);
    if (!open) return;
    this.#open.delete(key);
    const { kind, block, native } = open;
    if (kind === "opaque") {
      out.push({ type: "opaque-item", block, choice: 0, item: opaqueItem(assembled(open), "assistant") });
      return;
    }
    // The arguments may all have come with the start; none at all are an empty object.
    if (kind === "call" && open.pieces === "") {
      out.push({ type: "call-delta", block, choice: 0, arguments: JSON.stringify(native.input ?? {}) });
    }
    if (kind === "thinking") {
      this.#blocks.close(key, out, readThinking({ type: "thinking", signature: open.pieces }).sealed);
      return;
    }
    this.#blocks.close(key, out, kind === "redacted" ? readThinking(native).sealed : undefined);
  }

  stopAll(out: AnswerEvent[]): void {
    for (const key of [...this.#open.keys()]) this.stop(key, out);
  }

  #number(key: string, kind: Kind, native: Fields, out: AnswerEvent[]): number {
    switch (kind) {
      case "text":
        return this.#blocks.open(key, 0, { kind: "text" }, out);
      case "thinking":
      case "redacted":
        return this.#blocks.open(key, 0, { kind: "reasoning", dialect: "anthropic-messages" }, out);
      case "call":
        return this.#blocks.open(
          key,
          0,
          { kind: "call", callId: textOf(native.id) ?? "", name: textOf(native.name) ?? "", ...extraOf(native, callMembers) },
          out,
        );
      case "opaque":
        return this.#blocks.take();
    }
  }
}

function kindOf(native: Fields): Kind {
  switch (native.type) {
    case "text":
    case "thinking":
      return native.type;
    case "redacted_thinking":
      return "redacted";
    case "tool_use":
      return "call";
    default:
      return "opaque";
  }
}

/**
 * Deltas of a block that is kept whole: JSON of an input, and strings that continue a member of the delta's name. Those of a compaction
 * say all of it anew, and null where it failed, which is how Anthropic's own SDKs read them.
 */
function collect(open: OpenBlock, delta: Fields): void {
  if (delta.type === "input_json_delta") {
    open.pieces += textOf(delta.partial_json) ?? "";
    return;
  }
  open.members ??= {};
  const final = delta.type === "compaction_delta";
  for (const name in delta) {
    const value = delta[name];
    if (name === "type" || (value === null && !final)) continue;
    const before = final ? undefined : (open.members[name] ?? open.native[name]);
    setMember(open.members, name, typeof value === "string" && typeof before === "string" ? before + value : value);
  }
}

function assembled(open: OpenBlock): Fields {
  if (open.pieces === "" && open.members === undefined) return open.native;
  return { ...open.native, ...(open.pieces !== "" && { input: inputOf(open.pieces) }), ...open.members };
}

function inputOf(json: string): unknown {
  try {
    return parseJson(json);
  } catch {
    return { _raw: json };
  }
}
