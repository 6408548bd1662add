import { type AnswerEvent, Fault, type Piece, parseMessage } from "../../exchange/index.ts";
import { Blocks } from "../conversation/blocks.ts";
import type { ReadStreamOptions, StreamReader } from "../dialect.ts";
import { type JsonLine, jsonLines } from "../framing/json-lines.ts";
import { FrameWalk, type Verdict } from "../framing/walk-frames.ts";
import { pushAll } from "../json-fields.ts";
import { faultIn } from "./faults.ts";
import { type Fields, isFields, listOf, ollamaDialect, wordOf } from "./fields.ts";
import { endOf, imagesIn, messageIn, readCalls, secondsOf } from "./read-answer.ts";
import { isPlainRun } from "./skim-lines.ts";

export function readStream(options: ReadStreamOptions): StreamReader {
  return new LineReader(options.depth === "full" ? new MessageReader() : undefined);
}

class LineReader implements StreamReader {
  /** Undefined at depth `skim`. */
  readonly #message: MessageReader | undefined;
  readonly #walk = new FrameWalk();
  #ended = false;
  #visible = false;
  #called = false;

  constructor(message: MessageReader | undefined) {
    this.#message = message;
  }

  read(lines: Uint8Array): Piece {
    const skimming = !this.#message && this.#visible && !this.#walk.over;
    if (skimming && isPlainRun(lines, this.#called)) return { raw: lines, events: [], visible: true, last: false };
    const wasEnded = this.#ended;
    const events: AnswerEvent[] = [];
    const raw = this.#walk.walk(lines, jsonLines(lines), events, (line) => this.#line(line, lines, events));
    return { raw, events, visible: this.#visible, last: this.#ended && !wasEnded };
  }

  /** Only `done` ends an answer well. */
  ended(): boolean {
    return this.#ended;
  }

  #line(line: JsonLine, run: Uint8Array, out: AnswerEvent[]): Verdict {
    if (!this.#message && this.#visible && isPlainRun(run.subarray(line.start, line.end), this.#called)) return "more";
    const native = parsed(line.text);
    const fault = faultIn(native);
    if (fault) {
      out.push({ type: "answer-error", fault, told: true });
      return "over";
    }
    const message = messageIn(native) ?? {};
    this.#called ||= listOf(message.tool_calls).length > 0;
    this.#visible ||= shows(message);
    this.#message?.line(native, message, out);
    if (native.done !== true) return "more";
    this.#message?.close(out);
    pushAll(out, endOf(native, this.#called));
    this.#ended = true;
    return "over";
  }
}

function parsed(text: string): Fields {
  let native: unknown;
  try {
    native = parseMessage(text);
  } catch (cause) {
    throw new Fault("upstream_malformed", { message: "The provider sent a line that is not valid JSON.", cause });
  }
  if (!isFields(native)) throw new Fault("upstream_malformed", { message: "The provider sent a line that is not a JSON object." });
  return native;
}

function shows(message: Fields): boolean {
  if (wordOf(message.content) ?? wordOf(message.thinking)) return true;
  return listOf(message.tool_calls).length > 0 || listOf(message.images).length > 0;
}

/** Turns the lines of one stream into events: thoughts and words grow, calls come whole. */
class MessageReader {
  readonly #blocks = new Blocks();
  #current: "text" | "reasoning" | undefined;
  #started = false;
  #calls = 0;

  line(native: Fields, message: Fields, out: AnswerEvent[]): void {
    this.#start(native, out);
    const thinking = wordOf(message.thinking);
    const content = wordOf(message.content);
    const logprobs = listOf(native.logprobs);
    if (thinking !== undefined) {
      const block = this.#grow("reasoning", out);
      out.push({ type: "reasoning-delta", block, choice: 0, text: thinking, form: "text", paragraph: 0 });
    }
    if (content !== undefined) {
      const block = this.#grow("text", out);
      out.push({ type: "text-delta", block, choice: 0, text: content, ...(logprobs.length > 0 && { logprobs }) });
    }
    const drawn = imagesIn(message);
    if (drawn) {
      this.close(out);
      out.push({ type: "opaque-item", block: this.#blocks.take(), choice: 0, item: drawn });
    }
    for (const call of readCalls(native, message, this.#calls)) {
      this.close(out);
      const { type: _type, arguments: text, ...opening } = call;
      const key = `call:${this.#calls++}`;
      const block = this.#blocks.open(key, 0, { kind: "call", ...opening }, out);
      out.push({ type: "call-delta", block, choice: 0, arguments: text });
      this.#blocks.close(key, out);
    }
  }

  close(out: AnswerEvent[]): void {
    this.#current = undefined;
    this.#blocks.closeAll(out);
  }

  #start(native: Fields, out: AnswerEvent[]): void {
    if (this.#started) return;
    this.#started = true;
    const created = secondsOf(native.created_at);
    out.push({ type: "answer-start", id: "", model: wordOf(native.model) ?? "", ...(created !== undefined && { created }) });
  }

  #grow(kind: "text" | "reasoning", out: AnswerEvent[]): number {
    if (this.#current !== kind) this.close(out);
    this.#current = kind;
    return this.#blocks.open(kind, 0, kind === "text" ? { kind } : { kind, dialect: ollamaDialect }, out);
  }
}
