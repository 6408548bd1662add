import { type AnswerEvent, type DialectId, type Fault, type Finish, noUsage, type Seal, type Usage } from "../../exchange/index.ts";
import { foreignSignature } from "../conversation/foreign-thoughts.ts";
import type { StreamWriter } from "../dialect.ts";
import { eventStreamMessage } from "../framing/aws-event-stream.ts";
import { type BlockEvent, BlockOrder } from "./block-order.ts";
import { messageOf, streamExceptionFor } from "./faults.ts";
import { type Block, type Fields, fieldsOf, isFields, listOf } from "./fields.ts";
import { writeFinish } from "./finish.ts";
import { writeTier, writeUsage } from "./usage.ts";
import { callInput, stopSequenceOf, writeCitation } from "./write-answer.ts";

export function writeStream(): StreamWriter {
  return new ConverseWriter();
}

/** The block that is being written. Only calls tell their start; a block without content is no block. */
interface CurrentBlock {
  readonly block: number;
  readonly dialect?: DialectId;
  readonly id?: string | undefined;
  /** A custom call's text: Converse's clients read JSON, so it waits for its end. */
  custom?: string;
  paragraph?: number;
  opened: boolean;
}

/** Converse's event sequence from any upstream's events. */
class ConverseWriter implements StreamWriter {
  #out: Uint8Array[] = [];
  readonly #order = new BlockOrder();
  #started = false;
  #ended = false;
  #index = 0;
  #current: CurrentBlock | undefined;
  #usage: Usage = noUsage;
  #tier: string | undefined;
  #finish: Finish | undefined;
  #called = false;
  #refused = false;

