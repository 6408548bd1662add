import { Meter, type TargetPrice } from "../../../src/accounting/index.ts";
import { Fault, type GatewayRequest, type Head, type Piece, type Principal } from "../../../src/exchange/index.ts";
import type { Engine } from "../../../src/gateway/line.ts";
import { rescue } from "../../../src/gateway/writing/rescue.ts";
import { type Speech, writeStream, writeWhole } from "../../../src/gateway/writing/write.ts";
import { admit, inspect, type Rule } from "../../../src/policies/index.ts";
import type { Codec, StreamWriter } from "../../../src/protocols/index.ts";
import { attempt, type Choice } from "../../../src/routing/index.ts";
import { asExchange, type DuplexExchange } from "./additions.ts";

/** Who answers: a provider's model, an MCP server, an agent, or, for what an upstream asks, the client. */
export interface Place {
  readonly provider: string;
  readonly model: string;
  /** Undefined where what is answered is not billed in tokens: sessions, tools, agents. */
  readonly price: TargetPrice | undefined;
}

/** What differs from one kind of exchange to another. Everything else is `walk`. */
export interface Passage<P extends Place> {
  readonly endpoint: string;
  /** For an inner exchange: one message, behind the same boundary as a request. */
  readonly http: GatewayRequest;
  readonly codec: Codec;
  /** How a fault is said where the connection has begun to speak. */
  readonly writer?: StreamWriter;
  /** Inside a connection that has its head already. */
  readonly headSent: boolean;
  readonly retries: number;
  identify(): Principal;
  read(principal: Principal, meter: Meter): Promise<DuplexExchange>;
  /** Routing's `choose` where a session begins; inside it, the place that holds it. */
  choose(exchange: DuplexExchange): Choice<P>;
  call(exchange: DuplexExchange, place: P, meter: Meter): Promise<{ readonly pieces: AsyncIterable<Piece> }>;
  /** Something went wrong: stops the side that still works, and reads its last bill. */
  abandon?(fault: Fault, meter: Meter): Promise<void>;
}

/** What the spike needs of a gateway: the engine as it is, and the rules of a compiled config. */
export interface SpikeGateway {
  readonly engine: Engine;
  readonly rules: readonly Rule[];
  identify(http: GatewayRequest): Principal;
}

/** The stages of `src/gateway/handle.ts`, in its order and with its functions, for every exchange of the spike. */
export async function* walk<P extends Place>(gateway: SpikeGateway, passage: Passage<P>): AsyncGenerator<Head | Uint8Array, void> {
  const { engine, rules } = gateway;
  const { http, codec } = passage;
  const meter = new Meter(engine.nextId(), passage.endpoint, engine);
  const entry = engine.underway.add({ http, meter });
  const { headSent, writer } = passage;
  // `write` tells the meter the status when it sends the head, and here it was sent long ago.
  if (headSent) meter.status = 200;
  const speech: Speech = {
    ...{ engine, meter, codec, dialect: undefined, http, array: undefined, counters: undefined },
    ...{ headSent, errorTold: false, events: true, exchange: undefined, writer },
  };
  try {
    const principal = passage.identify();
    meter.identified(principal);

    const duplex = await passage.read(principal, meter);
    const exchange = asExchange(duplex);
    meter.read(exchange);
    // `RecordDetail` is open, so the record can say it today; a column makes it searchable.
    if (duplex.parent !== undefined) meter.detail.parent = duplex.parent;
    if (duplex.asker !== undefined) meter.detail.asker = duplex.asker;
    speech.exchange = exchange;

    await admit(rules, exchange);

    const choice = passage.choose(duplex);
    meter.chosen(choice.reason);
    const taken = await attempt(
      choice,
      (place) => {
        if (place.price) meter.asks(place.provider, place.model, place.price);
        return passage.call(duplex, place, meter);
      },
      meter.attempts,
      { clock: engine.clock, health: engine.health, retries: passage.retries, signal: exchange.signal },
    );
    meter.answered([]);

    const inspected = inspect(rules, meter.watch(taken.pieces), exchange);

    const { provider, model } = taken.candidate.target;
    const speaker = { native: true, surface: exchange.surface, shape: "stream", provider, model, losses: [] } as const;
    yield exchange.stream
      ? await writeStream(inspected, exchange, speaker, speech)
      : await writeWhole(inspected, exchange, speaker, speech);
  } catch (error) {
    const fault = Fault.from(error);
    await passage.abandon?.(fault, meter);
    yield* rescue(fault, speech);
  } finally {
    engine.underway.leave(entry);
    await meter.settle();
  }
}
