import { Fault, type Flow, type Piece, Pieces } from "../exchange/index.ts";
import {
  type AnyDialect,
  type Cutter,
  cutterOf,
  type ReadStreamOptions,
  type StreamReader,
  sseFrames,
  type Wrapping,
} from "../protocols/index.ts";
import type { UpstreamAnswer } from "./transport/transport.ts";
import type { Target } from "./upstream.ts";
import { withoutErrorBody } from "./whole-answer.ts";

const surplusMs = 250;
/** Chunks behind the end; a mark with its name may come byte by byte. */
const mostSurplus = 64;
const nothing = new Uint8Array(0);

/** Whose frames they are. */
export type FrameSpeaker = Pick<AnyDialect, "framing" | "readStream"> & { readonly maxEventBytes?: number | undefined };

/** An upstream's chunks → pieces of whole frames. */
export class FrameStream extends Pieces {
  readonly #chunks: Flow<Uint8Array>;
  readonly #reader: StreamReader;
  readonly #target: Target;
  readonly #native: boolean;
  readonly #cutter: Cutter;
  /** An error that stood behind good frames in one piece, and may not go on as it came. */
  #held: Piece | undefined;
  /** What comes behind the end. */
  #tail: AsyncGenerator<Piece, undefined> | undefined;

  /** @param native the caller speaks the upstream's dialect */
  constructor(
    answer: UpstreamAnswer,
    dialect: FrameSpeaker,
    options: ReadStreamOptions,
    target: Target,
    native: boolean,
    wrapping?: Wrapping,
  ) {
    super();
    this.#native = native;
    this.#chunks = answer.body[Symbol.asyncIterator]();
    this.#reader = dialect.readStream(options);
    this.#cutter = cutterOf(wrapping ?? dialect.framing ?? "sse", dialect.maxEventBytes);
    this.#target = target;
  }

  protected draw(): Promise<Step> {
    const held = this.#takeHeld();
    if (held) return Promise.resolve(this.passed({ done: false, value: held }));
    if (this.#tail) return this.#tail.next().then(this.passed, this.broken);
    return this.#chunks.next().then(this.#read, this.broken);
  }

  protected override look(ready: () => void): Step | undefined {
    const held = this.#takeHeld();
    if (held) return this.passed({ done: false, value: held });
    while (!this.#tail && this.#chunks.poll) {
      const step = this.#poll(ready);
      if (!step) return undefined;
      const piece = this.#pieceOf(step);
      if (piece) return this.passed({ done: false, value: piece });
    }
    return super.look(ready);
  }

  #takeHeld(): Piece | undefined {
    const held = this.#held;
    this.#held = undefined;
    return held;
  }

  #poll(ready: () => void): IteratorResult<Uint8Array, undefined> | undefined {
    try {
      return this.#chunks.poll?.(ready);
    } catch (error) {
      return this.broken(error);
    }
  }

  protected async leave(): Promise<void> {
    await this.#tail?.return(undefined);
    await this.#chunks.return?.();
  }

  readonly #read = (step: IteratorResult<Uint8Array, undefined>): Step | Promise<Step> => {
    const piece = this.#pieceOf(step);
    return piece ? this.passed({ done: false, value: piece }) : this.draw();
  };

  /** Undefined where the chunk completes nothing, or was the end. */
  #pieceOf(step: IteratorResult<Uint8Array, undefined>): Piece | undefined {
    if (step.done) {
      this.#tail = remainder(this.#cutter, this.#reader, this.#target, this.#native);
      return undefined;
    }
    try {
      const run = this.#cutter.push(step.value);
      if (run.length === 0) return undefined;
      const piece = forCaller(this.#reader.read(run), this.#target, this.#native);
      if (piece.last || piece.events.some(isError)) this.#tail = surplus(this.#chunks, this.#cutter, this.#reader);
      const before = piece.raw === undefined && this.#native ? beforeLeak(run, this.#target) : nothing;
      if (before.length === 0) return piece;
      this.#held = { ...piece, events: piece.events.filter(isError) };
      return { ...piece, raw: before, events: piece.events.filter((event) => !isError(event)), last: false };
    } catch (error) {
      return this.broken(error);
    }
  }
}

type Step = IteratorResult<Piece, undefined>;

export function isError(event: Piece["events"][number]): boolean {
  return event.type === "answer-error";
}

/** The upstream closed: a last frame without its blank line, and the verdict. @throws Fault `upstream_incomplete` */
async function* remainder(cutter: Cutter, reader: StreamReader, target: Target, native: boolean): AsyncGenerator<Piece, undefined> {
  const rest = cutter.last();
  if (rest.length > 0) {
    const piece = forCaller(reader.read(rest), target, native);
    yield piece;
    if (piece.last) return;
  }
  if (!reader.ended()) throw new Fault("upstream_incomplete");
  // Whole, though the provider has no mark for it.
  yield { raw: nothing, events: [{ type: "answer-end" }], visible: true, last: true };
}

/**
 * Behind the end of an answer, or an error, little may come: a last mark, and the end of the connection's body, for which it is worth
 * waiting a moment, because the connection can be used again then.
 */
async function* surplus(chunks: AsyncIterator<Uint8Array>, cutter: Cutter, reader: StreamReader): AsyncGenerator<Piece, undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), surplusMs);
  });
  let over = false;
  try {
    for (let surplusChunks = 0; surplusChunks < mostSurplus; surplusChunks++) {
      const next = await Promise.race([chunks.next(), late]);
      over = next?.done === true;
      if (!next || next.done) return;
      const run = cutter.push(next.value);
      if (run.length > 0) yield reader.read(run);
    }
  } catch {
    // The answer was whole; how its connection ends is nobody's fault.
    over = true;
  } finally {
    clearTimeout(timer);
    if (!over) await chunks.return?.();
  }
}

/** The frames of a run that come before the one in which the gateway's credential stands; none where they cannot be told apart. */
function beforeLeak(run: Uint8Array, { upstream }: Target): Uint8Array {
  const isClean = (bytes: Uint8Array) => !upstream.leaks(new TextDecoder().decode(bytes));
  const leaking = sseFrames(run).find(({ start, end }) => !isClean(run.subarray(start, end)));
  const before = run.subarray(0, leaking?.start ?? 0);
  return isClean(before) ? before : nothing;
}

/** An error inside a stream goes on in the provider's own words, unless they hold the gateway's credential or are of another dialect. */
function forCaller(piece: Piece, target: Target, native: boolean): Piece {
  if (!piece.raw || !piece.events.some(isError)) return piece;
  const leaking = target.upstream.leaks(new TextDecoder().decode(piece.raw));
  if (!leaking) return native ? piece : { ...piece, events: piece.events.map(withoutErrorBody) };
  const events = piece.events.map((event) =>
    event.type === "answer-error" ? { type: event.type, fault: new Fault(event.fault.code) } : event,
  );
  return { ...piece, raw: undefined, events };
}
