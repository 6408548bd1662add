import { type AnswerEvent, type DialectId, type Fault, type Finish, noUsage, type Seal, type Usage } from "../../exchange/index.ts";
import { foreignSignature } from "../conversation/foreign-thoughts.ts";
import type { StreamWriter, WriteContext } from "../dialect.ts";
import { sseFrame } from "../framing/sse.ts";
import { writeFaultEvent } from "./faults.ts";
import { type Block, isFields, ownFields } from "./fields.ts";
import { writeFinish } from "./finish.ts";
import { writeUsage } from "./usage.ts";
import { callInput, messageId } from "./write-answer.ts";

type BlockEvent = Extract<AnswerEvent, { readonly block: number }>;

type BlockStart = Extract<AnswerEvent, { readonly type: "text-start" | "refusal-start" | "reasoning-start" | "call-start" }>;

export function writeStream(context: WriteContext): StreamWriter {
  return new MessageWriter(context);
}

/** The block that is being written. Its start is held back until there is something in it: empty texts cannot be sent back. */
interface CurrentBlock {
  readonly block: number;
  readonly start: Block;
  readonly dialect?: DialectId;
  readonly id?: string | undefined;
  /** A custom call's text: Anthropic's clients read JSON, so it waits for its end. */
  custom?: string;
  paragraph?: number;
  opened: boolean;
}

/**
 * Anthropic's event sequence from any upstream's events. Blocks are strictly one after another: what an upstream
 * interleaves waits, whole, for the block before it to close.
 */
class MessageWriter implements StreamWriter {
  readonly #context: WriteContext;
  #text = "";
  #started = false;
  #ended = false;
  #index = 0;
  #current: CurrentBlock | undefined;
  readonly #waiting = new Map<number, BlockEvent[]>();
  #usage: Usage = noUsage;
  #finish: Finish | undefined;
  #called = false;
  #refused = false;

  constructor(context: WriteContext) {
    this.#context = context;
  }

  write(events: readonly AnswerEvent[]): string {
    this.#text = "";
    for (const event of events) if (!this.#ended) this.#step(event);
    return this.#text;
  }

  fault(fault: Fault): string {
    this.#ended = true;
    return writeFaultEvent(fault, this.#context.requestId);
  }

  #step(event: AnswerEvent): void {
    switch (event.type) {
      case "answer-start":
        if (event.usage) this.#usage = event.usage;
        this.#start(event.id, event.model);
        return;
      case "usage-report":
        this.#usage = event.usage;
        return;
      case "choice-finish":
        if (event.choice === 0) this.#finish = event.finish;
        return;
      case "answer-end":
        this.#end();
        return;
      case "answer-error":
        // The fault goes out by `fault`, after which nothing follows.
        return;
      default:
        if (event.choice === 0) this.#place(event);
    }
  }

  #start(id: string, model: string): void {
    if (this.#started) return;
    this.#started = true;
    this.#send("message_start", {
      message: {
        id: messageId(id, this.#context),
        type: "message",
        role: "assistant",
        model: model === "" ? this.#context.request.model : model,
        content: [],
        stop_reason: null,
        stop_sequence: null,
        stop_details: null,
        usage: writeUsage(this.#usage),
      },
    });
  }

  /** Writes the event where its block is the current one, keeps it where another is. */
  #place(event: BlockEvent): void {
    this.#start("", "");
    const waiting = this.#waiting.get(event.block);
    if (waiting) waiting.push(event);
    else if (this.#current !== undefined && this.#current.block !== event.block) this.#waiting.set(event.block, [event]);
    else this.#blockStep(event);
    this.#release();
  }

  /** Lets the blocks through that waited, in the order in which they opened, up to one that is still open. */
  #release(): void {
    while (this.#current === undefined) {
      const next = this.#waiting.entries().next();
      if (next.done) return;
      const [block, events] = next.value;
      this.#waiting.delete(block);
      for (const event of events) this.#blockStep(event);
    }
  }

