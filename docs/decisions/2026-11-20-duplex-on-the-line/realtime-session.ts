import { Meter, type TargetPrice } from "../../../src/accounting/index.ts";
import {
  type Exchange,
  Fault,
  type GatewayRequest,
  type Head,
  JsonBody,
  type LeaveSignal,
  type Piece,
  type Principal,
} from "../../../src/exchange/index.ts";
import { draw } from "../../../src/gateway/index.ts";
import { admit } from "../../../src/policies/index.ts";
import { type Choice, choose, type ModelRoute } from "../../../src/routing/index.ts";
import { asExchange, type Channel, type DuplexExchange } from "./additions.ts";
import { Mailbox } from "./mailbox.ts";
import { MessageRequest } from "./message-request.ts";
import { messagesOf } from "./messages-of.ts";
import {
  errorEvent,
  faultWriter,
  type RealtimeMessage,
  readMessage,
  realtimeCodec,
  requestOf,
  responseIdOf,
  riderOf,
} from "./realtime-messages.ts";
import { RealtimeResponse, type Surroundings } from "./realtime-response.ts";
import { type Passage, type Place, type SpikeGateway, walk } from "./walk.ts";

/** A place that is reached by opening a channel. */
export interface ChannelPlace extends Place {
  open(signal: LeaveSignal): Promise<Channel>;
  /** What its responses cost; the session itself is not billed. */
  readonly responses: TargetPrice;
}

export interface RealtimeOptions {
  readonly gateway: SpikeGateway;
  readonly http: GatewayRequest;
  readonly client: Channel;
  readonly route: ModelRoute<ChannelPlace>;
}

const encoder = new TextEncoder();
const nothing = encoder.encode("{}");
const theEnd: Piece = { raw: undefined, events: [], visible: false, last: true };
/** What a client says that a rule may have to read. Sound passes: it has no words yet. */
const hasWords = new Set(["conversation.item.create", "session.update"]);

/**
 * A Realtime session: one exchange that lasts as long as the connection, and an exchange of its own for every response in
 * it. All of them walk the same line.
 */
export class RealtimeSession implements Passage<ChannelPlace> {
  readonly endpoint = "realtime.session";
  readonly codec = realtimeCodec;
  readonly writer = faultWriter(() => undefined);
  readonly headSent = false;
  readonly retries = 0;
  readonly http: GatewayRequest;
  readonly #options: RealtimeOptions;
  readonly #down = new Mailbox<Piece>();
  readonly #running = new Set<Promise<void>>();
  /** Asked for, not begun. */
  readonly #pending: RealtimeResponse[] = [];
  readonly #open = new Map<string, RealtimeResponse>();
  #around: Surroundings | undefined;
  #exchange: DuplexExchange | undefined;
  #upstream: Channel | undefined;
  #upstreamLives = false;
  /** A side has left: what the upstream still begins is nobody's. */
  #leaving = false;

