import type { Meter } from "../accounting/index.ts";
import { type Exchange, Fault, type GatewayRequest, type Head, type Piece } from "../exchange/index.ts";
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
 * A streamed answer: the head, then the caller's bytes. The head waits for the first piece, so that a failure until then
 * has a status of its own.
 */
export function writeStream(
  pieces: AsyncIterable<Piece>,
  exchange: Exchange,
  speaker: Speaker,
  speech: Speech,
): AsyncGenerator<Head | Uint8Array> {
  return speaker.native ? passed(pieces, exchange, speaker, speech) : translated(pieces, exchange, speaker, speech);
}

/** The same dialect on both sides: the bytes go through as they came. */
async function* passed(
  pieces: AsyncIterable<Piece>,
  exchange: Exchange,
  speaker: Speaker,
  speech: Speech,
): AsyncGenerator<Head | Uint8Array> {
  for await (const piece of pieces) {
    if (piece.last) await settle(speech, 200);
    if (!speech.headSent) yield begin(exchange, speaker, speech);
    if (!piece.raw || piece.raw.length === 0) continue;
    yield piece.raw;
    speech.errorTold ||= piece.events.some((event) => event.type === "answer-error" && event.told === true);
  }
}

async function* translated(
  pieces: AsyncIterable<Piece>,
  exchange: Exchange,
  speaker: Speaker,
  speech: Speech,
): AsyncGenerator<Head | Uint8Array> {
  const writer = dialectOf(speech).writeStream(contextOf(exchange));
  speech.writer = writer;
  for await (const piece of pieces) {
    const text = writer.write(piece.events);
    if (piece.last) await settle(speech, 200);
    if (!speech.headSent) yield begin(exchange, speaker, speech);
    if (text !== "") yield encoder.encode(text);
  }
}

/** An answer in one: the head with its body. */
export async function writeWhole(pieces: AsyncIterable<Piece>, exchange: Exchange, speaker: Speaker, speech: Speech): Promise<Head> {
  const body = speaker.native ? await passedWhole(pieces) : await translatedWhole(pieces, exchange, speech);
  const kept = settle(speech, 200);
  if (kept) await kept;
  return begin(exchange, speaker, speech, body);
}

async function passedWhole(pieces: AsyncIterable<Piece>): Promise<Uint8Array> {
  let body = nothing;
  for await (const { raw } of pieces) if (raw) body = body.length === 0 ? raw : Buffer.concat([body, raw]);
  return body;
}

async function translatedWhole(pieces: AsyncIterable<Piece>, exchange: Exchange, speech: Speech): Promise<Uint8Array> {
  const collector = new Collector();
  for await (const piece of pieces) for (const event of piece.events) collector.add(event);
  return encoder.encode(JSON.stringify(dialectOf(speech).writeAnswer(collector.answer(), contextOf(exchange))));
}

/** The journal has the record before the last bytes leave. @throws Fault `journal_failed` */
function settle({ meter }: Speech, status: number): Promise<void> | undefined {
  meter.status = status;
  return meter.settle();
}

function begin(exchange: Exchange, speaker: Speaker, speech: Speech, body?: Uint8Array): Head {
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