  #blockStep(event: BlockEvent): void {
    switch (event.type) {
      case "text-start":
      case "refusal-start":
      case "reasoning-start":
      case "call-start":
        this.#begin(event);
        return;
      case "text-delta":
        this.#delta({ type: "text_delta", text: event.text }, event.text);
        return;
      case "refusal-delta":
        this.#refused = true;
        this.#delta({ type: "text_delta", text: event.text }, event.text);
        return;
      case "text-annotation":
        if (event.annotation.dialect !== "anthropic-messages") return;
        this.#delta({ type: "citations_delta", citation: event.annotation.native }, "citation");
        return;
      case "reasoning-delta":
        this.#think(event.text, event.paragraph);
        return;
      case "call-delta":
        if (this.#current?.custom !== undefined) this.#current.custom += event.arguments;
        else this.#delta({ type: "input_json_delta", partial_json: event.arguments }, event.arguments);
        return;
      case "reasoning-end":
        this.#endThinking(event.sealed);
        return;
      case "call-end":
        this.#endCall();
        return;
      case "text-end":
      case "refusal-end":
        this.#close();
        return;
      case "opaque-item":
        this.#whole(event.item);
        return;
      // No form for sound in this dialect, and no way for its callers to ask for it.
      case "audio-start":
      case "audio-delta":
      case "audio-end":
        return;
    }
  }

  #begin(event: BlockStart): void {
    const place = { block: event.block, opened: false };
    if (event.type === "call-start") {
      this.#called = true;
      const start = { type: "tool_use", id: event.callId, name: event.name, input: {}, ...ownFields(event.extra) };
      this.#current = { ...place, start, ...(event.custom && { custom: "" }) };
      this.#open();
    } else if (event.type === "reasoning-start") {
      this.#current = { ...place, start: { type: "thinking", thinking: "", signature: "" }, dialect: event.dialect, id: event.id };
    } else {
      this.#current = { ...place, start: { type: "text", text: "", citations: null } };
    }
  }

  #open(): void {
    if (this.#current === undefined || this.#current.opened) return;
    this.#current.opened = true;
    this.#send("content_block_start", { index: this.#index, content_block: this.#current.start });
  }

  #delta(delta: Block, content: string): void {
    if (content === "" || this.#current === undefined) return;
    this.#open();
    this.#send("content_block_delta", { index: this.#index, delta });
  }

  #think(text: string, paragraph: number): void {
    if (text === "" || this.#current === undefined) return;
    const before = this.#current.paragraph;
    this.#current.paragraph = paragraph;
    this.#delta({ type: "thinking_delta", thinking: before === undefined || before === paragraph ? text : `\n\n${text}` }, text);
  }

  #endThinking(sealed: Seal | undefined): void {
    const current = this.#current;
    if (current === undefined) return;
    const dialect = current.dialect ?? "anthropic-messages";
    if (dialect === "anthropic-messages" && sealed?.kind === "redacted" && !current.opened) {
      this.#current = { ...current, start: { type: "redacted_thinking", data: sealed.value } };
      this.#open();
      this.#close();
      return;
    }
    const own = dialect === "anthropic-messages";
    if (own || current.opened || sealed) {
      const signature = own ? (sealed?.value ?? "") : foreignSignature(dialect, current.id, sealed);
      this.#delta({ type: "signature_delta", signature }, signature);
    }
    this.#close();
  }

  #endCall(): void {
    const custom = this.#current?.custom;
    if (custom !== undefined) {
      const json = JSON.stringify(callInput({ arguments: custom, custom: true }));
      this.#delta({ type: "input_json_delta", partial_json: json }, json);
    }
    this.#close();
  }

  #close(): void {
    if (this.#current?.opened) this.#send("content_block_stop", { index: this.#index++ });
    this.#current = undefined;
  }

  /** A block of our own dialect that came whole; a tool's input goes out as JSON, where clients look for it. */
  #whole(item: Extract<AnswerEvent, { type: "opaque-item" }>["item"]): void {
    if (item.dialect !== "anthropic-messages" || !isFields(item.native)) return;
    const index = this.#index++;
    const input = item.label.endsWith("tool_use") && isFields(item.native.input) ? item.native.input : undefined;
    this.#send("content_block_start", { index, content_block: input ? { ...item.native, input: {} } : item.native });
    if (input) {
      this.#send("content_block_delta", { index, delta: { type: "input_json_delta", partial_json: JSON.stringify(input) } });
    }
    this.#send("content_block_stop", { index });
  }

  #end(): void {
    this.#ended = true;
    this.#start("", "");
    this.#close();
    this.#release();
    this.#send("message_delta", {
      delta: { ...writeFinish(this.#finish, this.#called, this.#refused), container: null },
      usage: writeUsage(this.#usage),
    });
    this.#send("message_stop", {});
  }

  #send(type: string, fields: Block): void {
    this.#text += sseFrame(JSON.stringify({ type, ...fields }), type);
  }
}
