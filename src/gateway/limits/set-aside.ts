import { type Exchange, type Fault, JsonBody } from "../../exchange/index.ts";
import { type Counter, isRefusal, type Refusal, type Reservation } from "../../policies/index.ts";
import { boundOutput } from "../../protocols/index.ts";
import type { Target } from "../../providers/index.ts";
import type { Line } from "../line.ts";
import { withBody } from "../reading/read-exchange.ts";
import type { Speech } from "../writing/write.ts";
import { hold } from "./hold.ts";
import { refused } from "./refused.ts";
import { affordable, boundsOf, needsOf, shortest } from "./worst-need.ts";

/** What a request counts in, and who may answer it. */
export interface Counted {
  readonly counters: readonly Counter[];
  readonly targets: readonly Target[];
  /** They are one of several providers'. */
  readonly elsewhere?: boolean;
  /** What is done where the counter that has no room names another model; absent: nothing. */
  otherwise?(by: Counter, instead: string, refusal: Fault): Promise<Exchange>;
}

/**
 * Sets aside what the request may use at most, in everything that it counts in; what it did use is settled with the record, and the
 * rest is free again. Mostly at once.
 *
 * @returns the exchange; one whose answer is bounded, where it was not and the whole did not fit
 * @throws Fault `rate_limited`, `budget_exhausted`, `provider_exhausted`, `budget_unpriced`, and so does the promise
 */
export function setAside(counted: Counted, line: Line, exchange: Exchange, speech: Speech): Exchange | Promise<Exchange> {
  const { counters, targets, elsewhere } = counted;
  const bounds = boundsOf(exchange, targets);
  const needs = needsOf(counters, targets, bounds, line, exchange, speech);
  const outcome = speech.engine.limiter.reserve(needs);
  const concluded = (result: Reservation | Refusal): Exchange | Promise<Exchange> => {
    if (!isRefusal(result)) {
      hold(result, speech);
      return exchange;
    }
    const need = needs.find(({ counter }) => counter.id === result.counter.id) ?? { counter: result.counter, amount: 0 };
    const least = bounds.told ? needs : needsOf(counters, targets, shortest(bounds), line, exchange, speech);
    // Of an answer of open length, what the shortest takes is what is refused.
    const smallest = least.find(({ counter }) => counter.id === need.counter.id) ?? need;
    const fault = refused(result, need, smallest.amount, elsewhere);
    const { instead } = need.counter;
    if (instead !== undefined && counted.otherwise) {
      speech.engine.limiter.refused(smallest, result);
      return counted.otherwise(need.counter, instead, fault);
    }
    const output = bounds.told ? undefined : affordable(result, bounds, needs, least);
    const edits = output && boundOutput(exchange.surface, exchange.body, output, targets[0]?.traits.outputLimitField);
    if (!edits) {
      speech.engine.limiter.refused(smallest, result);
      speech.meter.detail.limit = need.counter.name;
      throw fault;
    }
    return setAside(counted, line, withBody(exchange, JsonBody.scan(exchange.body.splice(edits)), speech.dialect), speech);
  };
  return outcome instanceof Promise ? outcome.then(concluded) : concluded(outcome);
}
