import type { Annotation, AnswerEvent } from "../../exchange/index.ts";
import { type BlockOpening, Blocks } from "../conversation/blocks.ts";
import { readCitation } from "./citations.ts";
import { cohereDialect, type Fields, fieldsOf, isFields, numberOf, restOf, riding, wordOf } from "./fields.ts";
import { argumentsText, noArguments } from "./read-answer.ts";
import { citationsItem, planPhase } from "./read-messages.ts";

const callFields = new Set(["type", "id", "function"]);

/** Turns the frames of one stream into events, one method for each kind of frame. */
export class EventReader {
  readonly #blocks = new Blocks();
  /** The text or thought that grows. It stays open until the next begins, because citations come behind it. */
  #current: { readonly key: string; readonly kind: "text" | "thinking"; readonly block: number } | undefined;
  /** Citations that came before any text. */
  #waiting: Annotation[] = [];
  /** Arguments that may yet turn out to be `null`, by call. */
  readonly #unsaid = new Map<string, string>();
  #started = false;

  read(event: Fields, out: AnswerEvent[]): void {
    const message = fieldsOf(fieldsOf(event.delta).message);
    const index = numberOf(event.index) ?? 0;
    this.#start(event, out);
    switch (event.type) {
      case "content-start":
      case "content-delta":
        this.#content(event, fieldsOf(message.content), index, out);
        return;
      case "tool-plan-delta":
        this.#text("plan", { phase: planPhase }, wordOf(message.tool_plan), undefined, out);
        return;
      case "tool-call-start":
        this.#callStart(fieldsOf(message.tool_calls), index, out);
        return;
      case "tool-call-delta":
        this.#callDelta(fieldsOf(message.tool_calls), index, out);
        return;
      case "tool-call-end":
        this.#callEnd(`call:${index}`, out);
        return;
      case "citation-start":
        if (isFields(message.citations)) this.#cite(message.citations, out);
        return;
      case "message-end":
        this.#close(out);
    }
  }

  #start(event: Fields, out: AnswerEvent[]): void {
    if (this.#started) return;
    this.#started = true;
    out.push({ type: "answer-start", id: wordOf(event.id) ?? "", model: "" });
  }

  #content(event: Fields, content: Fields, index: number, out: AnswerEvent[]): void {
    const key = `content:${index}`;
    const thinking = wordOf(content.thinking);
    if (content.type === "thinking" || thinking !== undefined || (content.text === undefined && this.#isThinking(key))) {
      const block = this.#turnTo(key, { kind: "reasoning", dialect: cohereDialect }, out);
      if (thinking !== undefined) out.push({ type: "reasoning-delta", block, choice: 0, text: thinking, form: "text", paragraph: 0 });
    } else this.#text(key, {}, wordOf(content.text), event.logprobs, out);
  }

  #isThinking(key: string): boolean {
    return this.#current?.key === key && this.#current.kind === "thinking";
  }

  #text(key: string, details: { phase?: string }, text: string | undefined, logprobs: unknown, out: AnswerEvent[]): void {
    // An empty text is none, unless something is said of it.
    if (text === undefined && !isFields(logprobs)) return;
    const block = this.#turnTo(key, { kind: "text", ...details }, out);
    out.push({ type: "text-delta", block, choice: 0, text: text ?? "", ...(isFields(logprobs) && { logprobs: [logprobs] }) });
    for (const annotation of this.#waiting) out.push({ type: "text-annotation", block, choice: 0, annotation });
    this.#waiting = [];
  }

  #turnTo(key: string, opening: BlockOpening, out: AnswerEvent[]): number {
    if (this.#current && this.#current.key !== key) this.#blocks.close(this.#current.key, out);
    const block = this.#blocks.open(key, 0, opening, out);
    this.#current = { key, kind: opening.kind === "reasoning" ? "thinking" : "text", block };
    return block;
  }

  #callStart(call: Fields, index: number, out: AnswerEvent[]): void {
    this.#closeCurrent(out);
    const { name, arguments: text } = fieldsOf(call.function);
    const callId = wordOf(call.id) ?? `call_${index}`;
    const rest = riding(restOf(call, callFields));
    const key = `call:${index}`;
    this.#blocks.open(key, 0, { kind: "call", callId, name: wordOf(name) ?? "", ...rest }, out);
    this.#unsaid.set(key, "");
    this.#callGrow(key, text, out);
  }

  #callDelta(call: Fields, index: number, out: AnswerEvent[]): void {
    const key = `call:${index}`;
    if (this.#blocks.isOpen(key)) this.#callGrow(key, fieldsOf(call.function).arguments, out);
    else this.#callStart(call, index, out);
  }

  #callGrow(key: string, text: unknown, out: AnswerEvent[]): void {
    if (wordOf(text) === undefined) return;
    const all = (this.#unsaid.get(key) ?? "") + (text as string);
    if (this.#unsaid.has(key) && noArguments.startsWith(all)) {
      this.#unsaid.set(key, all);
      return;
    }
    this.#unsaid.delete(key);
    const block = this.#blocks.open(key, 0, { kind: "call", callId: "", name: "" }, out);
    out.push({ type: "call-delta", block, choice: 0, arguments: all });
  }

  #callEnd(key: string, out: AnswerEvent[]): void {
    const unsaid = argumentsText(this.#unsaid.get(key));
    this.#unsaid.delete(key);
    if (unsaid !== "") this.#callGrow(key, unsaid, out);
    this.#blocks.close(key, out);
  }

  /** Citations of thoughts have no place at them: they go to the next text. */
  #cite(native: Fields, out: AnswerEvent[]): void {
    const annotation = readCitation(native);
    if (this.#current?.kind === "text") out.push({ type: "text-annotation", block: this.#current.block, choice: 0, annotation });
    else this.#waiting.push(annotation);
  }

  #closeCurrent(out: AnswerEvent[]): void {
    if (this.#current) this.#blocks.close(this.#current.key, out);
    this.#current = undefined;
  }

  #close(out: AnswerEvent[]): void {
    this.#current = undefined;
    for (const key of [...this.#unsaid.keys()]) this.#callEnd(key, out);
    this.#blocks.closeAll(out);
    if (this.#waiting.length === 0) return;
    const item = citationsItem(this.#waiting.map((annotation) => annotation.native));
    out.push({ type: "opaque-item", block: this.#blocks.take(), choice: 0, item });
    this.#waiting = [];
  }
}
