import { Meter } from "../accounting/index.ts";
import { Fault, type GatewayRequest, type Head } from "../exchange/index.ts";
import { admit, inspect } from "../policies/index.ts";
import { call, type Target } from "../providers/index.ts";
import { attempt, choose, reasonOf } from "../routing/index.ts";
import type { Recording } from "./bodies/recording.ts";
import { withinProviders } from "./limits/provider-limits.ts";
import { reserve } from "./limits/reserve.ts";
import type { Engine, Line } from "./line.ts";
import { readExchange } from "./reading/read-exchange.ts";
import { readTags } from "./reading/read-tags.ts";
import { recall } from "./recall.ts";
import type { Repeat } from "./repeats/repeat.ts";
import type { RouteMatch } from "./routes.ts";
import { belongingOf } from "./thoughts/belonging.ts";
import { keepThoughts } from "./thoughts/thoughts.ts";
import { arrayFor } from "./writing/json-array.ts";
import { rescue } from "./writing/rescue.ts";
import { newSpeech, speakerOf, writeStream, writeWhole } from "./writing/write.ts";

/**
 * The line. Yields the head of the answer with its body. Every exchange walks these stages, in this order, and every
 * way out settles. `docs/lifecycle.md` shows the same as a picture, with the faults that each stage can raise.
 */
export async function* handle(
  engine: Engine,
  line: Line,
  match: RouteMatch,
  http: GatewayRequest,
  recording?: Recording,
  repeat?: Repeat,
): AsyncGenerator<Head | Uint8Array, void> {
  const { row } = match;
  const codec = engine.codecs.get(row.protocol);
  const dialect = engine.codecs.dialect(row.protocol);

  // The meter opens first, so that refusals are recorded too.
  const meter = new Meter(engine.nextId(), row.name, engine);
  const place = engine.underway.add({ http, meter });
  const speech = newSpeech(engine, meter, codec, dialect, http, arrayFor(row, http));
  try {
    // First, so that refusals say it too.
    meter.from(line.clientOf(http));
    // Before the body is read: a stranger's megabytes are not worth the memory.
    const identified = line.identify(http, row);
    const principal = identified instanceof Promise ? await identified : identified;
    meter.identified(principal);
    meter.tagged(readTags(http, principal));

    const { limits, usersFromBody } = line;
    const asked = await readExchange(http, match, principal, { meter, codec, dialect, limits, usersFromBody, spool: engine.spool });
    meter.read(asked);
    speech.exchange = asked;
    recording?.decide(asked, meter);

    // Before the cache: that an answer is kept does not mean that this caller may have it.
    const verdicts = admit(line.rules, asked);
    if (verdicts) await verdicts;

    // Before anything is set aside: what was asked before with the same key takes no tokens and no money.
    const before = repeat && (await repeat.begin(asked, row.name, line, speech));
    if (before) {
      yield before;
      return;
    }

    const wanted = line.model(asked.model);
    // Before anything is sent: what it may cost at most is set aside, so that no crowd of requests overspends.
    const reserved = reserve(line, wanted, asked, speech);
    const exchange = reserved instanceof Promise ? await reserved : reserved;
    // A limit may name another model for what it has no room for.
    const model = exchange.model === asked.model ? wanted : line.model(exchange.model);
    const memory = recall(line.cache, exchange, model.cache, engine.steady);
    meter.detail.cache = memory.verdict;

    let answer = memory.answer;
    if (!answer) {
      // What one account of a provider has sealed or cached is good with that account only.
      const belonging = model.route.accounts ? belongingOf(exchange, engine) : undefined;
      const choice = choose(model.route, engine.health, engine.random(), Math.trunc(meter.startedTick), belonging);
      meter.chosen(choice.reason);
      const taken = await attempt(
        choice,
        withinProviders(line, exchange, speech, (target: Target, sent = exchange) => {
          meter.asks(target.upstream.name, target.model, line.price(target), target.upstream.choice(sent.surface, target.model));
          return call(sent, target, line.depth, engine, line.media);
        }),
        meter.attempts,
        { clock: engine.clock, health: engine.health, retries: model.route.retries, signal: exchange.signal, belonging },
      );
      if (meter.attempts.length > 1) meter.chosen(reasonOf(choice, meter.attempts));
      meter.answered(taken.call.losses.list);
      // The tap stands closest to the upstream: what is billed is counted, not what is shown.
      answer = {
        speaker: speakerOf(taken.call),
        pieces: keepThoughts(meter.watch(taken.pieces), taken.call, principal.keyId, engine, meter),
      };
    }

    const inspected = inspect(line.rules, answer.pieces, exchange);

    // Behind the rules, so that a cut answer is never kept.
    const remembered = memory.keep(inspected, answer.speaker);

    const head = exchange.stream
      ? await writeStream(remembered, exchange, answer.speaker, speech)
      : writeWhole(remembered, exchange, answer.speaker, speech);
    yield head instanceof Promise ? await head : head;
  } catch (error) {
    yield* rescue(Fault.from(error), speech);
  } finally {
    // On every way out, exactly once; an ordinary answer has settled before its last bytes left.
    engine.underway.leave(place);
    const released = speech.exchange?.release?.();
    if (released) await released;
    const kept = meter.settle();
    if (kept) await kept;
  }
}
