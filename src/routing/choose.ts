import { Fault } from "../exchange/index.ts";
import type { Health } from "./health.ts";
import type { Candidate, Choice, ModelRoute } from "./model-route.ts";

/**
 * Orders the targets of a model. Pure: facts in, order and reasons out.
 *
 * @param draw a number in [0, 1), for strategies that draw lots
 * @param now milliseconds since the epoch
 * @throws Fault `no_target` (or `upstream_rate_limited`, when that is why) where every target is resting
 */
export function choose<T>(route: ModelRoute<T>, health: Health, draw: number, now: number): Choice<T> {
  const ready = route.targets.length === 1 ? route.targets : route.targets.filter((candidate) => health.ready(candidate.name, now));
  const first = ready[0];
  if (!first || (route.targets.length === 1 && !health.ready(first.name, now))) throw allResting(route, health, now);
  const resting = route.targets.length - ready.length;
  const skipped = resting > 0 ? `; ${resting} resting` : "";
  switch (route.strategy) {
    case "single":
      return { order: ready, reason: "only target" };
    case "fallback":
      return { order: ready, reason: `${first === route.targets[0] ? "first of the list" : "first that is not resting"}${skipped}` };
    case "weighted": {
      const order = drawn(ready, draw);
      return { order, reason: `drawn by weight ${order[0]?.weight} of ${sumOf(ready)}${skipped}` };
    }
  }
}

/** The drawn target first; the others behind it by weight, as fallbacks. */
function drawn<T>(ready: readonly Candidate<T>[], draw: number): Candidate<T>[] {
  let left = draw * sumOf(ready);
  const index = ready.findIndex((candidate) => {
    left -= candidate.weight;
    return left < 0;
  });
  const winner = ready[Math.max(0, index)] as Candidate<T>;
  const others = ready.filter((candidate) => candidate !== winner).sort((a, b) => b.weight - a.weight);
  return [winner, ...others];
}

function sumOf<T>(candidates: readonly Candidate<T>[]): number {
  return candidates.reduce((sum, candidate) => sum + candidate.weight, 0);
}

function allResting<T>(route: ModelRoute<T>, health: Health, now: number): Fault {
  const rests = route.targets.map((candidate) => health.rest(candidate.name, now)).sort((a, b) => a.forMs - b.forMs);
  const soonest = rests[0] ?? { forMs: 1000, why: "failures" };
  const limited = rests.every((rest) => rest.why === "rate limit");
  return new Fault(limited ? "upstream_rate_limited" : "no_target", {
    message: `Every target of "${route.name}" is resting after ${limited ? "rate limits" : "failures"}.`,
    retryAfterMs: soonest.forMs,
  });
}
