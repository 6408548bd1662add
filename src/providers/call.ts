import {
  type Exchange,
  Fault,
  type Flow,
  JsonBody as Json,
  type JsonBody,
  Losses,
  type Piece,
  Pieces,
  type SurfaceId,
} from "../exchange/index.ts";
import {
  type AnyDialect,
  type Codec,
  type Cutter,
  cutterOf,
  isTaskCodec,
  play,
  type ReadStreamOptions,
  type StreamReader,
} from "../protocols/index.ts";
import type { Transport, UpstreamAnswer } from "./transport/transport.ts";
import { tooLarge } from "./transport/transport-fault.ts";
import type { Target } from "./upstream.ts";

const maxAnswerBytes = 64 * 1024 * 1024;
const maxRefusalBytes = 64 * 1024;
const surplusMs = 250;
const mostSurplus = 16;
const encoder = new TextEncoder();
const nothing = new Uint8Array(0);
const decoder = new TextDecoder("utf-8", { fatal: true });

/** An upstream's answer, opened: the head is there, the pieces come as they are pulled. */
export interface Call {
  readonly target: Target;
  readonly surface: SurfaceId;
  /** Caller and upstream speak the same dialect in the same shape: the bytes may pass untouched. */
  readonly native: boolean;
  readonly shape: "stream" | "whole";
  readonly losses: Losses;
  readonly pieces: AsyncIterable<Piece>;
}

export interface CallTools {
  readonly transport: Transport;
  /** The codec of a surface. */
  codec(surface: SurfaceId): Codec;
  /** The codec, where the surface is a conversation's dialect. */
  dialect(surface: SurfaceId): AnyDialect | undefined;
}

/**
 * Asks one target. Prepares the request (pure), sends it, and reads the answer into pieces.
 *
 * @param depth what the line needs to know of the answer; `skim` leaves the bytes alone
 * @throws Fault `upstream_*`, `request_unsupported`, `request_lossy`
 */
export async function call(exchange: Exchange, target: Target, depth: "skim" | "full", tools: CallTools): Promise<Call> {
  const surface = target.upstream.nearest(exchange.surface, target.model);
  const losses = new Losses();
  const codec = surface && tools.codec(surface);
  const verb = exchange.stream ? codec?.verbs?.stream : codec?.verbs?.whole;
  const url = surface && target.upstream.url(surface, target.model, verb);
  if (!surface || !codec || !url) return answeredHere(exchange, target, losses, tools);
  const translator = surface === exchange.surface ? undefined : translatorOf(exchange, codec, losses, tools);
  const prepared = translator ? prepareTask(translator, exchange, target, losses) : prepare(exchange, target, surface, losses, tools);
  const answer = await send(exchange, target, surface, url, prepared.bytes, tools.transport);
  if (answer.status >= 400) throw await refusal(answer, codec, target, exchange.surface === surface);
  if (translator) {
    const pieces = new OnePiece(async () => translator.answer(await wholeJson(answer)));
    return { target, surface, native: true, shape: "whole", losses, pieces };
  }
  const shape = shapeOf(answer, exchange.stream, codec);
  const native = surface === exchange.surface && shape === (exchange.stream ? "stream" : "whole");
  const needed = native ? depth : "full";
  const dialect = tools.dialect(surface);
  const pieces =
    shape === "stream" && dialect
      ? new FrameStream(answer, dialect, { depth: needed, stripUsage: native && prepared.stripUsage }, target)
      : new OnePiece(() => wholePiece(answer, codec, needed === "full" ? dialect : undefined, native));
  return { target, surface, native, shape, losses, pieces };
}

/** Translates a task beside conversation: its answer is whole, so it is written in the caller's words at once. */
interface Translator {
  readonly surface: SurfaceId;
  body(target: Target): Record<string, unknown>;
  answer(json: Record<string, unknown>): Piece;
}

