import type { AnswerEvent, Seal } from "../../../exchange/index.ts";
import type { Blocks } from "../../conversation/blocks.ts";
import { setMember } from "../../json-fields.ts";
import { madeUpCallId } from "../call-ids.ts";
import { camelFields, extraOf, type Fields, fieldsOf, filled, geminiDialect, isFields, listOf, restOf, textOf } from "../fields.ts";
import { opaqueItem } from "../opaque-parts.ts";
import { sealAlone, sealOfCall, sealOfPart } from "../seals.ts";
import { annotationIn, placelessAnnotation, type Support, supportsOf } from "./grounding.ts";
import { readLogprobs } from "./logprobs.ts";
import { PartialArgs } from "./partial-args.ts";

const candidateMembers = new Set(["content", "finishReason", "index"]);
const callPartMembers = new Set(["functionCall", "thoughtSignature"]);

/** The block that is open, under its key, and the text that it holds so far. */
interface Current {
  readonly key: string;
  readonly kind: "text" | "thought" | "call";
  readonly block: number;
  text: string;
  readonly args?: PartialArgs;
}

/** Turns the parts of one candidate into blocks: runs of plain text are one, signed parts stay alone. */
export class CandidateReader {
  readonly #choice: number;
  readonly #blocks: Blocks;
  readonly #answerId: () => string;
  #keys = 0;
  #calls = 0;
  #current: Current | undefined;
  #lastText: number | undefined;
  #supports: Support[] = [];
  readonly #told = new Set<string>();
  #rest: Record<string, unknown> = {};

  constructor(choice: number, blocks: Blocks, answerId: () => string) {
    this.#choice = choice;
    this.#blocks = blocks;
    this.#answerId = answerId;
  }

