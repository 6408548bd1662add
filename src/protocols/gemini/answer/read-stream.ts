import { type AnswerEvent, Fault, type Piece } from "../../../exchange/index.ts";
import type { ReadStreamOptions, StreamReader } from "../../dialect.ts";
import { sseEvents } from "../../sse.ts";
import { faultIn } from "../faults.ts";
import { type Fields, fieldsOf, isFields, listOf, unreadable } from "../fields.ts";
import { AnswerState } from "./answer-state.ts";
import { ChunkReader } from "./read-chunk.ts";

/** @throws Fault `upstream_malformed` while reading */
export function readStream({ depth }: ReadStreamOptions): StreamReader {
  return new GeminiStreamReader(depth === "skim" ? new AnswerState() : new ChunkReader());
}

/** The wire has no mark for the end: `ended` tells, so the reader never sends `answer-end`, and no piece is the last. */
class GeminiStreamReader implements StreamReader {
  readonly #chunks: AnswerState | ChunkReader;
  #visible = false;
  #failed = false;

  constructor(chunks: AnswerState | ChunkReader) {
    this.#chunks = chunks;
  }

  read(frames: Uint8Array): Piece {
    const events: AnswerEvent[] = [];
    let raw = frames;
    for (const [index, frame] of sseEvents(frames).entries()) {
      if (this.#failed) break;
      try {
        this.#frame(frame.data, events);
      } catch (error) {
        // Frames that came before it are not lost with one that cannot be read.
        if (index === 0 || !(error instanceof Fault)) throw error;
        this.#failed = true;
        events.push({ type: "answer-error", fault: error });
        raw = frames.subarray(0, frame.start);
      }
    }
    return { raw, events, visible: this.#visible, last: false };
  }

  ended(): boolean {
    return !this.#failed && this.#chunks.whole();
  }

  #frame(data: string, out: AnswerEvent[]): void {
    const chunk = chunkOf(data);
    if (!chunk) return;
    const fault = faultIn(chunk);
    if (fault) {
      this.#failed = true;
      out.push({ type: "answer-error", fault, told: true });
      return;
    }
    this.#chunks.read(chunk, out);
    this.#failed = out.at(-1)?.type === "answer-error";
    this.#visible ||= !this.#failed && isVisible(chunk);
  }
}

/** Undefined where the frame says nothing. */
function chunkOf(data: string): Fields | undefined {
  if (data === "" || data === "[DONE]") return undefined;
  let chunk: unknown;
  try {
    chunk = JSON.parse(data);
  } catch (cause) {
    throw unreadable("The provider sent an event that is not valid JSON.", cause);
  }
  const only = Array.isArray(chunk) ? chunk[0] : chunk;
  if (!isFields(only)) throw unreadable("The provider sent an event that is not an object.");
  return only;
}

/** An empty text shows nothing. */
function isVisible(chunk: Fields): boolean {
  if (isFields(chunk.promptFeedback) && chunk.promptFeedback.blockReason !== undefined) return true;
  return listOf(chunk.candidates).some((candidate) => {
    const parts = isFields(candidate) ? listOf(fieldsOf(candidate.content).parts) : [];
    return parts.some((part) => isFields(part) && part.text !== "");
  });
}
