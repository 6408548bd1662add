import type { AnswerEvent, CallItem, Fault, Finish, Usage } from "../../exchange/index.ts";
import type { StreamWriter, WriteContext } from "../dialect.ts";
import { jsonLine } from "../framing/json-lines.ts";
import { errorBody } from "./faults.ts";
import type { Fields } from "./fields.ts";
import { writeFinish } from "./finish.ts";
import { writeUsage } from "./usage.ts";
import { asMessage, drawnImages, writeCall, writeHead } from "./write-answer.ts";

export function writeStream(context: WriteContext, form = asMessage): StreamWriter {
  return new LineWriter(context, form);
}

type Call = Pick<CallItem, "callId" | "name" | "custom" | "extra"> & { arguments: string };
type BlockEvent = Extract<AnswerEvent, { block: number }>;

/** A line for each piece of text; calls, which this wire has whole only, when they are complete. */
class LineWriter implements StreamWriter {
  readonly #context: WriteContext;
  readonly #form: typeof asMessage;
  #head: Fields;
  #usage: Usage | undefined;
  #finish: Finish | undefined;
  readonly #calls = new Map<number, Call>();
  #callCount = 0;
  /** The thoughts of another dialect come in blocks and paragraphs; here they are one text. */
  #thinking = false;
  #paragraph: string | undefined;

  constructor(context: WriteContext, form: typeof asMessage) {
    this.#context = context;
    this.#form = form;
    this.#head = writeHead("", undefined, context);
  }

  write(events: readonly AnswerEvent[]): string {
    let out = "";
    for (const event of events) out += this.#event(event);
    return out;
  }

  fault(fault: Fault): string {
    return jsonLine(errorBody(fault));
  }

  #event(event: AnswerEvent): string {
    switch (event.type) {
      case "answer-start":
        this.#head = writeHead(event.model, event.created, this.#context);
        this.#usage = event.usage ?? this.#usage;
        return "";
      case "usage-report":
        this.#usage = event.usage;
        return "";
      case "choice-finish":
        if (event.choice === 0) this.#finish = event.finish;
        return "";
      case "answer-end":
        return jsonLine({
          ...this.#head,
          ...this.#form({ content: "" }),
          done: true,
          done_reason: writeFinish(this.#finish),
          ...writeUsage(this.#usage),
        });
      case "answer-error":
        // The fault goes out by `fault`, after which nothing follows.
        return "";
      default:
        return event.choice === 0 ? this.#block(event) : "";
    }
  }

  #block(event: BlockEvent): string {
    switch (event.type) {
      case "text-delta":
        return this.#line({ content: event.text }, event.logprobs && { logprobs: event.logprobs });
      case "refusal-delta":
        return this.#line({ content: event.text });
      case "reasoning-delta":
        return this.#line({ content: "", thinking: this.#gap(`${event.block} ${event.form} ${event.paragraph}`) + event.text });
      case "call-start": {
        const { callId, name, custom, extra } = event;
        this.#calls.set(event.block, { callId, name, arguments: "", ...(custom && { custom }), ...(extra && { extra }) });
        return "";
      }
      case "call-delta": {
        const call = this.#calls.get(event.block);
        if (call) call.arguments += event.arguments;
        return "";
      }
      case "call-end":
        return this.#call(event.block);
      case "opaque-item": {
        const images = drawnImages(event.item);
        return images.length > 0 ? this.#line({ content: "", images }) : "";
      }
      default:
        return "";
    }
  }

  #call(block: number): string {
    const call = this.#calls.get(block);
    if (!call) return "";
    this.#calls.delete(block);
    return this.#line({ content: "", tool_calls: [writeCall(call, this.#callCount++)] });
  }

  #gap(paragraph: string): string {
    const gap = this.#thinking && this.#paragraph !== paragraph ? "\n\n" : "";
    this.#thinking = true;
    this.#paragraph = paragraph;
    return gap;
  }

  #line(message: Fields, beside: Fields = {}): string {
    return jsonLine({ ...this.#head, ...this.#form(message), done: false, ...beside });
  }
}
