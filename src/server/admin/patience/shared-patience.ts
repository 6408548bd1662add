import { createHash } from "node:crypto";
import { Fault } from "../../../exchange/index.ts";
import { doorPrefix } from "../../../gateway/index.ts";
import { type Counter, isRefusal, type Limiter, type Refusal, type Reservation } from "../../../policies/index.ts";
import { Patience } from "./patience.ts";

export interface SharedPatienceOptions {
  readonly limiter: Limiter;
  /** What is counted, apart from all else that is. */
  readonly door: string;
  readonly burst: number;
  readonly perSecond: number;
  /** So many of a name are counted here alone: whoever has many names makes no counters in the store by asking once with each. */
  readonly aloneFirst?: number;
}

/**
 * Buckets that every process shares whose limits are counted at the same place. Each has a part of them, so that the store is asked
 * now and then, and not for each request; while it is away each process counts alone.
 */
export class SharedPatience {
  readonly #options: SharedPatienceOptions;
  readonly #here: Patience;

  constructor(options: SharedPatienceOptions) {
    this.#options = options;
    this.#here = new Patience(options.burst, options.perSecond);
  }

  /** @throws Fault `rate_limited` with the time until the next is taken; a promise, where the store has to be asked, is rejected with it */
  take(name: string, now: number): void | Promise<void> {
    const { limiter, burst, aloneFirst = 0 } = this.#options;
    const left = this.#here.take(name, now);
    if (burst - left <= aloneFirst) return;
    const outcome = limiter.reserve([{ counter: this.#counterOf(name), amount: 1 }]);
    return outcome instanceof Promise ? outcome.then(used) : used(outcome);
  }

  #counterOf(name: string): Counter {
    const { door, burst, perSecond } = this.#options;
    // Addresses and names of keys are nobody's business who reads the store.
    const id = createHash("sha256").update(name).digest("base64url").slice(0, 22);
    const lengthMs = (burst / perSecond) * 1000;
    return {
      id: `${doorPrefix}${door}:${id}|${burst}/${lengthMs}`,
      limit: burst,
      measure: "requests",
      window: { kind: "bucket", lengthMs },
      whose: `the ${door}`,
      name: door,
    };
  }
}

function used(outcome: Reservation | Refusal): void {
  if (isRefusal(outcome)) throw new Fault("rate_limited", { retryAfterMs: outcome.retryAfterMs });
  outcome.settle((_, reserved) => reserved);
}
