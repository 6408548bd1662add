import { Fault } from "../../exchange/index.ts";

const mostRemembered = 10_000;

interface Bucket {
  tokens: number;
  at: number;
}

/** A token bucket for each name: `burst` at once, `perSecond` in the long run. Names are forgotten when there are too many, the oldest first. */
export class Patience {
  readonly #burst: number;
  readonly #perSecond: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(burst: number, perSecond: number) {
    this.#burst = burst;
    this.#perSecond = perSecond;
  }

  /** @throws Fault `rate_limited` with the time until the next is taken */
  take(name: string, now: number): void {
    const bucket = this.#refilled(name, now);
    if (bucket.tokens < 1) throw new Fault("rate_limited", { retryAfterMs: Math.ceil(((1 - bucket.tokens) / this.#perSecond) * 1000) });
    bucket.tokens -= 1;
  }

  #refilled(name: string, now: number): Bucket {
    let bucket = this.#buckets.get(name);
    if (!bucket) {
      if (this.#buckets.size >= mostRemembered) this.#buckets.delete(this.#buckets.keys().next().value as string);
      bucket = { tokens: this.#burst, at: now };
      this.#buckets.set(name, bucket);
    }
    bucket.tokens = Math.min(this.#burst, bucket.tokens + ((now - bucket.at) / 1000) * this.#perSecond);
    bucket.at = now;
    return bucket;
  }
}
