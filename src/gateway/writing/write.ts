import type { Meter } from "../../accounting/index.ts";
import {
  Awaited,
  type Exchange,
  Fault,
  type Flow,
  type GatewayRequest,
  type Head,
  type Loss,
  type Piece,
  Pieces,
} from "../../exchange/index.ts";
import type { Counter, Reservation } from "../../policies/index.ts";
import { AnswerLosses, type AnyDialect, type Codec, Collector, type StreamWriter, type WriteContext } from "../../protocols/index.ts";
import type { Call } from "../../providers/index.ts";
import type { Engine, Speaker } from "../line.ts";
import { headersOf } from "./answer-headers.ts";
import { ArrayFlow, type JsonArray } from "./json-array.ts";

/** How the gateway speaks to one caller, and how far it has come; the rescue goes on from there. */
export interface Speech {
  readonly engine: Engine;
  readonly meter: Meter;
  readonly codec: Codec;
  readonly dialect: AnyDialect | undefined;
  readonly http: GatewayRequest;
  headSent: boolean;
  /** What the request counts in, for the headers; undefined where nothing is limited. */
  counters: readonly Counter[] | undefined;
  /** What was set aside for it; undefined where nothing was. */
  held?: Reservation[];
  /** What is being answered, once it was read. */
  exchange: Exchange | undefined;
  /** The client has read the error already, in the provider's own words; `ending`: as the end of a stream that is whole. */
  errorTold: boolean | "ending";
  /** Streams go out as its elements, where the caller reads one. */
  readonly array: JsonArray | undefined;
  /** The answer is a stream of events, so that an error can be one too. */
  events: boolean;
  /** The writer of a translated stream, which knows how far it has come. */
  writer: StreamWriter | undefined;
  /** What a translated answer has lost so far, behind what its request had lost. */
  lost?: { readonly before: readonly Loss[]; readonly watch: AnswerLosses } | undefined;
}

/** Nothing has been said yet. */
export function newSpeech(
  engine: Engine,
  meter: Meter,
  codec: Codec,
  dialect: AnyDialect | undefined,
  http: GatewayRequest,
  array: JsonArray | undefined,
): Speech {
  return {
    engine,
    meter,
    codec,
    dialect,
    http,
    array,
    headSent: false,
    counters: undefined,
    errorTold: false,
    events: false,
    exchange: undefined,
    writer: undefined,
  };
}

const encoder = new TextEncoder();
const nothing: Uint8Array = new Uint8Array(0);

export function speakerOf(call: Call): Speaker {
  const { native, surface, shape, target, losses, contentType } = call;
  const speaker = { native, surface, shape, provider: target.upstream.name, model: target.model, losses: losses.list };
  return contentType === undefined ? speaker : { ...speaker, contentType };
}

/**
 * A streamed answer: the head, and the caller's bytes. The head waits for the first piece, so that a failure until then has
 * a status of its own.
 */
export async function writeStream(pieces: AsyncIterable<Piece>, exchange: Exchange, speaker: Speaker, speech: Speech): Promise<Head> {
  speech.events = speaker.contentType === undefined || speaker.contentType.includes("event-stream");
  if (!speaker.native) {
    speech.writer = dialectOf(speech).writeStream(contextOf(exchange));
    speech.lost = { before: speaker.losses, watch: new AnswerLosses(exchange.surface) };
  }
  const flow = new ByteFlow(pieces, speech, speaker.native ? undefined : speech.writer);
  await flow.begin();
  return begin(exchange, speaker, speech, speech.array ? new ArrayFlow(flow, speech.array) : flow);
}

const ended: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** Pieces → the caller's bytes, as they are drawn: untouched where both sides speak the same dialect, else from the events. */
class ByteFlow implements Flow<Uint8Array> {
  readonly #pieces: Pieces;
  readonly #speech: Speech;
  /** Undefined where the bytes pass as they came. */
  readonly #writer: StreamWriter | undefined;
  /** Bytes that wait for the journal. */
  readonly #settling = new Awaited<Uint8Array>();
  #first: ByteStep | undefined;
  ending = false;

  constructor(pieces: AsyncIterable<Piece>, speech: Speech, writer: StreamWriter | undefined) {
    this.#pieces = Pieces.of(pieces);
    this.#speech = speech;
    this.#writer = writer;
  }

