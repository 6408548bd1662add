import { type Exchange, Fault } from "../../exchange/index.ts";
import { admit, type Counter } from "../../policies/index.ts";
import type { Target } from "../../providers/index.ts";
import type { Line, ModelLine } from "../line.ts";
import { withModel } from "../reading/read-exchange.ts";
import type { Speech } from "../writing/write.ts";
import { setAside } from "./set-aside.ts";

/**
 * Sets aside what the request may use at most, in everything that it counts in.
 *
 * @returns the exchange; one whose answer is bounded, where it was not and the whole did not fit; or one for the model that the config
 *   names instead
 * @throws Fault `rate_limited`, `budget_exhausted`, `budget_unpriced`, and so does the promise
 */
export function reserve(line: Line, model: ModelLine, exchange: Exchange, speech: Speech): Exchange | Promise<Exchange> {
  const counters = line.counters(exchange, model);
  if (counters.length === 0) return exchange;
  speech.counters = counters;
  const otherwise = (by: Counter, instead: string, refusal: Fault) => downgraded(by, instead, refusal, line, exchange, speech);
  return setAside({ counters, targets: targetsOf(model), otherwise }, line, exchange, speech);
}

function targetsOf({ route }: ModelLine): Target[] {
  return route.targets.map(({ target }) => target);
}

/**
 * Sends a request that does not fit to the model that its limit names instead: once, where the caller may call that one, and within
 * that one's own limits. Any other limit of requests or tokens with such a word counts only what goes to the first model; a budget counts all.
 *
 * @throws Fault the refusal, where the other model is not to be had either
 */
async function downgraded(by: Counter, use: string, refusal: Fault, line: Line, exchange: Exchange, speech: Speech): Promise<Exchange> {
  const other = withModel(exchange, use, speech.dialect);
  try {
    if (use === exchange.model) throw refusal;
    const model = line.model(use);
    await admit(line.rules, other);
    const counters = line
      .counters(other, model)
      .filter((each) => each.instead === undefined || each.measure === "nanos" || model.counters.includes(each));
    const taken = counters.length === 0 ? other : await setAside({ counters, targets: targetsOf(model) }, line, other, speech);
    speech.counters = counters.length === 0 ? undefined : counters;
    speech.meter.detail.downgrade = { from: exchange.model, to: use, limit: by.name };
    return taken;
  } catch (error) {
    if (!(error instanceof Fault) || error.blame === "gateway") throw error;
    speech.meter.detail.limit = by.name;
    throw refusal;
  }
}
