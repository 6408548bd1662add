import type { AnswerEvent, CallItem, DialectId, Finish, Seal } from "../../../exchange/index.ts";
import { pushAll } from "../../json-fields.ts";
import { wireId } from "../call-ids.ts";
import { type Fields, fieldsOf, geminiDialect, isFields, type Native, ownFields } from "../fields.ts";
import { objectIn } from "../request/results.ts";
import { openSeal, writeForeign } from "../seals.ts";
import { writeFinish } from "./finish.ts";
import { ForeignSources } from "./grounding.ts";
import { writeLogprobs } from "./logprobs.ts";

type BlockEvent = Extract<AnswerEvent, { readonly block: number }>;
type CallStart = Extract<AnswerEvent, { readonly type: "call-start" }>;

interface OpenThought {
  readonly dialect: DialectId;
  readonly id: string | undefined;
  paragraph: number | undefined;
}

/** Turns the blocks of one choice into parts: texts and thoughts as they come, calls whole. */
export class CandidateWriter {
  readonly #thoughts = new Map<number, OpenThought>();
  readonly #calls = new Map<number, { readonly start: CallStart; json: string }>();
  readonly #texts = new Map<number, { readonly before: string; text: string }>();
  readonly #callSeals = new Map<string, string>();
  #textSeal: string | undefined;
  #said = "";
  readonly #sources = new ForeignSources();
  readonly #logprobs: unknown[] = [];
  /** What the same dialect's answer had beside its parts. */
  #metadata: Fields = {};
  finish: Finish | undefined;

  /** The parts that the event completes. */
  step(event: BlockEvent): Native[] {
    switch (event.type) {
      case "text-delta":
        if (event.logprobs) pushAll(this.#logprobs, event.logprobs);
        return this.#text(event.block, event.text);
      case "refusal-delta":
        return this.#text(event.block, event.text);
      case "text-annotation": {
        const { before = this.#said, text = "" } = this.#texts.get(event.block) ?? {};
        this.#sources.add(event.annotation, before, text);
        return [];
      }
      case "reasoning-start":
        this.#thoughts.set(event.block, { dialect: event.dialect, id: event.id, paragraph: undefined });
        return this.#flushed();
      case "reasoning-delta":
        return this.#thought(event);
      case "reasoning-end":
        return this.#endThought(event.block, event.sealed);
      case "call-start":
        this.#calls.set(event.block, { start: event, json: "" });
        return this.#flushed();
      case "call-delta": {
        const call = this.#calls.get(event.block);
        if (call) call.json += event.arguments;
        return [];
      }
      case "call-end":
        return this.#endCall(event.block);
      case "opaque-item":
        return this.#opaque(event.item);
      // Sound has another form here, and callers of this dialect who ask for it are answered by it.
      default:
        return [];
    }
  }

  /** What still waits when the answer ends. */
  rest(): Native[] {
    return [...[...this.#calls.keys()].flatMap((block) => this.#endCall(block)), ...this.#flushed()];
  }

  /** The members beside the content. */
  ending(index: number): Native {
    const grounding = this.#sources.metadata();
    const logprobs = writeLogprobs(this.#logprobs);
    return {
      finishReason: writeFinish(this.finish),
      index,
      ...(grounding && { groundingMetadata: grounding }),
      ...(logprobs && { logprobsResult: logprobs }),
      ...fieldsOf(this.#metadata.candidate),
    };
  }

  /** Members of the answer as a whole: why a prompt was blocked. */
  get answer(): Fields {
    return fieldsOf(this.#metadata.answer);
  }

  #text(block: number, text: string): Native[] {
    const known = this.#texts.get(block) ?? { before: this.#said, text: "" };
    known.text += text;
    this.#texts.set(block, known);
    this.#said += text;
    if (text === "") return [];
    const signature = this.#textSeal;
    this.#textSeal = undefined;
    return [{ text, ...(signature !== undefined && { thoughtSignature: signature }) }];
  }

  #thought({ block, text, paragraph }: Extract<AnswerEvent, { type: "reasoning-delta" }>): Native[] {
    const thought = this.#thoughts.get(block);
    if (!thought || text === "") return [];
    const before = thought.paragraph;
    thought.paragraph = paragraph;
    return [{ text: before === undefined || before === paragraph ? text : `\n\n${text}`, thought: true }];
  }

  #endThought(block: number, sealed: Seal | undefined): Native[] {
    const thought = this.#thoughts.get(block);
    this.#thoughts.delete(block);
    if (!thought) return [];
    const shown = thought.paragraph !== undefined;
    if (thought.dialect !== geminiDialect) {
      if (!shown && !sealed) return [];
      return [{ text: "", thought: true, thoughtSignature: writeForeign(thought.dialect, thought.id, sealed) }];
    }
    if (!sealed) return [];
    const { callId, alone, signature } = openSeal(sealed);
    if (alone) return [{ thoughtSignature: signature }];
    if (callId !== undefined) this.#callSeals.set(callId, signature);
    else if (shown) return [{ text: "", thought: true, thoughtSignature: signature }];
    else this.#textSeal = signature;
    return [];
  }

  #endCall(block: number): Native[] {
    const call = this.#calls.get(block);
    this.#calls.delete(block);
    if (!call) return [];
    const { start, json } = call;
    const signature = this.#callSeals.get(start.callId);
    this.#callSeals.delete(start.callId);
    const args = argsOf({ arguments: json, ...(start.custom && { custom: true }) });
    const sealed = signature === undefined ? {} : { thoughtSignature: signature };
    return [{ functionCall: { ...wireId(start.callId), name: start.name, args }, ...sealed, ...ownFields(start.extra) }];
  }

  #opaque(item: Extract<AnswerEvent, { type: "opaque-item" }>["item"]): Native[] {
    if (item.dialect !== geminiDialect || !isFields(item.native)) return [];
    if (item.label === "metadata") {
      this.#metadata = item.native;
      return [];
    }
    return [...this.#flushed(), { ...item.native }];
  }

  /** Where no text follows its signature, Gemini itself has it on an empty one. */
  #flushed(): Native[] {
    const signature = this.#textSeal;
    this.#textSeal = undefined;
    return signature === undefined ? [] : [{ text: "", thoughtSignature: signature }];
  }
}

/** Arguments as the object that Gemini's clients get; what is none is wrapped, never thrown away. */
function argsOf(call: Pick<CallItem, "arguments" | "custom">): unknown {
  if (call.arguments.trim() === "" && !call.custom) return {};
  return (call.custom ? undefined : objectIn(call.arguments)) ?? { _raw: call.arguments };
}