/** Undefined where the surfaces are not of one task that has a vocabulary. */
function translatorOf(exchange: Exchange, upstream: Codec, losses: Losses, tools: CallTools): Translator | undefined {
  const caller = tools.codec(exchange.surface);
  if (!isTaskCodec(caller) || !isTaskCodec(upstream) || caller.task !== upstream.task) return undefined;
  const request = caller.readRequest(exchange.body, {
    header: (name) => exchange.http.header(name),
    model: exchange.model,
    stream: exchange.stream,
  });
  return {
    surface: upstream.id,
    body: (target) => upstream.writeRequest(request, target.traits, losses),
    answer(json) {
      const skimmed = upstream.skimAnswer(json);
      if (skimmed.some(isError)) return { raw: undefined, events: skimmed, visible: false, last: true };
      const written = caller.writeAnswer(upstream.readAnswer(json, request), request, losses);
      return { raw: encoder.encode(JSON.stringify(written)), events: skimmed, visible: true, last: true };
    },
  };
}

function prepareTask(translator: Translator, exchange: Exchange, target: Target, losses: Losses): Prepared {
  const written = translator.body(target);
  refuseLosses(exchange, losses);
  const body = target.upstream.provider.adjustBody?.(written, translator.surface, target.model) ?? written;
  return { bytes: encoder.encode(JSON.stringify(body)), stripUsage: false };
}

/** Some questions need no upstream. @throws Fault `request_unsupported` where this one does */
function answeredHere(exchange: Exchange, target: Target, losses: Losses, tools: CallTools): Call {
  const codec = tools.codec(exchange.surface);
  if (!codec.answer) throw new Fault("request_unsupported", { message: `${target.upstream.name} has no surface for ${exchange.surface}.` });
  const json = codec.answer(exchange.body, losses) as Record<string, unknown>;
  refuseLosses(exchange, losses);
  const piece: Piece = { raw: encoder.encode(JSON.stringify(json)), events: codec.skimAnswer(json), visible: true, last: true };
  return { target, surface: exchange.surface, native: true, shape: "whole", losses, pieces: new OnePiece(async () => piece) };
}

interface Prepared {
  readonly bytes: Uint8Array;
  /** The gateway asked for a usage chunk that the caller did not ask for. */
  readonly stripUsage: boolean;
}

function prepare(exchange: Exchange, target: Target, surface: SurfaceId, losses: Losses, tools: CallTools): Prepared {
  const { provider } = target.upstream;
  if (surface === exchange.surface) {
    const edits = tools.codec(surface).editRequest(exchange.body, target.traits, losses);
    refuseLosses(exchange, losses);
    const quirks = provider.adjustMembers?.(exchange.body, surface, target.model) ?? [];
    return {
      bytes: exchange.body.splice(quirks.length === 0 ? edits : [...edits, ...quirks]),
      stripUsage: edits.some((edit) => edit.name === "stream_options"),
    };
  }
  const dialect = tools.dialect(surface);
  if (!dialect) throw new Fault("request_unsupported", { message: `${target.upstream.name} cannot take this kind of request.` });
  const written = dialect.writeRequest(exchange.read(), target.traits, losses);
  refuseLosses(exchange, losses);
  const body = provider.adjustBody?.(written, surface, target.model) ?? written;
  return { bytes: encoder.encode(JSON.stringify(body)), stripUsage: false };
}

function refuseLosses(exchange: Exchange, losses: Losses): void {
  if (!exchange.strict || losses.list.length === 0) return;
  const serious = losses.list.filter((loss) => loss.class === "S");
  if (serious.length === 0) return;
  const named = serious.map((loss) => `${loss.code} (${loss.path})`).join(", ");
  throw new Fault("request_lossy", { message: `x-sluice-strict: the provider's dialect cannot carry ${named}.`, param: serious[0]?.path });
}

