import { type AnswerEvent, type Piece, parseJson } from "../../exchange/index.ts";
import { Blocks } from "../conversation/blocks.ts";
import type { ReadStreamOptions, StreamReader } from "../dialect.ts";
import { type EventStreamMessage, headerText, messagesIn } from "../framing/aws-event-stream.ts";
import { FrameWalk, type Verdict } from "../framing/walk-frames.ts";
import { readException } from "./faults.ts";
import { type Fields, fieldsOf, isFields, numberOf, unreadable } from "./fields.ts";
import { brokenOutput, readFinish } from "./finish.ts";
import { BlockReader } from "./read-stream-blocks.ts";
import { readUsage } from "./usage.ts";

/** @throws Fault `upstream_malformed` while reading */
export function readStream(options: ReadStreamOptions): StreamReader {
  return new ConverseReader(options.depth === "full" ? new BlockReader(new Blocks()) : undefined);
}

/** Reads at both depths: without a reader of blocks, content is only looked at until there is some. */
class ConverseReader implements StreamReader {
  readonly #blocks: BlockReader | undefined;
  readonly #walk = new FrameWalk();
  #started = false;
  #seen = false;
  /** `messageStop` ends the content, `metadata` brings the usage behind it: the answer has ended when both are there. */
  #stopped = false;
  #counted = false;
  #broken = false;
  #told = false;

  constructor(blocks: BlockReader | undefined) {
    this.#blocks = blocks;
  }

  read(frames: Uint8Array): Piece {
    const events: AnswerEvent[] = [];
    const wasTold = this.#told;
    // Once output has begun, only the messages that carry usage, the end or an error are looked into.
    const messages = messagesIn(frames, (start) => !this.#blocks && this.#seen && isContent(frames, start + preludeLength));
    const raw = this.#walk.walk(frames, messages, events, (message) => this.#step(message, events));
    return { raw, events, visible: this.#seen, last: !wasTold && this.#told };
  }

  /** Without `metadata` the answer is whole, but nobody knows what it used. */
  ended(): boolean {
    return this.#stopped && !this.#broken;
  }

  #step(message: EventStreamMessage, out: AnswerEvent[]): Verdict {
    const type = headerText(message, ":message-type");
    if (type === "exception" || type === "error") {
      this.#broken = true;
      const name = headerText(message, ":exception-type") ?? headerText(message, ":error-code");
      out.push({ type: "answer-error", fault: readException(name, message.payload, headerText(message, ":error-message")), told: true });
      return "over";
    }
    const name = headerText(message, ":event-type");
    if (name === "metadata") this.#count(payloadOf(message), out);
    // What could not be read was billed: its usage is all that is waited for.
    else if (this.#broken) return "more";
    else if (name === "messageStop") this.#stop(payloadOf(message), out);
    else this.#content(name, message, out);
    return this.#stopped && this.#counted ? "over" : "more";
  }

  #content(name: string | undefined, message: EventStreamMessage, out: AnswerEvent[]): void {
    if (name === "messageStart") this.#start(out);
    if (name === undefined || !name.startsWith("contentBlock")) return;
    if (!this.#blocks && this.#seen) return;
    const event = payloadOf(message);
    this.#seen ||= carriesOutput(event);
    if (!this.#blocks) return;
    this.#start(out);
    const key = String(numberOf(event.contentBlockIndex) ?? 0);
    if (name === "contentBlockStart") this.#blocks.start(key, event.start, out);
    else if (name === "contentBlockDelta") this.#blocks.delta(key, event.delta, out);
    else if (name === "contentBlockStop") this.#blocks.stop(key, out);
  }

  #start(out: AnswerEvent[]): void {
    if (this.#started || !this.#blocks) return;
    this.#started = true;
    out.push({ type: "answer-start", id: "", model: "" });
  }

  #stop(event: Fields, out: AnswerEvent[]): void {
    if (this.#stopped) return;
    this.#start(out);
    this.#blocks?.stopAll(out);
    const broken = brokenOutput(event);
    if (broken) out.push({ type: "answer-error", fault: broken, told: true });
    this.#broken ||= broken !== undefined;
    const finish = broken ? undefined : readFinish(event);
    if (finish) out.push({ type: "choice-finish", choice: 0, finish });
    this.#stopped = true;
    this.#end(out);
  }

  #count(event: Fields, out: AnswerEvent[]): void {
    const usage = readUsage(event);
    if (usage) out.push({ type: "usage-report", usage });
    this.#counted = true;
    this.#end(out);
  }

  #end(out: AnswerEvent[]): void {
    if (!this.#stopped || !this.#counted || this.#broken) return;
    this.#told = true;
    out.push({ type: "answer-end" });
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true });

function payloadOf(message: EventStreamMessage): Fields {
  let event: unknown;
  try {
    event = parseJson(decoder.decode(message.payload));
  } catch (cause) {
    throw unreadable("The provider sent an event that is not valid JSON.", cause);
  }
  if (!isFields(event)) throw unreadable("The provider sent an event that is not an object.");
  return event;
}

/** The start of a call, and every delta with something in it, shows the client something of the answer. */
function carriesOutput(event: Fields): boolean {
  if (isFields(event.start)) return Object.keys(event.start).length > 0;
  const delta = fieldsOf(event.delta);
  if (delta.text === "" || fieldsOf(delta.toolUse).input === "" || fieldsOf(delta.reasoningContent).text === "") return false;
  return Object.keys(delta).length > 0;
}

const preludeLength = 12;
const eventType = new TextEncoder().encode(":event-type");
const content = new TextEncoder().encode("contentBlock");
const string = 7;

/**
 * Whether a message carries content, told by its first header: length of the name, the name, the type, the length of the
 * value in two bytes, the value. One whose first header is another is looked into; it is rare and still right.
 */
function isContent(run: Uint8Array, header: number): boolean {
  if (run[header] !== eventType.length || !startsWith(run, header + 1, eventType)) return false;
  const type = header + 1 + eventType.length;
  return run[type] === string && startsWith(run, type + 3, content);
}

function startsWith(run: Uint8Array, at: number, text: Uint8Array): boolean {
  for (let index = 0; index < text.length; index++) if (run[at + index] !== text[index]) return false;
  return true;
}
