import { type AnswerEvent, Fault, type Piece } from "../../exchange/index.ts";
import type { ReadStreamOptions, StreamReader } from "../dialect.ts";
import { type SseEvent, sseEvents } from "../sse.ts";
import { faultIn } from "./faults.ts";
import { failedFinish, finishWord, readFinish } from "./finish.ts";
import { isObject, type JsonObject, listOf, numberOf, objectOf } from "./json-value.ts";
import { ChunkReader } from "./read-chunk.ts";
import { isVisible, legacyCall, messageIn } from "./read-delta.ts";
import { isPlainData, isPlainRun } from "./skim-frames.ts";
import { usageIn } from "./usage.ts";

const nothing = new Uint8Array(0);
const decoder = new TextDecoder();
const noEvents: readonly AnswerEvent[] = [];

/** What becomes of a frame's bytes; after `end`, `told` and `fail` nothing more is read. */
type Verdict = "keep" | "strip" | "end" | "told" | "fail";

export function readStream(options: ReadStreamOptions): StreamReader {
  return new ChatStreamReader(options);
}

class ChatStreamReader implements StreamReader {
  readonly #stripUsage: boolean;
  /** Undefined at depth `skim`. */
  readonly #chunks: ChunkReader | undefined;
  #ended = false;
  #failed = false;
  #visible = false;
  readonly #seen = new Set<number>();
  readonly #finished = new Set<number>();
  readonly #called = new Set<number>();

  constructor(options: ReadStreamOptions) {
    this.#stripUsage = options.stripUsage;
    this.#chunks = options.depth === "full" ? new ChunkReader() : undefined;
  }

  read(frames: Uint8Array): Piece {
    if (this.#ended || this.#failed) return { raw: this.#behindEnd(frames), events: noEvents, visible: this.#visible, last: false };
    if (!this.#chunks && this.#visible && isPlainRun(frames, this.#called.size > 0)) {
      return { raw: frames, events: noEvents, visible: true, last: false };
    }
    const out: AnswerEvent[] = [];
    const kept: Uint8Array[] = [];
    let from = 0;
    for (const [index, frame] of sseEvents(frames).entries()) {
      const verdict = this.#verdict(frame, index === 0, out);
      if (verdict === "keep") continue;
      const through = verdict === "end" || verdict === "told";
      kept.push(frames.subarray(from, through ? frame.end : frame.start));
      if (through) kept.push(this.#behindEnd(frames.subarray(frame.end)));
      from = verdict === "strip" ? frame.end : frames.length;
      if (verdict !== "strip") break;
    }
    const raw = kept.length === 0 ? frames : joined(kept, frames.subarray(from));
    return { raw, events: out, visible: this.#visible, last: this.#ended };
  }

  /** Nothing is read there, so nothing passes but the end mark that some providers set behind their error too. */
  #behindEnd(frames: Uint8Array): Uint8Array {
    return this.#failed && /^data: ?\[DONE\]\s*$/.test(decoder.decode(frames)) ? frames : nothing;
  }

  /** Whole with its `[DONE]`, or where a provider that sends none closes after the last finish. */
  ended(): boolean {
    if (this.#ended) return true;
    if (this.#failed || this.#finished.size === 0) return false;
    for (const choice of this.#seen) if (!this.#finished.has(choice)) return false;
    return true;
  }

  /** A frame that cannot be read throws, unless frames before it came along: those are not lost with it. */
  #verdict(frame: SseEvent, first: boolean, out: AnswerEvent[]): Verdict {
    try {
      return this.#frame(frame, out);
    } catch (error) {
      if (first || !(error instanceof Fault)) throw error;
      return this.#fail(error, out);
    }
  }

  /** A frame that cannot be read is left out: the error then goes out in our own words. */
  #frame(frame: SseEvent, out: AnswerEvent[]): Verdict {
    const { data } = frame;
    if (data === "") return "keep";
    if (data.startsWith("[DONE]")) {
      this.#finishRest(out);
      out.push({ type: "answer-end" });
      this.#ended = true;
      return "end";
    }
    if (!this.#chunks && this.#visible && frame.event !== "error" && isPlainData(data)) return "keep";
    const chunk = parsed(data);
    const fault = faultIn(frame.event === "error" && chunk.error === undefined ? { error: chunk } : chunk);
    if (!fault) return this.#chunk(chunk, out);
    const usage = usageIn(chunk);
    if (usage) out.push({ type: "usage-report", usage });
    this.#failed = true;
    out.push({ type: "answer-error", fault, told: true });
    return "told";
  }

  /** The end mark also ends choices whose provider gave no reason. */
  #finishRest(out: AnswerEvent[]): void {
    for (const choice of this.#seen) {
      if (this.#finished.has(choice)) continue;
      this.#chunks?.closeChoice(choice, out);
      out.push({ type: "choice-finish", choice, finish: { reason: this.#called.has(choice) ? "call" : "stop" } });
    }
  }

  #fail(fault: Fault, out: AnswerEvent[]): "fail" {
    this.#failed = true;
    out.push({ type: "answer-error", fault });
    return "fail";
  }

  #chunk(chunk: JsonObject, out: AnswerEvent[]): "keep" | "strip" | "fail" {
    this.#visible ||= isVisible(chunk);
    const choices = listOf(chunk.choices);
    if (choices.length > 0) this.#chunks?.start(chunk, out);
    for (const [position, entry] of choices.entries()) {
      const choice = objectOf(entry);
      const fault = faultIn(choice) ?? this.#choice(choice, position, chunk, out);
      if (fault) return this.#fail(fault, out);
    }
    const usage = usageIn(chunk);
    if (usage) out.push({ type: "usage-report", usage });
    return this.#stripUsage && usage && Array.isArray(chunk.choices) && choices.length === 0 ? "strip" : "keep";
  }

  #choice(choice: JsonObject, position: number, chunk: JsonObject, out: AnswerEvent[]): Fault | undefined {
    const number = numberOf(choice.index) ?? position;
    this.#seen.add(number);
    this.#chunks?.choice(choice, number, chunk, out);
    const delta = messageIn(choice);
    if (listOf(delta.tool_calls).length > 0 || legacyCall(delta)) this.#called.add(number);
    const word = finishWord(choice.finish_reason);
    if (word === undefined) return undefined;
    const fault = failedFinish(word);
    if (fault) return fault;
    this.#chunks?.closeChoice(number, out);
    // Some providers say it again in the chunk with the usage.
    if (this.#finished.has(number)) return undefined;
    this.#finished.add(number);
    out.push({ type: "choice-finish", choice: number, finish: readFinish(word, this.#called.has(number)) });
    return undefined;
  }
}

function parsed(data: string): JsonObject {
  let chunk: unknown;
  try {
    chunk = JSON.parse(data);
  } catch (cause) {
    throw new Fault("upstream_malformed", { message: "The provider sent an event that is not valid JSON.", cause });
  }
  if (!isObject(chunk)) throw new Fault("upstream_malformed", { message: "The provider sent an event that is not a JSON object." });
  return chunk;
}

function joined(pieces: readonly Uint8Array[], rest: Uint8Array): Uint8Array {
  const filled = [...pieces, rest].filter((piece) => piece.length > 0);
  if (filled.length <= 1) return filled[0] ?? nothing;
  return Buffer.concat(filled);
}
