import type { Meter } from "../accounting/index.ts";
import { type Exchange, Fault, type GatewayRequest, type Head, type Piece, Pieces } from "../exchange/index.ts";
import { type Codec, Collector, type Dialect, type StreamWriter, type WriteContext } from "../protocols/index.ts";
import type { Call } from "../providers/index.ts";
import { headersOf } from "./answer-headers.ts";
import type { Engine, Speaker } from "./line.ts";

/** How the gateway speaks to one caller, and how far it has come; the rescue goes on from there. */
export interface Speech {
  readonly engine: Engine;
  readonly meter: Meter;
  readonly codec: Codec;
  readonly dialect: Dialect | undefined;
  readonly http: GatewayRequest;
  headSent: boolean;
  /** What is being answered, once it was read. */
  exchange: Exchange | undefined;
  /** The client has read the error already, in the provider's own words. */
  errorTold: boolean;
  /** The writer of a translated stream, which knows how far it has come. */
  writer: StreamWriter | undefined;
}

const encoder = new TextEncoder();
const nothing: Uint8Array = new Uint8Array(0);

export function speakerOf(call: Call): Speaker {
  const { native, surface, shape, target, losses } = call;
  return { native, surface, shape, provider: target.upstream.name, model: target.model, losses: losses.list };
}

/**
 * A streamed answer: the head, and the caller's bytes. The head waits for the first piece, so that a failure until then has
 * a status of its own.
 */
export async function writeStream(pieces: AsyncIterable<Piece>, exchange: Exchange, speaker: Speaker, speech: Speech): Promise<Head> {
  if (!speaker.native) speech.writer = dialectOf(speech).writeStream(contextOf(exchange));
  const flow = new Flow(pieces[Symbol.asyncIterator](), speech, speaker.native ? undefined : speech.writer);
  await flow.begin();
  return begin(exchange, speaker, speech, flow);
}

const ended: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * Pieces → the caller's bytes, as they are drawn: untouched where both sides speak the same dialect, else from the events.
 * No generator: this stands in the way of every chunk.
 */
class Flow implements AsyncIterator<Uint8Array, undefined> {
  readonly #pieces: AsyncIterator<Piece>;
  readonly #speech: Speech;
  /** Undefined where the bytes pass as they came. */
  readonly #writer: StreamWriter | undefined;
  #first: IteratorResult<Uint8Array, undefined> | undefined;

  constructor(pieces: AsyncIterator<Piece>, speech: Speech, writer: StreamWriter | undefined) {
    this.#pieces = pieces;
    this.#speech = speech;
    this.#writer = writer;
  }

  /** Draws the first piece, which may have no bytes for the caller. */
  async begin(): Promise<void> {
    const step = await this.#pieces.next();
    const bytes = step.done ? nothing : bytesOf(step.value, this.#speech, this.#writer);
    if (step.value?.last) await settle(this.#speech, 200);
    if (step.done) this.#first = ended;
    else if (bytes.length > 0) this.#first = { done: false, value: bytes };
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const first = this.#first;
    if (first) {
      this.#first = undefined;
      return Promise.resolve(first);
    }
    return this.#pieces.next().then(this.#said);
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    await this.#pieces.return?.();
    return ended;
  }

  readonly #said = (
    step: IteratorResult<Piece>,
  ): IteratorResult<Uint8Array, undefined> | Promise<IteratorResult<Uint8Array, undefined>> => {
    if (step.done) return ended;
    const speech = this.#speech;
    const bytes = bytesOf(step.value, speech, this.#writer);
    // The journal has the record before the last bytes leave.
    const kept = step.value.last ? settle(speech, 200) : undefined;
    if (kept) return kept.then(() => this.#given(bytes));
    return this.#given(bytes);
  };

  #given(bytes: Uint8Array): IteratorResult<Uint8Array, undefined> | Promise<IteratorResult<Uint8Array, undefined>> {
    return bytes.length === 0 ? this.next() : { done: false, value: bytes };
  }
}

function bytesOf(piece: Piece, speech: Speech, writer: StreamWriter | undefined): Uint8Array {
  if (writer) {
    const text = writer.write(piece.events);
    return text === "" ? nothing : encoder.encode(text);
  }
  if (!piece.raw) return nothing;
  for (const event of piece.events) if (event.type === "answer-error" && event.told) speech.errorTold = true;
  return piece.raw;
}

/** An answer in one: the head with its body. */
export async function writeWhole(pieces: AsyncIterable<Piece>, exchange: Exchange, speaker: Speaker, speech: Speech): Promise<Head> {
  // Mostly all of it is here, and then nothing needs to be waited for.
  const sole = pieces instanceof Pieces ? pieces.sole() : undefined;
  const all = sole ? [sole] : await Array.fromAsync(pieces);
  const body = speaker.native ? passedWhole(all) : translatedWhole(all, exchange, speech);
  const kept = settle(speech, 200);
  if (kept) await kept;
  return begin(exchange, speaker, speech, body);
}

function passedWhole(pieces: readonly Piece[]): Uint8Array {
  if (pieces.length === 1) return pieces[0]?.raw ?? nothing;
  return Buffer.concat(pieces.map(({ raw }) => raw ?? nothing));
}

function translatedWhole(pieces: readonly Piece[], exchange: Exchange, speech: Speech): Uint8Array {
  const collector = new Collector();
  for (const piece of pieces) for (const event of piece.events) collector.add(event);
  return encoder.encode(JSON.stringify(dialectOf(speech).writeAnswer(collector.answer(), contextOf(exchange))));
}

/** The journal has the record before the last bytes leave. @throws Fault `journal_failed` */
function settle({ meter }: Speech, status: number): Promise<void> | undefined {
  meter.status = status;
  return meter.settle();
}

function begin(exchange: Exchange, speaker: Speaker, speech: Speech, body: Head["body"]): Head {
  speech.headSent = true;
  speech.meter.status = 200;
  return { status: 200, headers: headersOf(exchange, speaker, speech.meter), body };
}

export function dialectOf({ dialect }: Speech): Dialect {
  if (!dialect) throw new Fault("request_unsupported", { message: "This endpoint's answers cannot be translated." });
  return dialect;
}

export function contextOf(exchange: Exchange): WriteContext {
  return { request: exchange.read(), requestId: exchange.id, createdAt: Math.floor(exchange.startedAt / 1000) };
}
