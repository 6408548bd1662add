import { Fault } from "../exchange/index.ts";
import type { Health } from "./health.ts";
import type { Belonging } from "./key-ring.ts";
import type { Candidate, Choice, ModelRoute } from "./model-route.ts";

/**
 * Orders the targets of a model. Pure: facts in, order and reasons out.
 *
 * @param draw a number in [0, 1), for strategies that draw lots
 * @param now milliseconds of the clock that attempts go by
 * @param belonging to which account of a provider the request should go, where it has several
 * @throws Fault `no_target` (or what all of them rest for) where every target is resting
 */
export function choose<T>(route: ModelRoute<T>, health: Health, draw: number, now: number, belonging?: Belonging): Choice<T> {
  const isReady = (candidate: Candidate<T>) =>
    health.ready(candidate.name, now) && (candidate.keys === undefined || candidate.keys.ready(now, belonging));
  const ready = route.targets.length === 1 ? route.targets : route.targets.filter(isReady);
  const first = ready[0];
  if (!first || (route.targets.length === 1 && !isReady(first))) throw allResting(route, health, now, belonging);
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

function allResting<T>(route: ModelRoute<T>, health: Health, now: number, belonging: Belonging | undefined): Fault {
  const rests = route.targets
    .map(({ name, keys }) => (keys && health.ready(name, now) ? keys.rest(now, belonging) : health.rest(name, now)))
    .sort((a, b) => a.forMs - b.forMs);
  const soonest = rests[0] ?? { forMs: 1000, why: "failures" as const };
  const [code, after] = rests.every(({ why }) => why === soonest.why) ? told[soonest.why] : told.failures;
  return new Fault(code, {
    message: `Every target of "${route.name}" is resting after ${after}.`,
    // What an operator has to mend is mended when it is.
    ...(code !== "upstream_credentials" && code !== "upstream_quota" && { retryAfterMs: Math.max(1000, soonest.forMs) }),
  });
}

const told = {
  failures: ["no_target", "failures"],
  "rate limit": ["upstream_rate_limited", "rate limits"],
  "credential refused": ["upstream_credentials", "refusals of the gateway's own credential"],
  "out of credit": ["upstream_quota", "refusals for want of credit"],
} as const;
