import type { Exchange } from "../../exchange/index.ts";
import { isRefusal } from "../../policies/index.ts";
import type { Line } from "../line.ts";
import type { Speech } from "../writing/write.ts";
import { hold } from "./hold.ts";
import { refused } from "./refused.ts";

/** Counts an answer that is given again: as a request, and as nothing else. @throws Fault `rate_limited`, `store_unavailable` */
export async function countRepeat(line: Line, exchange: Exchange, speech: Speech): Promise<void> {
  const counters = line.counters(exchange, line.model(exchange.model));
  if (counters.length === 0) return;
  speech.counters = counters;
  const needs = counters.filter(({ measure }) => measure === "requests").map((counter) => ({ counter, amount: 1 }));
  if (needs.length === 0) return;
  const outcome = await speech.engine.limiter.reserve(needs);
  if (!isRefusal(outcome)) return hold(outcome, speech);
  speech.meter.detail.limit = outcome.counter.name;
  throw refused(outcome, { counter: outcome.counter, amount: 1 }, 1);
}