  /** Draws the first piece, which may have no bytes for the caller. */
  async begin(): Promise<void> {
    const step = await this.#pieces.next();
    const bytes = step.done ? nothing : bytesOf(step.value, this.#speech, this.#writer);
    if (step.value?.last) await this.#settle();
    if (step.done) this.#first = ended;
    else if (bytes.length > 0) this.#first = { done: false, value: bytes };
  }

  poll(ready: () => void): ByteStep | undefined {
    const first = this.#first;
    this.#first = undefined;
    if (first) return first;
    for (;;) {
      if (this.#settling.waiting) {
        const bytes = this.#settling.take()?.value;
        if (!bytes || bytes.length > 0) return bytes && { done: false, value: bytes };
      }
      const step = this.#pieces.poll(ready);
      if (!step || step.done) return step;
      const bytes = bytesOf(step.value, this.#speech, this.#writer);
      // The journal has the record before the last bytes leave.
      const kept = step.value.last ? this.#settle() : undefined;
      if (kept) {
        const keptBytes = kept.then(() => bytes);
        this.#settling.wait(keptBytes, ready);
        return undefined;
      }
      if (bytes.length > 0) return { done: false, value: bytes };
    }
  }

  async next(): Promise<ByteStep> {
    for (;;) {
      const first = this.#first;
      this.#first = undefined;
      if (first) return first;
      const step = await this.#pieces.next();
      if (step.done) return ended;
      const bytes = bytesOf(step.value, this.#speech, this.#writer);
      if (step.value.last) await this.#settle();
      if (bytes.length > 0) return { done: false, value: bytes };
    }
  }

  #settle(): Promise<void> | undefined {
    this.ending = true;
    return settle(this.#speech, 200);
  }

  async return(): Promise<IteratorReturnResult<undefined>> {
    await this.#pieces.return();
    return ended;
  }
}

type ByteStep = IteratorResult<Uint8Array, undefined>;

function bytesOf(piece: Piece, speech: Speech, writer: StreamWriter | undefined): Uint8Array {
  if (writer) {
    watchLosses(piece, speech);
    const written = writer.write(piece.events);
    return typeof written === "string" ? (written === "" ? nothing : encoder.encode(written)) : written;
  }
  if (!piece.raw) return nothing;
  for (const event of piece.events) if (event.type === "answer-error" && event.told) speech.errorTold = event.told;
  return piece.raw;
}

/** An answer in one: the head with its body. Mostly all of it is here, and then nothing needs to be waited for. */
export function writeWhole(pieces: AsyncIterable<Piece>, exchange: Exchange, speaker: Speaker, speech: Speech): Head | Promise<Head> {
  const sole = pieces instanceof Pieces ? pieces.sole() : undefined;
  if (sole) return written([sole], exchange, speaker, speech);
  return Array.fromAsync(pieces).then((all) => written(all, exchange, speaker, speech));
}

function written(all: readonly Piece[], exchange: Exchange, speaker: Speaker, speech: Speech): Head | Promise<Head> {
  if (!speaker.native) speech.lost = { before: speaker.losses, watch: new AnswerLosses(exchange.surface) };
  const body = speaker.native ? passedWhole(all) : translatedWhole(all, exchange, speech);
  const kept = settle(speech, 200);
  return kept ? kept.then(() => begin(exchange, speaker, speech, body)) : begin(exchange, speaker, speech, body);
}

function passedWhole(pieces: readonly Piece[]): Uint8Array {
  if (pieces.length === 1) return pieces[0]?.raw ?? nothing;
  return Buffer.concat(pieces.map(({ raw }) => raw ?? nothing));
}

function translatedWhole(pieces: readonly Piece[], exchange: Exchange, speech: Speech): Uint8Array {
  const collector = new Collector();
  for (const piece of pieces) {
    watchLosses(piece, speech);
    for (const event of piece.events) collector.add(event);
  }
  return encoder.encode(JSON.stringify(dialectOf(speech).writeAnswer(collector.answer(), contextOf(exchange))));
}

/** Notes what the caller's dialect has no form for, and ends a strict caller's answer there. @throws Fault `request_lossy` */
function watchLosses({ events }: Piece, { lost, meter, exchange }: Speech): void {
  if (!lost) return;
  const { list } = lost.watch.losses;
  const known = list.length;
  for (const event of events) lost.watch.see(event);
  if (list.length === known) return;
  meter.detail.warnings = [...lost.before, ...list];
  const serious = exchange?.strict ? list.find((loss) => loss.class === "S") : undefined;
  if (serious) {
    const message = `x-sluice-strict: in this endpoint's answers would be lost: ${serious.code} (${serious.path}). Ask at the endpoint of the model's own dialect, or send no x-sluice-strict.`;
    throw new Fault("request_lossy", { message, param: serious.path });
  }
}

/** The journal has the record before the last bytes leave. @throws Fault `journal_failed` */
function settle({ meter }: Speech, status: number): Promise<void> | undefined {
  meter.status = status;
  return meter.settle();
}

function begin(exchange: Exchange, speaker: Speaker, speech: Speech, body: Head["body"]): Head {
  speech.headSent = true;
  speech.meter.status = 200;
  const heard = speech.lost ? { ...speaker, losses: [...speaker.losses, ...speech.lost.watch.losses.list] } : speaker;
  return { status: 200, headers: headersOf(exchange, heard, speech), body };
}

export function dialectOf({ dialect }: Speech): AnyDialect {
  if (!dialect) throw new Fault("request_unsupported", { message: "This endpoint's answers cannot be translated." });
  return dialect;
}

export function contextOf(exchange: Exchange): WriteContext {
  return { request: exchange.read(), requestId: exchange.id, createdAt: Math.floor(exchange.startedAt / 1000) };
}