function send(
  exchange: Exchange,
  target: Target,
  surface: SurfaceId,
  url: URL,
  body: Uint8Array,
  transport: Transport,
): Promise<UpstreamAnswer> {
  const { upstream } = target;
  if (upstream.provider.answer) {
    const local = upstream.provider.answer(surface, bodyOf(exchange.body, body), exchange.signal);
    return Promise.resolve({ status: local.status, header: (name) => local.headers[name], body: local.body });
  }
  const passed = surface === exchange.surface ? passedHeaders(exchange, upstream.provider.passHeaders) : undefined;
  const own = upstream.headers(surface);
  const unsigned = passed ? { ...own, ...passed } : own;
  const headers = upstream.signed({ method: "POST", url, headers: unsigned, body }, exchange.startedAt);
  return transport.send(
    {
      method: "POST",
      name: upstream.name,
      url,
      headers,
      body,
      deadlines: target.deadlines ?? upstream.deadlines,
      privateAllowed: upstream.privateAllowed,
      stream: exchange.stream,
    },
    exchange.signal,
  );
}

/** The caller's headers that go through; undefined where there is none. */
function passedHeaders(exchange: Exchange, names: readonly string[] | undefined): Record<string, string> | undefined {
  let passed: Record<string, string> | undefined;
  for (const name of names ?? []) {
    const value = exchange.http.header(name);
    if (value !== undefined) passed = { ...passed, [name]: value };
  }
  return passed;
}

function bodyOf(original: JsonBody, bytes: Uint8Array): JsonBody {
  return bytes === original.bytes ? original : Json.scan(bytes);
}

function shapeOf(answer: UpstreamAnswer, streamAsked: boolean, { framing = "sse" }: Codec): "stream" | "whole" {
  const type = answer.header("content-type") ?? "";
  if (framing !== "sse") return streamAsked ? "stream" : "whole";
  return type.includes("event-stream") || (streamAsked && !type.includes("json")) ? "stream" : "whole";
}

/** An upstream's chunks → pieces of whole frames. */
class FrameStream extends Pieces {
  readonly #chunks: Flow<Uint8Array>;
  readonly #reader: StreamReader;
  readonly #target: Target;
  readonly #cutter: Cutter;
  /** What comes behind the end. */
  #tail: AsyncGenerator<Piece, undefined> | undefined;

  constructor(answer: UpstreamAnswer, dialect: AnyDialect, options: ReadStreamOptions, target: Target) {
    super();
    this.#chunks = answer.body[Symbol.asyncIterator]();
    this.#reader = dialect.readStream(options);
    this.#cutter = cutterOf(dialect.framing ?? "sse");
    this.#target = target;
  }

