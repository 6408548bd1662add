import { type AnswerEvent, Fault, type Piece, parseJson } from "../../exchange/index.ts";
import type { ReadStreamOptions, StreamReader } from "../dialect.ts";
import { type SseEvent, sseFrames } from "../framing/sse.ts";
import { FrameWalk, type Verdict } from "../framing/walk-frames.ts";
import { faultIn } from "./faults.ts";
import { failedFinish, finishWord, readFinish } from "./finish.ts";
import { isObject, type JsonObject, listOf, numberOf, objectOf } from "./json-value.ts";
import { ChunkReader } from "./read-chunk.ts";
import { isVisible, legacyCall, messageIn } from "./read-delta.ts";
import { isPlainData, isPlainRun } from "./skim-frames.ts";
import { usageIn } from "./usage.ts";

const noEvents: readonly AnswerEvent[] = [];

export function readStream(options: ReadStreamOptions): StreamReader {
  return new ChatStreamReader(options);
}

class ChatStreamReader implements StreamReader {
  readonly #stripUsage: boolean;
  /** Undefined at depth `skim`. */
  readonly #chunks: ChunkReader | undefined;
  readonly #walk = new FrameWalk();
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
    const over = this.#walk.over;
    if (!over && !this.#chunks && this.#visible && isPlainRun(frames, this.#called.size > 0)) {
      return { raw: frames, events: noEvents, visible: true, last: false };
    }
    const wasEnded = this.#ended;
    const out: AnswerEvent[] = [];
    // Some providers set the end mark behind their error too; behind a choice that failed others may go on.
    const isMark = ({ data }: SseEvent) => !this.#ended && (data === "[DONE]" || (this.#failed && !this.#isStripped(data)));
    const raw = this.#walk.walk(frames, sseFrames(frames), out, (frame) => this.#frame(frame, out), isMark);
    return { raw, events: out, visible: this.#visible, last: this.#ended && !wasEnded };
  }

  /** Whole with its `[DONE]`, or where a provider that sends none closes after the last finish. */
  ended(): boolean {
    if (this.#ended) return true;
    if (this.#walk.over || this.#finished.size === 0) return false;
    for (const choice of this.#seen) if (!this.#finished.has(choice)) return false;
    return true;
  }

  /** A frame that cannot be read is left out: the error then goes out in our own words. */
  #frame(frame: SseEvent, out: AnswerEvent[]): Verdict {
    const { data } = frame;
    if (data === "") return "more";
    if (data.startsWith("[DONE]")) {
      this.#finishRest(out);
      out.push({ type: "answer-end" });
      this.#ended = true;
      return "over";
    }
    if (!this.#chunks && this.#visible && frame.event !== "error" && isPlainData(data, this.#called.size > 0)) return "more";
    const chunk = parsed(data);
    const fault = faultIn(frame.event === "error" && chunk.error === undefined ? { error: chunk } : chunk);
    if (!fault) return this.#chunk(chunk, out);
    const usage = usageIn(chunk);
    if (usage) out.push({ type: "usage-report", usage });
    out.push({ type: "answer-error", fault, told: true });
    return "over";
  }

  /** What was used, which the caller had not asked to be told; what cannot be read goes with it. */
  #isStripped(data: string): boolean {
    if (!this.#stripUsage) return false;
    try {
      const chunk = parsed(data);
      return Array.isArray(chunk.choices) && chunk.choices.length === 0 && usageIn(chunk) !== undefined;
    } catch {
      return true;
    }
  }

  /** The end mark also ends choices whose provider gave no reason. */
  #finishRest(out: AnswerEvent[]): void {
    for (const choice of this.#seen) {
      if (this.#finished.has(choice)) continue;
      this.#chunks?.closeChoice(choice, out);
      out.push({ type: "choice-finish", choice, finish: { reason: this.#called.has(choice) ? "call" : "stop" } });
    }
  }

  #chunk(chunk: JsonObject, out: AnswerEvent[]): Verdict {
    this.#visible ||= isVisible(chunk);
    const choices = listOf(chunk.choices);
    if (choices.length > 0) this.#chunks?.start(chunk, out);
    let fault: Fault | undefined;
    for (const [position, entry] of choices.entries()) {
      const choice = objectOf(entry);
      fault ??= faultIn(choice) ?? this.#choice(choice, position, chunk, out);
    }
    const usage = usageIn(chunk);
    if (usage) out.push({ type: "usage-report", usage });
    if (fault) {
      out.push({ type: "answer-error", fault, told: "ending" });
      this.#failed = true;
      return "over";
    }
    return this.#stripUsage && usage && Array.isArray(chunk.choices) && choices.length === 0 ? "strip" : "more";
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
    chunk = parseJson(data);
  } catch (cause) {
    throw new Fault("upstream_malformed", { message: "The provider sent an event that is not valid JSON.", cause });
  }
  if (!isObject(chunk)) throw new Fault("upstream_malformed", { message: "The provider sent an event that is not a JSON object." });
  return chunk;
}
