import type { AnswerEvent, OpaqueItem } from "../../../exchange/index.ts";
import { Blocks } from "../../conversation/blocks.ts";
import { readForeign } from "../../conversation/foreign-thoughts.ts";
import {
  type Fields,
  fieldsOf,
  interactionsDialect,
  isFields,
  listOf,
  type Native,
  numberOf,
  restOf,
  riding,
  textOf,
  wordOf,
} from "../fields.ts";
import { readAnnotation } from "../read-contents.ts";
import { mediaItem } from "./read-answer.ts";

const callMembers = new Set(["type", "id", "name", "arguments"]);

/** A step while it grows. */
interface Step {
  readonly type: string;
  /** What the start told; for the kinds that only this dialect understands, with what its deltas added. */
  native: Native;
  signature: string;
  /** Arguments that came with the start; pieces that follow are all of them. */
  whole: string;
}

/** Turns the steps of one stream into events. */
export class StepReader {
  readonly #blocks = new Blocks();
  readonly #steps = new Map<string, Step>();

  start(event: Fields, out: AnswerEvent[]): void {
    const native = { ...fieldsOf(event.step) };
    const step: Step = { type: textOf(native.type) ?? "", native, signature: textOf(native.signature) ?? "", whole: "" };
    const key = keyOf(event);
    this.#steps.set(key, step);
    if (step.type === "function_call") {
      const opening = { kind: "call", callId: textOf(native.id) ?? "", name: textOf(native.name) ?? "" } as const;
      this.#blocks.open(key, 0, { ...opening, ...riding(restOf(native, callMembers)) }, out);
      if (isFields(native.arguments) && Object.keys(native.arguments).length > 0) step.whole = JSON.stringify(native.arguments);
      else if (typeof native.arguments === "string") step.whole = native.arguments;
    }
    if (step.type === "model_output") for (const content of listOf(native.content)) this.#content(key, fieldsOf(content), out);
    if (step.type === "thought") {
      for (const content of listOf(native.summary)) this.#think(key, textOf(fieldsOf(content).text) ?? "", out);
    }
  }

  delta(event: Fields, out: AnswerEvent[]): void {
    const key = keyOf(event);
    const delta = fieldsOf(event.delta);
    const step = this.#steps.get(key) ?? { type: "", native: {}, signature: "", whole: "" };
    this.#steps.set(key, step);
    switch (delta.type) {
      case "text":
        this.#say(key, textOf(delta.text) ?? "", out);
        return;
      case "text_annotation_delta": {
        const block = this.#blocks.open(key, 0, { kind: "text" }, out);
        for (const native of listOf(delta.annotations).filter(isFields)) {
          out.push({ type: "text-annotation", block, choice: 0, annotation: readAnnotation(native) });
        }
        return;
      }
      case "thought_summary":
        this.#think(key, textOf(fieldsOf(delta.content).text) ?? "", out);
        return;
      case "thought_signature":
        this.#openThought(key, out);
        step.signature += textOf(delta.signature) ?? "";
        return;
      case "arguments_delta":
        step.whole = "";
        this.#argue(key, textOf(delta.arguments) ?? "", out);
        return;
      default:
        if (step.type === "model_output") this.#content(key, delta, out);
        else step.native = { ...step.native, ...delta, type: step.type || delta.type };
    }
  }

  stop(event: Fields, out: AnswerEvent[]): void {
    this.#stop(keyOf(event), out);
  }

  stopAll(out: AnswerEvent[]): void {
    for (const key of [...this.#steps.keys()]) this.#stop(key, out);
  }

  #stop(key: string, out: AnswerEvent[]): void {
    const step = this.#steps.get(key);
    this.#steps.delete(key);
    if (!step) return;
    if (step.type === "thought") {
      this.#openThought(key, out);
      const signature = wordOf(step.signature);
      const home = signature === undefined ? undefined : readForeign(signature);
      const sealed = signature !== undefined && !home ? ({ kind: "signature", value: signature } as const) : home?.sealed;
      this.#blocks.close(key, out, sealed);
    } else if (step.type === "function_call") {
      if (step.whole !== "") this.#argue(key, step.whole, out);
      this.#blocks.close(key, out);
    } else if (step.type === "model_output" || step.type === "") this.#blocks.close(key, out);
    else out.push({ type: "opaque-item", block: this.#blocks.take(), choice: 0, item: opaque(step.type, step.native) });
  }

  #say(key: string, text: string, out: AnswerEvent[]): void {
    const block = this.#blocks.open(key, 0, { kind: "text" }, out);
    if (text !== "") out.push({ type: "text-delta", block, choice: 0, text });
  }

  /** A picture or a sound among what is said: no other dialect of text has a place for it. */
  #content(key: string, content: Fields, out: AnswerEvent[]): void {
    if (content.type === "text") {
      this.#say(key, textOf(content.text) ?? "", out);
      return;
    }
    this.#blocks.close(key, out);
    out.push({ type: "opaque-item", block: this.#blocks.take(), choice: 0, item: mediaItem(content) });
  }

  #openThought(key: string, out: AnswerEvent[]): number {
    return this.#blocks.open(key, 0, { kind: "reasoning", dialect: interactionsDialect }, out);
  }

  /** Google cuts its summaries into pieces of any length, so they grow into one. */
  #think(key: string, text: string, out: AnswerEvent[]): void {
    const block = this.#openThought(key, out);
    if (text !== "") out.push({ type: "reasoning-delta", block, choice: 0, text, form: "summary", paragraph: 0 });
  }

  #argue(key: string, text: string, out: AnswerEvent[]): void {
    if (!this.#blocks.isOpen(key)) return;
    const block = this.#blocks.open(key, 0, { kind: "call", callId: "", name: "" }, out);
    if (text !== "") out.push({ type: "call-delta", block, choice: 0, arguments: text });
  }
}

function keyOf(event: Fields): string {
  return String(numberOf(event.index) ?? 0);
}

function opaque(label: string, native: Native): OpaqueItem {
  return { type: "opaque", dialect: interactionsDialect, label, role: "assistant", native };
}