  protected draw(): Promise<Step> {
    if (this.#tail) return this.#tail.next().then(this.passed, this.broken);
    return this.#chunks.next().then(this.#read, this.broken);
  }

  protected override look(ready: () => void): Step | undefined {
    while (!this.#tail && this.#chunks.poll) {
      const step = this.#poll(ready);
      if (!step) return undefined;
      const piece = this.#pieceOf(step);
      if (piece) return this.passed({ done: false, value: piece });
    }
    return super.look(ready);
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
      this.#tail = remainder(this.#cutter, this.#reader, this.#target);
      return undefined;
    }
    try {
      const run = this.#cutter.push(step.value);
      if (run.length === 0) return undefined;
      const piece = withoutSecrets(this.#reader.read(run), this.#target);
      if (piece.last || piece.events.some(isError)) this.#tail = surplus(this.#chunks, this.#cutter, this.#reader);
      return piece;
    } catch (error) {
      return this.broken(error);
    }
  }
}

type Step = IteratorResult<Piece, undefined>;

function isError(event: Piece["events"][number]): boolean {
  return event.type === "answer-error";
}

/** The upstream closed: a last frame without its blank line, and the verdict. @throws Fault `upstream_incomplete` */
async function* remainder(cutter: Cutter, reader: StreamReader, target: Target): AsyncGenerator<Piece, undefined> {
  const rest = cutter.last();
  if (rest.length > 0) {
    const piece = withoutSecrets(reader.read(rest), target);
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
    for (let frames = 0; frames < mostSurplus; frames++) {
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

/** An error inside a stream goes on in the provider's own words, unless they hold the gateway's credential. */
function withoutSecrets(piece: Piece, target: Target): Piece {
  if (!piece.raw || !piece.events.some((event) => event.type === "answer-error")) return piece;
  if (!target.upstream.leaks(new TextDecoder().decode(piece.raw))) return piece;
  const events = piece.events.map((event) =>
    event.type === "answer-error" ? { type: event.type, fault: new Fault(event.fault.code) } : event,
  );
  return { ...piece, raw: undefined, events };
}

async function wholeJson(answer: UpstreamAnswer): Promise<Record<string, unknown>> {
  return parsed(await wholeBody(answer, maxAnswerBytes));
}

async function wholePiece(answer: UpstreamAnswer, codec: Codec, dialect: AnyDialect | undefined, native: boolean): Promise<Piece> {
  const raw = await wholeBody(answer, maxAnswerBytes);
  const json = parsed(raw);
  const skimmed = codec.skimAnswer(json);
  const failed = skimmed.some((event) => event.type === "answer-error");
  const events = dialect && !failed ? [...play(dialect.readAnswer(json))] : skimmed;
  // A translation would have to make up a reason to finish, and with it a success that nobody told of.
  if (dialect && !native && !failed && !events.some((event) => event.type === "choice-finish")) throw new Fault("upstream_incomplete");
  return { raw, events, visible: !failed, last: true };
}

/** An answer of one piece, read when it is asked for. */
class OnePiece extends Pieces {
  #read: (() => Promise<Piece>) | undefined;

  constructor(read: () => Promise<Piece>) {
    super();
    this.#read = read;
  }

  protected override get single(): boolean {
    return true;
  }

  protected draw(): Promise<Step> {
    const read = this.#read;
    this.#read = undefined;
    return read ? read().then((value) => this.passed({ done: false, value }), this.broken) : Promise.resolve(this.passed(ended));
  }

  protected async leave(): Promise<void> {
    this.#read = undefined;
  }
}

const ended: IteratorReturnResult<undefined> = { done: true, value: undefined };

function parsed(raw: Uint8Array): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(decoder.decode(raw));
    if (typeof json === "object" && json !== null && !Array.isArray(json)) return json as Record<string, unknown>;
  } catch (cause) {
    throw new Fault("upstream_malformed", { message: "The provider's answer is not JSON.", cause });
  }
  throw new Fault("upstream_malformed", { message: "The provider's answer is not a JSON object." });
}

async function wholeBody({ whole, body }: UpstreamAnswer, limit: number): Promise<Uint8Array> {
  if (whole) return whole(limit);
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > limit) throw tooLarge(limit);
    chunks.push(chunk);
  }
  return chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks);
}

/** What an error answer means. Its own words go on only to a caller of the same dialect, and only where they hold no secret. */
async function refusal(answer: UpstreamAnswer, codec: Codec, target: Target, sameDialect: boolean): Promise<Fault> {
  const body = await firstBytes(answer.body, maxRefusalBytes);
  const fault = codec.readFault({ status: answer.status, header: (name) => answer.header(name), body });
  const leaking = target.upstream.leaks(new TextDecoder().decode(body)) || target.upstream.leaks(fault.message);
  if (!leaking && (sameDialect || fault.nativeBody === undefined)) return fault;
  return new Fault(fault.code, {
    ...(leaking ? {} : { message: fault.message, nativeCode: fault.nativeCode, nativeType: fault.nativeType }),
    status: fault.status,
    ...(fault.param !== undefined && { param: fault.param }),
    ...(fault.retryAfterMs !== undefined && { retryAfterMs: fault.retryAfterMs }),
    cause: fault,
  });
}

async function firstBytes(body: AsyncIterable<Uint8Array>, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= limit) break;
    }
  } catch (error) {
    if (error instanceof Fault && error.code === "client_gone") throw error;
  }
  return Buffer.concat(chunks).subarray(0, limit);
}
