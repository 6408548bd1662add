import { type AnswerEvent, Fault } from "../../exchange/index.ts";

/** Where a frame stands in its run. */
export interface FramePlace {
  readonly start: number;
  readonly end: number;
  /** The frame cannot be read, and no frame follows. */
  readonly broken?: Fault;
}

/** What becomes of a frame: it passes; it is left out; it passes as the last one; it is left out, and is an error that our own words tell. */
export type Verdict = "more" | "strip" | "over" | "fail";

const lf = 0x0a;
const cr = 0x0d;
const nothing = new Uint8Array(0);

/**
 * Walks the frames of a stream, once for all dialects, so that what is read and what passes does not depend on how frames
 * came together: frames before a broken one are not lost with it, and behind the end or an error nothing is read, so
 * nothing passes.
 */
export class FrameWalk {
  #over = false;
  /** The provider's own words ended it, behind which one more mark may stand. */
  #told = false;
  /** The last frame ended in a CR: a line feed that comes next belongs to it, and goes where it went. */
  #afterCr: "passes" | "goes" | undefined;

  /** The end came, or an error. */
  get over(): boolean {
    return this.#over;
  }

  /**
   * @param frames are taken one by one, each after the step before it
   * @param isMark frames that may stand behind the end: some providers set one more mark there
   * @returns the bytes that pass
   * @throws Fault `upstream_malformed` for a broken frame that is the first of its run
   */
  walk<Frame extends FramePlace>(
    run: Uint8Array,
    frames: Iterable<Frame>,
    out: AnswerEvent[],
    step: (frame: Frame) => Verdict,
    isMark: (frame: Frame) => boolean = () => false,
  ): Uint8Array {
    const passed: Uint8Array[] = [];
    let from = this.#afterCr === "goes" && run[0] === lf ? 1 : 0;
    if (this.#afterCr === "passes" && run[0] === lf) passed.push(run.subarray(0, 1));
    this.#afterCr = undefined;
    for (const frame of frames) {
      if (this.#over) {
        if (frame.broken) this.#told = false;
        if (!this.#told || !isMark(frame)) continue;
        passed.push(run.subarray(frame.start, frame.end));
        this.#noteEnd(run, frame, "passes");
        continue;
      }
      const verdict = this.#verdict(frame, out, step);
      if (verdict === "more") continue;
      passed.push(run.subarray(from, verdict === "over" ? frame.end : frame.start));
      from = frame.end;
      this.#over = verdict !== "strip";
      this.#told = verdict === "over";
      this.#noteEnd(run, frame, verdict === "over" ? "passes" : "goes");
    }
    if (!this.#over) passed.push(run.subarray(from));
    const raw = joined(passed);
    return raw.length === run.length ? run : raw;
  }

  #noteEnd(run: Uint8Array, frame: FramePlace, way: "passes" | "goes"): void {
    if (frame.end === run.length && run[frame.end - 1] === cr) this.#afterCr = way;
  }

  #verdict<Frame extends FramePlace>(frame: Frame, out: AnswerEvent[], step: (frame: Frame) => Verdict): Verdict {
    const before = out.length;
    try {
      if (frame.broken) throw frame.broken;
      return step(frame);
    } catch (error) {
      this.#over = true;
      if (frame.start === 0 || !(error instanceof Fault)) throw error;
      out.length = before;
      out.push({ type: "answer-error", fault: error });
      return "fail";
    }
  }
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const filled = pieces.length > 1 ? pieces.filter((piece) => piece.length > 0) : pieces;
  return filled.length > 1 ? Buffer.concat(filled) : (filled[0] ?? nothing);
}
