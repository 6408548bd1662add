import type { WorstCase } from "../accounting/index.ts";
import { type Exchange, Fault, JsonBody, totalTokens, type Usage } from "../exchange/index.ts";
import { type Counter, isRefusal, type Need, type Refusal, type Reservation } from "../policies/index.ts";
import { boundOutput, outputBound } from "../protocols/index.ts";
import type { Target } from "../providers/index.ts";
import type { Line, ModelLine } from "./line.ts";
import { withBody } from "./read-exchange.ts";
import type { Speech } from "./write.ts";

/** Of models that nobody has told the longest answer of. */
const unknownOutput = 32_768;
/** A shorter answer than this is none. */
const leastOutput = 16;
/** What a request grows by when the bound is written into it. */
const boundBytes = 64;
const nanosPerUsd = 1_000_000_000;

/**
 * Sets aside what the request may use at most, in everything that it counts in; what it did use is settled with the record, and the
 * rest is free again. Mostly at once.
 *
 * @returns the exchange; one whose answer is bounded, where it was not and the whole did not fit
 * @throws Fault `rate_limited`, `budget_exhausted`, `budget_unpriced`
 */
export function reserve(line: Line, model: ModelLine, exchange: Exchange, speech: Speech): Exchange | Promise<Exchange> {
  const counters = line.counters(exchange.principal, model);
  if (counters.length === 0) return exchange;
  speech.counters = counters;
  const bounds = boundsOf(exchange, model);
  const needs = needsOf(counters, bounds, line, model, exchange, speech.engine.worstCase);
  const shortest = { ...bounds, input: bounds.input + boundBytes, output: 0 };
  const leastNeeds = () => needsOf(counters, shortest, line, model, exchange, speech.engine.worstCase);
  const outcome = speech.engine.limiter.reserve(needs);
  const concluded = (result: Reservation | Refusal): Exchange | Promise<Exchange> => {
    if (!isRefusal(result)) {
      hold(result, speech);
      return exchange;
    }
    const least = bounds.told ? needs : leastNeeds();
    const output = bounds.told ? undefined : affordable(result, bounds, needs, least);
    if (output === undefined) throw refused(result, needs, speech);
    const preferred = model.route.targets[0]?.target.traits.outputLimitField;
    const edits = boundOutput(exchange.surface, exchange.body, output, preferred);
    return reserve(line, model, withBody(exchange, JsonBody.scan(exchange.body.splice(edits)), speech.dialect), speech);
  };
  return outcome instanceof Promise ? outcome.then(concluded) : concluded(outcome);
}

interface Bounds {
  /** No token is shorter than a byte. */
  readonly input: number;
  readonly output: number;
  /** The request itself says how long the answer may be. */
  readonly told: boolean;
  readonly answers: number;
}

function boundsOf({ surface, body, files }: Exchange, { route }: ModelLine): Bounds {
  const input = body.bytes.length + (files ?? []).reduce((sum, { size }) => sum + size, 0);
  const bound = outputBound(surface, body);
  if (!bound) return { input, output: 0, told: true, answers: 1 };
  const { tokens, answers } = bound;
  const longest = Math.max(...route.targets.map(({ target }) => target.traits.maxOutputTokens ?? unknownOutput));
  return { input, output: tokens ?? longest * answers, told: tokens !== undefined, answers };
}

function needsOf(
  counters: readonly Counter[],
  { input, output }: Bounds,
  line: Line,
  { route }: ModelLine,
  { foreseen, startedAt }: Exchange,
  worst: WorstCase,
): Need[] {
  let nanos: number | undefined;
  const cost = () => {
    nanos ??= Math.max(...route.targets.map(({ target }) => costAtMost(target)));
    return nanos;
  };
  const costAtMost = (target: Target): number => {
    const { price } = line.price(target);
    const most = price && worst.cost(price, { input, output }, foreseen, startedAt);
    if (most !== undefined) return most;
    throw new Fault("budget_unpriced", {
      message: `${target.upstream.name}/${target.model} has no price, so nobody can say what it takes of a budget. Set one under \`prices\` in the config.`,
      param: "model",
    });
  };
  const amountOf = ({ measure }: Counter): number => {
    if (measure === "nanos") return cost();
    if (measure === "tokens") return input + output;
    if (measure === "inputTokens") return input;
    return measure === "outputTokens" ? output : 1;
  };
  return counters.map((counter) => ({ counter, amount: amountOf(counter) }));
}

/**
 * How long each answer may be for what is left, of a request that leaves it open. Undefined where that is too little, or no matter of
 * length.
 */
function affordable({ counter, left }: Refusal, bounds: Bounds, needs: readonly Need[], least: readonly Need[]): number | undefined {
  const at = needs.findIndex((each) => each.counter === counter);
  const [most, none] = [needs[at]?.amount ?? 0, least[at]?.amount ?? 0];
  // Of several targets the dearest counts, whichever that is at a length: between the ends the straight line lies above it.
  const perToken = (most - none) / bounds.output;
  if (!(perToken > 0)) return undefined;
  const output = Math.floor((left - none) / perToken / bounds.answers);
  return output >= leastOutput && output * bounds.answers < bounds.output ? output : undefined;
}

function hold(reservation: Reservation, { meter }: Speech): void {
  meter.onSettled = ({ usage, costNanos, asked }) => reservation.settle((counter) => used(counter, usage, costNanos, asked));
}

function used({ measure }: Counter, usage: Usage | undefined, costNanos: number | undefined, asked: boolean): number {
  switch (measure) {
    case "requests":
      return asked ? 1 : 0;
    case "concurrency":
      return 0;
    case "nanos":
      return costNanos ?? 0;
    case "outputTokens":
      return usage?.output ?? 0;
    case "inputTokens":
      return usage ? totalTokens(usage) - usage.output : 0;
    case "tokens":
      return usage ? totalTokens(usage) : 0;
  }
}

function refused({ counter, retryAfterMs, left }: Refusal, needs: readonly Need[], { meter }: Speech): Fault {
  const { measure, whose, name, limit } = counter;
  meter.detail.limit = name;
  const need = needs.find((each) => each.counter === counter)?.amount ?? 0;
  const endless = counter.window.kind === "calendar" && counter.window.unit === "ever";
  const retry = endless ? {} : { retryAfterMs };
  if (measure === "nanos") {
    return new Fault("budget_exhausted", {
      message: `The budget of ${whose} (${usd(limit)} a ${name.split("-").at(-1)}) has ${usd(left)} left, and this request may cost up to ${usd(need)}.`,
      policy: name,
      ...retry,
    });
  }
  const asked = need > 1 ? `, and this request may use up to ${need}` : "";
  return new Fault("rate_limited", {
    message: `The limit ${name} of ${whose} (${limit}) has ${Math.floor(Math.max(0, left))} left${asked}.`,
    policy: name,
    ...retry,
  });
}

function usd(nanos: number): string {
  return `${(nanos / nanosPerUsd).toFixed(6).replace(/\.?0+$/, "")} USD`;
}
