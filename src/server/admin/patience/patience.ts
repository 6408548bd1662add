import { Fault } from "../../../exchange/index.ts";

const mostRemembered = 10_000;

interface Bucket {
  tokens: number;
  at: number;
}

/** A token bucket for each name: `burst` at once, `perSecond` in the long run. Names are forgotten when there are too many, those that came last the longest ago first. */
export class Patience {
  readonly #burst: number;
  readonly #perSecond: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(burst: number, perSecond: number) {
    this.#burst = burst;
    this.#perSecond = perSecond;
  }

  /** @returns how many are left @throws Fault `rate_limited` with the time until the next is taken */
  take(name: string, now: number): number {
    const bucket = this.#refilled(name, now);
    if (bucket.tokens < 1) throw new Fault("rate_limited", { retryAfterMs: Math.ceil(((1 - bucket.tokens) / this.#perSecond) * 1000) });
    bucket.tokens -= 1;
    return bucket.tokens;
  }

  /** The same, for what is left out rather than refused. */
  has(name: string, now: number): boolean {
    const bucket = this.#refilled(name, now);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  #refilled(name: string, now: number): Bucket {
    let bucket = this.#buckets.get(name);
    if (!bucket) {
      if (this.#buckets.size >= mostRemembered) this.#buckets.delete(this.#buckets.keys().next().value as string);
      bucket = { tokens: this.#burst, at: now };
      this.#buckets.set(name, bucket);
    }
    // Behind all others: whoever goes on is not forgotten.
    this.#buckets.delete(name);
    this.#buckets.set(name, bucket);
    bucket.tokens = Math.min(this.#burst, bucket.tokens + (Math.max(0, now - bucket.at) / 1000) * this.#perSecond);
    bucket.at = now;
    return bucket;
  }
}

/** Whose guesses an address's are: whoever has one of IPv6 has all of its network of 64 bits. */
export function guesserAt(address: string): string {
  if (!address.includes(":")) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped) return mapped[1] as string;
  const [head = "", tail = ""] = address.split("::");
  const before = head === "" ? [] : head.split(":");
  const behind = tail === "" ? [] : tail.split(":");
  const zeros = address.includes("::") ? Array<string>(Math.max(0, 8 - before.length - behind.length)).fill("0") : [];
  return [...before, ...zeros, ...behind]
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, "").toLowerCase())
    .join(":");
}
