import type { Meter } from "../../../src/accounting/index.ts";
import { type Fault, type GatewayRequest, JsonBody, type Piece, type Principal } from "../../../src/exchange/index.ts";
import type { Choice } from "../../../src/routing/index.ts";
import type { DuplexExchange } from "./additions.ts";
import { Mailbox } from "./mailbox.ts";
import { MessageRequest } from "./message-request.ts";
import {
  faultWriter,
  pieceOf,
  type RealtimeMessage,
  readMessage,
  realtimeCodec,
  requestOf,
  responseIdOf,
  riderOf,
} from "./realtime-messages.ts";
import type { Passage, Place } from "./walk.ts";

const billWaitMs = 500;

/** What a response needs of the session that it is part of. */
export interface Surroundings {
  readonly sessionId: string;
  readonly principal: Principal;
  readonly model: string;
  readonly http: GatewayRequest;
  readonly place: Place;
  /** The health table's name of the place. */
  readonly placeName: string;
  /** False once the upstream has gone. */
  readonly upstreamLives: () => boolean;
  say(message: Uint8Array): Promise<void>;
}

const encoder = new TextEncoder();

/** One response inside a Realtime session: an exchange of its own, asked for by the client or begun by voice detection. */
export class RealtimeResponse implements Passage<Place> {
  readonly endpoint = "realtime.response";
  readonly codec = realtimeCodec;
  readonly headSent = true;
  readonly retries = 0;
  readonly http: MessageRequest;
  readonly writer;
  /** Resolves when the request has gone to the upstream, or never will: what the client says next must come behind it. */
  readonly asked: Promise<void>;
  readonly #around: Surroundings;
  readonly #opening: RealtimeMessage;
  readonly #asker: "client" | "upstream";
  readonly #pieces = new Mailbox<Piece>();
  #wasAsked: () => void = () => undefined;
  #responseId: string | undefined;
  #shownId: string | undefined;
  /** Refused or not, the upstream is at work on it. */
  #sent: boolean;
  #whole = false;
  /** Set while only the bill is waited for. */
  #takeBill: ((bill: Piece) => void) | undefined;

  constructor(around: Surroundings, opening: RealtimeMessage) {
    this.#around = around;
    this.#opening = opening;
    this.#asker = opening.type === "response.created" ? "upstream" : "client";
    this.#sent = this.#asker === "upstream";
    this.http = new MessageRequest(around.http, opening.bytes);
    this.writer = faultWriter(() => this.#shownId, opening.json.event_id);
    this.asked = new Promise((resolve) => {
      this.#wasAsked = resolve;
    });
  }

  get clientEventId(): unknown {
    return this.#opening.json.event_id;
  }

  get abandoned(): boolean {
    return this.#takeBill !== undefined;
  }

  identify(): Principal {
    return this.#around.principal;
  }

  async read(principal: Principal, meter: Meter): Promise<DuplexExchange> {
    const { model, sessionId, place } = this.#around;
    // It runs already, whatever the rules say of it: it will be billed.
    if (this.#asker === "upstream" && place.price) meter.asks(place.provider, place.model, place.price);
    const message = readMessage(await this.http.body(16 * 1024 * 1024));
    return {
      id: meter.id,
      kind: "model",
      surface: "openai-realtime",
      startedAt: meter.startedAt,
      startedTick: meter.startedTick,
      http: this.http,
      signal: this.http.signal,
      principal,
      body: JsonBody.scan(message.bytes),
      model,
      stream: true,
      strict: false,
      read: () => requestOf(message, model),
      parent: sessionId,
      asker: this.#asker,
    };
  }

  choose(): Choice<Place> {
    return { order: [{ name: this.#around.placeName, weight: 1, target: this.#around.place }], reason: "held by the session" };
  }

  async call(): Promise<{ readonly pieces: AsyncIterable<Piece> }> {
    this.#sent = true;
    if (this.#asker === "client") await this.#around.say(this.#opening.bytes);
    this.#wasAsked();
    return { pieces: this.#pieces };
  }

  /** The client has been sent some of it. */
  shown(): void {
    this.#shownId ??= this.#responseId;
  }

  /** A message of this response. Waits while the client does not read. */
  async take(message: RealtimeMessage): Promise<void> {
    this.#responseId ??= responseIdOf(message);
    const piece = pieceOf(message);
    if (piece.last) this.#whole = true;
    if (this.#takeBill) {
      if (piece.last) this.#takeBill(piece);
      return;
    }
    await this.#pieces.put(piece);
    if (piece.last) this.#pieces.end();
  }

  /** Something else that came meanwhile: it rides along, so that the client sees all in the order of the upstream. */
  ride(message: RealtimeMessage): Promise<void> {
    return this.#pieces.put(riderOf(message));
  }

  fail(fault: Fault): void {
    this.#pieces.fail(fault);
  }

  async abandon(_fault: Fault, meter: Meter): Promise<void> {
    this.#wasAsked();
    if (this.#whole || !this.#sent || !this.#around.upstreamLives()) return;
    const bill = new Promise<Piece | undefined>((resolve) => {
      this.#takeBill = resolve;
      setTimeout(resolve, billWaitMs, undefined);
    });
    this.#pieces.end();
    const which = this.#responseId === undefined ? {} : { response_id: this.#responseId };
    await this.#around.say(encoder.encode(JSON.stringify({ type: "response.cancel", ...which })));
    const piece = await bill;
    // The tap counts what the upstream said last, although nobody is shown it.
    if (piece) for await (const _ of meter.watch(only({ ...piece, raw: undefined })));
  }
}

async function* only(piece: Piece): AsyncGenerator<Piece> {
  yield piece;
}
