import type { Fault } from "../exchange/index.ts";

const failuresToOpen = 5;
const windowMs = 30_000;
const restMs = 30_000;
const longestRetryAfterMs = 5 * 60_000;
const deposit = 0.2;
const reserve = 10;
const refillMs = 1000;

/** What is known of a target, for lists. */
export interface TargetState {
  /** `credential refused`: the last call failed for the gateway's own credential there, and no later one has succeeded. */
  readonly status: "usable" | "cooling down" | "credential refused";
  /** When something is sent there again, where nothing is now. */
  readonly retryInSeconds?: number;
}

interface TargetHealth {
  failures: number;
  firstFailureAt: number;
  /** Until then nothing is sent; afterwards one probe at a time until one succeeds. */
  restingUntil: number;
  why: "failures" | "rate limit";
  half: boolean;
  probing: boolean;
  /** The last failure was that of our credential. */
  refused: boolean;
}

/**
 * What is known of each target's state: a circuit breaker (5 failures within 30 s open it for 30 s, then one probe at
 * a time), the rest that a 429's Retry-After asks for, and the budget of retries (20 % of requests, and one a second up
 * to ten), so that a failing upstream is not beaten with more than it was asked. One value for one gateway; the clock is
 * the caller's.
 */
export class Health {
  readonly #targets = new Map<string, TargetHealth>();
  #retryTokens = reserve;
  #refilledAt = 0;

  ready(name: string, now: number): boolean {
    const target = this.#targets.get(name);
    if (!target) return true;
    return now >= target.restingUntil && !(target.half && target.probing);
  }

  rest(name: string, now: number): { forMs: number; why: "failures" | "rate limit" } {
    const target = this.#targets.get(name);
    return { forMs: Math.max(1000, (target?.restingUntil ?? 0) - now), why: target?.why ?? "failures" };
  }

  state(name: string, now: number): TargetState {
    const resting = !this.ready(name, now);
    const status = this.#targets.get(name)?.refused ? "credential refused" : resting ? "cooling down" : "usable";
    return resting ? { status, retryInSeconds: Math.ceil(this.rest(name, now).forMs / 1000) } : { status };
  }

  /** The credentials are others now: those who refused the old ones are asked again at once. */
  forgetRefusals(): void {
    for (const [name, { refused }] of this.#targets) if (refused) this.#targets.delete(name);
  }

  /** A try begins. */
  started(name: string): void {
    if (this.#retryTokens < reserve) this.#retryTokens = Math.min(reserve, this.#retryTokens + deposit);
    const target = this.#targets.get(name);
    if (target?.half) target.probing = true;
  }

  /** An answer has begun: enough to close the breaker, not to forget the failures before. */
  answered(name: string): void {
    if (this.#targets.size > 0 && this.#targets.get(name)?.half) this.#targets.delete(name);
  }

  /** An answer came whole. */
  succeeded(name: string): void {
    if (this.#targets.size > 0) this.#targets.delete(name);
  }

  /** A try ended without a verdict on the target: the client left, or the request was at fault. */
  released(name: string): void {
    const target = this.#targets.get(name);
    if (target) target.probing = false;
  }

  failed(name: string, fault: Fault, now: number): void {
    const target = this.#targets.get(name) ?? {
      failures: 0,
      firstFailureAt: now,
      restingUntil: 0,
      why: "failures",
      half: false,
      probing: false,
      refused: false,
    };
    this.#targets.set(name, target);
    target.probing = false;
    target.refused = fault.code === "upstream_credentials";
    if (fault.code === "upstream_rate_limited" && fault.retryAfterMs !== undefined) {
      this.#open(target, now + Math.min(fault.retryAfterMs, longestRetryAfterMs), "rate limit");
      return;
    }
    if (now - target.firstFailureAt > windowMs) {
      target.failures = 0;
      target.firstFailureAt = now;
    }
    target.failures++;
    if (target.half || target.failures >= failuresToOpen) this.#open(target, now + restMs, "failures");
  }

  #open(target: TargetHealth, until: number, why: TargetHealth["why"]): void {
    target.restingUntil = until;
    target.why = why;
    target.half = true;
    target.failures = 0;
  }

  /** Whether the budget has a retry left; takes it. */
  takeRetry(now: number): boolean {
    if (this.#refilledAt === 0) this.#refilledAt = now;
    const refill = Math.floor((now - this.#refilledAt) / refillMs);
    if (refill > 0) {
      this.#retryTokens = Math.min(reserve, this.#retryTokens + refill);
      this.#refilledAt += refill * refillMs;
    }
    if (this.#retryTokens < 1) return false;
    this.#retryTokens--;
    return true;
  }
}