  /** @throws Fault `upstream_malformed` */
  read(candidate: Fields, out: AnswerEvent[]): void {
    this.#keep(candidate);
    this.#supports = supportsOf(candidate).filter((support) => !this.#told.has(keyOf(support)));
    let { logprobs } = readLogprobs(candidate);
    for (const native of listOf(fieldsOf(candidate.content).parts)) {
      if (!isFields(native)) continue;
      const part = camelFields(native);
      if (isFields(part.functionCall)) this.#call(part, camelFields(part.functionCall), out);
      else if (part.thought === true && isText(part)) this.#thought(part, out);
      else if (isText(part)) {
        if (this.#text(part, logprobs, out)) logprobs = undefined;
      } else this.#opaque(part, out);
    }
    this.#annotate(out);
    this.#annotatePlaceless(out);
  }

  end(out: AnswerEvent[]): void {
    this.#close(out);
  }

  /** What rides along; undefined where there is nothing. */
  rest(): Fields | undefined {
    return filled(this.#rest);
  }

  #keep(candidate: Fields): void {
    for (const [name, value] of Object.entries(restOf(candidate, candidateMembers))) {
      setMember(this.#rest, name, name === "logprobsResult" ? joinedLogprobs(this.#rest[name], value) : value);
    }
  }

  /** @returns whether there was text */
  #text(part: Fields, logprobs: Extract<AnswerEvent, { type: "text-delta" }>["logprobs"], out: AnswerEvent[]): boolean {
    const text = textOf(part.text) ?? "";
    const signature = signatureOf(part);
    if (signature !== undefined) {
      this.#annotate(out);
      this.#seal(part.text === undefined ? sealAlone(signature) : sealOfPart(signature), out);
    }
    if (text === "") return false;
    const current = this.#open("text", out);
    current.text += text;
    out.push({ type: "text-delta", block: current.block, choice: this.#choice, text, ...(logprobs && { logprobs }) });
    if (signature !== undefined) this.#close(out);
    return true;
  }

  #thought(part: Fields, out: AnswerEvent[]): void {
    const text = textOf(part.text) ?? "";
    const signature = signatureOf(part);
    if (text === "" && signature === undefined) return;
    if (text !== "") {
      const { block } = this.#open("thought", out);
      out.push({ type: "reasoning-delta", block, choice: this.#choice, text, form: "summary", paragraph: 0 });
    }
    if (signature !== undefined) this.#close(out, sealOfPart(signature));
  }

  #call(part: Fields, call: Fields, out: AnswerEvent[]): void {
    const pending = this.#current?.kind === "call" ? this.#current : undefined;
    const name = textOf(call.name);
    if (pending && name === undefined) {
      for (const partial of listOf(call.partialArgs)) pending.args?.add(partial);
      if (call.willContinue !== true) this.#close(out);
      return;
    }
    if (name === undefined && Object.keys(call).length === 0) return;
    const callId = textOf(call.id) || madeUpCallId(this.#answerId(), this.#choice, this.#calls);
    this.#calls++;
    const signature = signatureOf(part);
    if (signature !== undefined) this.#seal(sealOfCall(callId, signature), out);
    else this.#close(out);
    const extra = extraOf(part, callPartMembers);
    const partial = call.willContinue === true || call.partialArgs !== undefined;
    const key = this.#key();
    const block = this.#blocks.open(key, this.#choice, { kind: "call", callId, name: name ?? "", ...extra }, out);
    this.#current = { key, kind: "call", block, text: "", ...(partial && { args: new PartialArgs() }) };
    for (const piece of listOf(call.partialArgs)) this.#current.args?.add(piece);
    if (!partial) out.push({ type: "call-delta", block, choice: this.#choice, arguments: JSON.stringify(call.args ?? {}) });
    if (call.willContinue !== true) this.#close(out);
  }

  #opaque(part: Fields, out: AnswerEvent[]): void {
    this.#close(out);
    out.push({ type: "opaque-item", block: this.#blocks.take(), choice: this.#choice, item: opaqueItem(part, "assistant") });
  }

  #seal(sealed: Seal, out: AnswerEvent[]): void {
    this.#close(out);
    this.#open("thought", out);
    this.#close(out, sealed);
  }

  #open(kind: "text" | "thought", out: AnswerEvent[]): Current {
    if (this.#current?.kind === kind) return this.#current;
    this.#close(out);
    const key = this.#key();
    const opening = kind === "text" ? { kind } : ({ kind: "reasoning", dialect: geminiDialect } as const);
    const block = this.#blocks.open(key, this.#choice, opening, out);
    this.#current = { key, kind, block, text: "" };
    if (kind === "text") this.#lastText = block;
    return this.#current;
  }

  #close(out: AnswerEvent[], sealed?: Seal): void {
    const current = this.#current;
    if (!current) return;
    if (current.kind === "text") this.#annotate(out);
    if (current.args) out.push({ type: "call-delta", block: current.block, choice: this.#choice, arguments: current.args.json() });
    this.#current = undefined;
    this.#blocks.close(current.key, out, sealed);
  }

  /** The sources of this text, while its block is open. */
  #annotate(out: AnswerEvent[]): void {
    const current = this.#current;
    if (current?.kind !== "text" || this.#supports.length === 0) return;
    this.#supports = this.#supports.filter((support) => {
      const annotation = annotationIn(current.text, support);
      if (annotation) this.#tell(current.block, support, annotation, out);
      return annotation === undefined;
    });
  }

  #annotatePlaceless(out: AnswerEvent[]): void {
    if (this.#lastText === undefined) return;
    for (const support of this.#supports) this.#tell(this.#lastText, support, placelessAnnotation(support), out);
  }

  #tell(block: number, support: Support, annotation: ReturnType<typeof placelessAnnotation>, out: AnswerEvent[]): void {
    this.#told.add(keyOf(support));
    out.push({ type: "text-annotation", block, choice: this.#choice, annotation });
  }

  #key(): string {
    return `${this.#choice} ${this.#keys++}`;
  }
}

/** Words, or nothing but a mark on what stands before; a model that draws thinks in pictures too. */
function isText(part: Fields): boolean {
  return textOf(part.text) !== undefined || Object.keys(part).every((name) => name === "thoughtSignature" || name === "thought");
}

function signatureOf(part: Fields): string | undefined {
  return textOf(part.thoughtSignature) || undefined;
}

/** Streams repeat their sources. */
function keyOf({ url, startByte, endByte }: Support): string {
  return `${startByte} ${endByte} ${url}`;
}

function joinedLogprobs(before: unknown, after: unknown): unknown {
  const [first, second] = [fieldsOf(before), fieldsOf(after)];
  const joined = (name: string) => [...listOf(first[name]), ...listOf(second[name])];
  return before === undefined ? after : { ...second, chosenCandidates: joined("chosenCandidates"), topCandidates: joined("topCandidates") };
}
