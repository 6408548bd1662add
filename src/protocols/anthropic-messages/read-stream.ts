import { type AnswerEvent, type Finish, type Piece, parseJson } from "../../exchange/index.ts";
import { Blocks } from "../conversation/blocks.ts";
import type { ReadStreamOptions, StreamReader } from "../dialect.ts";
import { eventNames, isSkippedFrame, isSkippedRun } from "../framing/skipped-frames.ts";
import { type SseEvent, sseFrames } from "../framing/sse.ts";
import { FrameWalk, type Verdict } from "../framing/walk-frames.ts";
import { readError } from "./faults.ts";
import { type Fields, isFields, textOf, unreadable } from "./fields.ts";
import { readFinish } from "./finish.ts";
import { blockIndex } from "./read-answer.ts";
import { BlockReader } from "./read-stream-blocks.ts";
import { laterUsage, readUsage } from "./usage.ts";

/** Events that tell neither usage nor the end. */
const untelling = eventNames("content_block_", "ping");

/** @throws Fault `upstream_malformed` while reading */
export function readStream(options: ReadStreamOptions): StreamReader {
  return options.depth === "skim" ? new SkimReader() : new FullReader();
}

/** What both depths must know of the message: its usage so far, and whether and how it ended. */
class MessageState {
  #usage: Fields = {};
  #finish: Finish | undefined;
  ended = false;

  start(message: Fields, out: AnswerEvent[]): void {
    this.#finish = readFinish(message);
    if (!isFields(message.usage)) return;
    this.#usage = laterUsage(this.#usage, message.usage);
    out.push({ type: "usage-report", usage: readUsage(this.#usage) });
  }

  delta(event: Fields, out: AnswerEvent[]): void {
    if (isFields(event.usage)) {
      this.#usage = laterUsage(this.#usage, event.usage);
      out.push({ type: "usage-report", usage: readUsage(this.#usage) });
    }
    const finish = isFields(event.delta) ? readFinish(event.delta) : undefined;
    this.#finish = finish ?? this.#finish;
  }

  stop(out: AnswerEvent[]): Verdict {
    this.ended = true;
    if (this.#finish) out.push({ type: "choice-finish", choice: 0, finish: this.#finish });
    out.push({ type: "answer-end" });
    return "over";
  }
}

class SkimReader implements StreamReader {
  readonly #walk = new FrameWalk();
  readonly #message = new MessageState();
  #seen = false;

  read(frames: Uint8Array): Piece {
    // Once output has begun, only the frames that carry usage, the end or an error are looked into.
    if (this.#seen && !this.#walk.over && isSkippedRun(frames, untelling)) return { raw: frames, events: [], visible: true, last: false };
    const events: AnswerEvent[] = [];
    const wasEnded = this.#message.ended;
    const raw = this.#walk.walk(frames, sseFrames(frames), events, (frame) => {
      return this.#seen && isSkippedFrame(frames, frame.start, untelling) ? "more" : this.#step(eventOf(frame), events);
    });
    return { raw, events, visible: this.#seen, last: !wasEnded && this.#message.ended };
  }

  ended(): boolean {
    return this.#message.ended;
  }

  #step(event: Fields | undefined, out: AnswerEvent[]): Verdict {
    switch (event?.type) {
      case "message_start":
        if (isFields(event.message)) {
          this.#message.start(event.message, out);
          this.#seen ||= Array.isArray(event.message.content) && event.message.content.length > 0;
        }
        return "more";
      case "content_block_start":
      case "content_block_delta":
        this.#seen ||= carriesOutput(event);
        return "more";
      case "message_delta":
        this.#message.delta(event, out);
        return "more";
      case "message_stop":
        return this.#message.stop(out);
      case "error":
        return failed(event, out);
      default:
        return "more";
    }
  }
}

class FullReader implements StreamReader {
  readonly #walk = new FrameWalk();
  readonly #message = new MessageState();
  readonly #blocks = new BlockReader(new Blocks());
  #started = false;
  #seen = false;

  read(frames: Uint8Array): Piece {
    const events: AnswerEvent[] = [];
    const wasEnded = this.#message.ended;
    const raw = this.#walk.walk(frames, sseFrames(frames), events, (frame) => this.#step(eventOf(frame), events));
    return { raw, events, visible: this.#seen, last: !wasEnded && this.#message.ended };
  }

  ended(): boolean {
    return this.#message.ended;
  }

  #step(event: Fields | undefined, out: AnswerEvent[]): Verdict {
    switch (event?.type) {
      case "message_stop":
        this.#blocks.stopAll(out);
        return this.#message.stop(out);
      case "error":
        return failed(event, out);
      default:
        if (event) this.#grow(event, out);
        return "more";
    }
  }

  #grow(event: Fields, out: AnswerEvent[]): void {
    switch (event.type) {
      case "message_start":
        this.#start(event, out);
        return;
      case "content_block_start":
        this.#seen ||= carriesOutput(event);
        this.#blocks.start(blockIndex(event), event.content_block, out);
        return;
      case "content_block_delta":
        this.#seen ||= carriesOutput(event);
        this.#blocks.delta(blockIndex(event), event.delta, out);
        return;
      case "content_block_stop":
        this.#blocks.stop(blockIndex(event), out);
        return;
      case "message_delta":
        this.#blocks.stopAll(out);
        this.#message.delta(event, out);
    }
  }

  #start(event: Fields, out: AnswerEvent[]): void {
    const message = event.message;
    if (!isFields(message)) return;
    this.#blocks.stopAll(out);
    const usage = isFields(message.usage) ? readUsage(message.usage) : undefined;
    // A stream that was begun anew stays one answer.
    if (!this.#started) {
      out.push({
        type: "answer-start",
        id: textOf(message.id) ?? "",
        model: textOf(message.model) ?? "",
        ...(usage?.tier !== undefined && { tier: usage.tier }),
        ...(usage && { usage }),
      });
    }
    this.#started = true;
    this.#message.start(message, out);
    for (const block of Array.isArray(message.content) ? message.content : []) {
      this.#seen = true;
      this.#blocks.start("given", block, out);
      this.#blocks.stop("given", out);
    }
  }
}

function failed(event: Fields, out: AnswerEvent[]): Verdict {
  out.push({ type: "answer-error", fault: readError(event), told: true });
  return "over";
}

/** The event of one frame; undefined where it says nothing (an end mark of another dialect, an empty frame). */
function eventOf({ data, event: name }: SseEvent): Fields | undefined {
  if (data === "" || data === "[DONE]") return undefined;
  let event: unknown;
  try {
    event = parseJson(data);
  } catch (cause) {
    throw unreadable("The provider sent an event that is not valid JSON.", cause);
  }
  if (!isFields(event)) throw unreadable("The provider sent an event that is not an object.");
  return event.type === undefined && name !== "" ? { ...event, type: name } : event;
}

/** An empty text or thinking block that opens shows nothing yet; everything else does. */
function carriesOutput(event: Fields): boolean {
  const block = event.content_block ?? event.delta;
  if (!isFields(block)) return false;
  switch (block.type) {
    case "text":
    case "text_delta":
      return block.text !== "";
    case "thinking":
    case "thinking_delta":
      return block.thinking !== "";
    case "input_json_delta":
      return block.partial_json !== "";
    default:
      return true;
  }
}
