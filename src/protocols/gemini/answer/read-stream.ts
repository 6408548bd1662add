import { type AnswerEvent, type Piece, parseMessage } from "../../../exchange/index.ts";
import type { ReadStreamOptions, StreamReader } from "../../dialect.ts";
import { sseFrames } from "../../framing/sse.ts";
import { FrameWalk, type Verdict } from "../../framing/walk-frames.ts";
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
  readonly #walk = new FrameWalk();
  #visible = false;

  constructor(chunks: AnswerState | ChunkReader) {
    this.#chunks = chunks;
  }

  read(frames: Uint8Array): Piece {
    const events: AnswerEvent[] = [];
    const raw = this.#walk.walk(frames, sseFrames(frames), events, ({ data }) => this.#frame(data, events));
    return { raw, events, visible: this.#visible, last: false };
  }

  /** Only an error is over before the connection is. */
  ended(): boolean {
    return !this.#walk.over && this.#chunks.whole();
  }

  #frame(data: string, out: AnswerEvent[]): Verdict {
    const chunk = chunkOf(data);
    if (!chunk) return "more";
    const fault = faultIn(chunk);
    if (fault) {
      out.push({ type: "answer-error", fault, told: true });
      return "over";
    }
    this.#chunks.read(chunk, out);
    if (out.at(-1)?.type === "answer-error") return "over";
    this.#visible ||= isVisible(chunk);
    return "more";
  }
}

/** Undefined where the frame says nothing. */
function chunkOf(data: string): Fields | undefined {
  if (data === "" || data === "[DONE]") return undefined;
  let chunk: unknown;
  try {
    chunk = parseMessage(data);
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