  constructor(options: RealtimeOptions) {
    this.#options = options;
    this.http = options.http;
    this.http.signal.addEventListener("abort", () => void this.#leave(this.#reason()));
  }

  /** The head, then the messages of the session itself; those of its responses go to the client's channel between them. */
  run(): AsyncGenerator<Head | Uint8Array, void> {
    return draw(walk(this.#options.gateway, this));
  }

  identify(): Principal {
    return this.#options.gateway.identify(this.http);
  }

  async read(principal: Principal, meter: Meter): Promise<DuplexExchange> {
    const model = new URLSearchParams(this.http.query).get("model");
    if (model === null) throw new Fault("request_malformed", { message: "Name the model in the query.", param: "model" });
    this.#exchange = {
      id: meter.id,
      kind: "model",
      surface: "openai-realtime",
      startedAt: meter.startedAt,
      startedTick: meter.startedTick,
      http: this.http,
      signal: this.http.signal,
      principal,
      body: JsonBody.scan(nothing),
      model,
      stream: true,
      strict: false,
      read: () => ({ dialect: "openai-responses", model, items: [], stream: true }),
    };
    return this.#exchange;
  }

  choose(): Choice<ChannelPlace> {
    const { engine } = this.#options.gateway;
    return choose(this.#options.route, engine.health, engine.random(), engine.now());
  }

  async call(exchange: DuplexExchange, place: ChannelPlace): Promise<{ readonly pieces: AsyncIterable<Piece> }> {
    const upstream = await place.open(exchange.signal);
    this.#upstream = upstream;
    this.#upstreamLives = true;
    const responses: Place = { provider: place.provider, model: place.model, price: place.responses };
    this.#around = {
      sessionId: exchange.id,
      principal: exchange.principal,
      model: exchange.model,
      http: this.http,
      place: responses,
      placeName: `${place.provider}/${place.model}`,
      upstreamLives: () => this.#upstreamLives,
      say: (message) => upstream.send(message),
    };
    void this.#pumpDown(upstream);
    void this.#pumpUp();
    return { pieces: this.#down };
  }

  async abandon(): Promise<void> {
    await Promise.allSettled(this.#running);
    this.#upstream?.close();
  }

  /** Client → upstream: what asks for an answer is an exchange; the rest is admitted and passes. */
  async #pumpUp(): Promise<void> {
    for await (const bytes of this.#options.client.messages) {
      try {
        const message = readMessage(bytes);
        if (message.type === "response.create") await this.#begin(message, this.#pending);
        else {
          if (hasWords.has(message.type)) await admit(this.#options.gateway.rules, this.#asExchange(message));
          await this.#upstream?.send(bytes);
        }
      } catch (error) {
        await this.#refuse(Fault.from(error), bytes);
      }
    }
    const midway = this.#running.size > 0;
    if (!this.#options.client.endedWell || midway) this.http.cancel(new Fault("client_gone"));
    else this.#finish();
  }

  /** Starts an exchange, and waits until its request has left: what is said later comes behind it. */
  async #begin(message: RealtimeMessage, list: RealtimeResponse[]): Promise<RealtimeResponse> {
    const response = new RealtimeResponse(this.#around as Surroundings, message);
    list.push(response);
    const run = this.#serve(response).finally(() => {
      this.#running.delete(run);
      this.#forget(response);
    });
    this.#running.add(run);
    if (message.type === "response.create") await response.asked;
    return response;
  }

  async #serve(response: RealtimeResponse): Promise<void> {
    try {
      for await (const bytes of messagesOf(walk(this.#options.gateway, response))) {
        await this.#options.client.send(bytes);
        response.shown();
      }
    } catch {
      // The rescue has said it in-band and settled it; the session goes on.
    }
  }

  #forget(response: RealtimeResponse): void {
    const at = this.#pending.indexOf(response);
    if (at >= 0) this.#pending.splice(at, 1);
    for (const [id, known] of this.#open) if (known === response) this.#open.delete(id);
  }

  /** A message that a rule does not let pass: told to the client, recorded, and the session goes on. */
  async #refuse(fault: Fault, bytes: Uint8Array): Promise<void> {
    const { engine } = this.#options.gateway;
    const meter = new Meter(engine.nextId(), "realtime.message", engine);
    const exchange = this.#exchange as DuplexExchange;
    meter.identified(exchange.principal);
    meter.read(asExchange(exchange));
    meter.detail.parent = exchange.id;
    meter.status = fault.status;
    meter.failed(fault);
    await meter.settle();
    await this.#options.client.send(encoder.encode(errorEvent(fault, eventIdOf(bytes))));
  }

  #asExchange(message: RealtimeMessage): Exchange {
    const session = this.#exchange as DuplexExchange;
    const http = new MessageRequest(this.http, message.bytes);
    return asExchange({
      ...session,
      http,
      body: JsonBody.scan(message.bytes),
      parent: session.id,
      read: () => requestOf(message, session.model),
    });
  }

  /** Upstream → client: each message to the exchange that it belongs to, or to the session. */
  async #pumpDown(upstream: Channel): Promise<void> {
    try {
      for await (const bytes of upstream.messages) await this.#route(readMessage(bytes));
    } catch (error) {
      await this.#leave(new Fault("upstream_malformed", { cause: error }));
    }
    this.#upstreamLives = false;
    if (upstream.endedWell && this.#running.size === 0) this.#finish();
    else await this.#leave(new Fault("upstream_incomplete"));
  }

  async #route(message: RealtimeMessage): Promise<void> {
    const response = await this.#ownerOf(message);
    if (response) return response.take(message);
    const rider = [...this.#open.values()].find((open) => !open.abandoned);
    return rider ? rider.ride(message) : this.#down.put(riderOf(message));
  }

  async #ownerOf(message: RealtimeMessage): Promise<RealtimeResponse | undefined> {
    if (message.type === "error") return undefined;
    const id = responseIdOf(message);
    if (id === undefined) return undefined;
    if (message.type !== "response.created") return this.#open.get(id);
    const response = this.#pending.shift() ?? (this.#leaving ? undefined : await this.#begin(message, []));
    if (response) this.#open.set(id, response);
    return response;
  }

  /** The connection ends in good order. */
  #finish(): void {
    this.#upstream?.close();
    this.#down.push(theEnd);
    this.#down.end();
  }

  /** A side has gone, or the gateway drains: what runs ends first, so that its bill can still be read. */
  async #leave(fault: Fault): Promise<void> {
    this.#leaving = true;
    for (const response of [...this.#open.values(), ...this.#pending]) response.fail(fault);
    await Promise.allSettled(this.#running);
    this.#down.fail(fault);
  }

  #reason(): Fault {
    const { reason } = this.http.signal;
    return reason instanceof Fault ? reason : new Fault("client_gone");
  }
}

function eventIdOf(bytes: Uint8Array): unknown {
  try {
    return readMessage(bytes).json.event_id;
  } catch {
    return undefined;
  }
}