  write(events: readonly AnswerEvent[]): Uint8Array {
    this.#out = [];
    for (const event of events) if (!this.#ended) this.#step(event);
    return this.#out.length === 1 ? (this.#out[0] as Uint8Array) : Buffer.concat(this.#out);
  }

  fault(fault: Fault): Uint8Array {
    this.#ended = true;
    const headers = { ":exception-type": streamExceptionFor(fault), ":content-type": "application/json", ":message-type": "exception" };
    return eventStreamMessage(headers, Buffer.from(JSON.stringify({ message: messageOf(fault) })));
  }

  #step(event: AnswerEvent): void {
    switch (event.type) {
      case "answer-start":
        this.#usage = event.usage ?? this.#usage;
        this.#tier = event.tier;
        this.#start();
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
        if (event.choice !== 0) return;
        this.#start();
        for (const next of this.#order.next(event)) this.#blockStep(next);
    }
  }

  #start(): void {
    if (this.#started) return;
    this.#started = true;
    this.#send("messageStart", { role: "assistant" });
  }

  #blockStep(event: BlockEvent): void {
    switch (event.type) {
      case "text-start":
      case "refusal-start":
        this.#close();
        this.#current = { block: event.block, opened: false };
        return;
      case "reasoning-start":
        this.#close();
        this.#current = { block: event.block, opened: false, dialect: event.dialect, id: event.id };
        return;
      case "call-start":
        this.#called = true;
        this.#close();
        this.#current = { block: event.block, opened: true, ...(event.custom && { custom: "" }) };
        this.#send("contentBlockStart", {
          start: { toolUse: { toolUseId: event.callId, name: event.name } },
          contentBlockIndex: this.#index,
        });
        return;
      case "text-delta":
        this.#delta({ text: event.text }, event.text);
        return;
      case "refusal-delta":
        this.#refused = true;
        this.#delta({ text: event.text }, event.text);
        return;
      case "text-annotation":
        for (const citation of writeCitation(event.annotation)) this.#delta({ citation }, "citation");
        return;
      case "reasoning-delta":
        this.#think(event.text, event.paragraph);
        return;
      case "call-delta":
        this.#input(event.arguments);
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
        if (event.item.dialect === "bedrock-converse" && isFields(event.item.native)) this.#whole(event.item.native);
        return;
      // No form for sound in this dialect's streams, and no way for its callers to ask for it.
      case "audio-start":
      case "audio-delta":
      case "audio-end":
        return;
    }
  }

  #delta(delta: Block, content: string): void {
    if (content === "" || this.#current === undefined) return;
    this.#current.opened = true;
    this.#send("contentBlockDelta", { delta, contentBlockIndex: this.#index });
  }

  #think(text: string, paragraph: number): void {
    if (text === "" || this.#current === undefined) return;
    const before = this.#current.paragraph;
    this.#current.paragraph = paragraph;
    const joined = before === undefined || before === paragraph ? text : `\n\n${text}`;
    this.#delta({ reasoningContent: { text: joined } }, joined);
  }

  #endThinking(sealed: Seal | undefined): void {
    const { dialect = "bedrock-converse", id, opened } = this.#current ?? {};
    if (dialect === "bedrock-converse" && sealed?.kind === "redacted") {
      this.#delta({ reasoningContent: { redactedContent: sealed.value } }, sealed.value);
    } else if (dialect === "bedrock-converse") {
      this.#delta({ reasoningContent: { signature: sealed?.value } }, sealed?.value ?? "");
    } else if (opened || sealed) {
      this.#delta({ reasoningContent: { signature: foreignSignature(dialect, id, sealed) } }, "signature");
    }
    this.#close();
  }

  #input(json: string): void {
    if (this.#current?.custom !== undefined) this.#current.custom += json;
    else this.#delta({ toolUse: { input: json } }, json);
  }

  #endCall(): void {
    const custom = this.#current?.custom;
    if (custom !== undefined) {
      const json = JSON.stringify(callInput({ arguments: custom, custom: true }));
      this.#delta({ toolUse: { input: json } }, json);
    }
    this.#close();
  }

  #close(): void {
    if (this.#current?.opened) this.#send("contentBlockStop", { contentBlockIndex: this.#index++ });
    this.#current = undefined;
  }

  /** A block of our own dialect that came whole, in the pieces that clients put together again. */
  #whole(native: Fields): void {
    const contentBlockIndex = this.#index;
    const delta = (piece: Block) => this.#send("contentBlockDelta", { delta: piece, contentBlockIndex });
    const { toolUse, toolResult, image } = native;
    if (isFields(toolUse)) {
      const { input, ...head } = toolUse;
      this.#send("contentBlockStart", { start: { toolUse: head }, contentBlockIndex });
      delta({ toolUse: { input: JSON.stringify(input ?? {}) } });
    } else if (isFields(toolResult)) {
      const { content, ...head } = toolResult;
      this.#send("contentBlockStart", { start: { toolResult: head }, contentBlockIndex });
      delta({ toolResult: listOf(content) });
    } else if (isFields(image)) {
      this.#send("contentBlockStart", { start: { image: { format: image.format } }, contentBlockIndex });
      delta({ image: { source: fieldsOf(image.source) } });
    } else {
      return;
    }
    this.#send("contentBlockStop", { contentBlockIndex });
    this.#index++;
  }

  #end(): void {
    this.#ended = true;
    this.#start();
    this.#close();
    for (const event of this.#order.all()) this.#blockStep(event);
    this.#close();
    const stopReason = writeFinish(this.#finish, this.#called, this.#refused);
    this.#send("messageStop", { stopReason, ...stopSequenceOf(this.#finish?.stopSequence) });
    const tier = writeTier(this.#usage.tier ?? this.#tier);
    this.#send("metadata", { usage: writeUsage(this.#usage), metrics: { latencyMs: 0 }, ...tier });
  }

  #send(type: string, payload: Block): void {
    const headers = { ":event-type": type, ":content-type": "application/json", ":message-type": "event" };
    this.#out.push(eventStreamMessage(headers, Buffer.from(JSON.stringify(payload))));
  }
}
