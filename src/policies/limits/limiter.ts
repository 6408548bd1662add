import type { CounterStore } from "../../storage/index.ts";
import { Authority } from "./authority.ts";
import type { Counter } from "./counter.ts";
import { LocalShare, type Refusal, type Standing } from "./local-share.ts";
import type { OnLoss } from "./on-loss.ts";
import { type Threshold, Thresholds } from "./thresholds.ts";

export interface Need {
  readonly counter: Counter;
  /** In the counter's units, whole. */
  readonly amount: number;
}

export interface LimiterOptions {
  readonly store: CounterStore;
  /** Unlike that of every other process, now and later. */
  readonly holder: string;
  /** Milliseconds since the epoch. */
  now(): number;
  readonly warn?: (message: string) => void;
  /** Told when a counter that has `alerts` is used to a part of it: once a window, by each process that sees it. */
  readonly onThreshold?: (threshold: Threshold) => void;
  /** Of a counter whose store does not answer. Default: `refuse` for all. */
  readonly onLoss?: (counter: Counter) => OnLoss;
}

const tellEveryMs = 5_000;
const sweepEveryMs = 3_600_000;
const idleMs = 15_000;
/** Beyond so many counters, those that rest go sooner: their number is the callers' to choose where sessions are limited. */
const mostShares = 20_000;
const crowdedIdleMs = 1_000;
const toldAtOnce = 500;

/** Every counter that this process takes from. Takes of several, all or none. */
export class Limiter {
  readonly #options: LimiterOptions;
  readonly #authority: Authority;
  readonly #shares = new Map<string, LocalShare>();
  readonly #thresholds: Thresholds | undefined;
  readonly #timer: ReturnType<typeof setInterval>;
  #sweptAtMs = 0;
  #troubled = false;

  constructor(options: LimiterOptions) {
    this.#options = options;
    this.#authority = new Authority(options.store);
    this.#thresholds = options.onThreshold && new Thresholds(options.onThreshold);
    this.#timer = setInterval(() => void this.beat(), tellEveryMs);
    this.#timer.unref();
  }

  /** Round trips to the store so far. */
  get asked(): number {
    return this.#authority.asked;
  }

  /** Reserves everything, or nothing: then why. A promise only where the store is elsewhere. */
  reserve(needs: readonly Need[]): Reservation | Refusal | Promise<Reservation | Refusal> {
    return this.#take(needs, 0, []);
  }

  #take(needs: readonly Need[], from: number, taken: Taken[]): Reservation | Refusal | Promise<Reservation | Refusal> {
    for (let at = from; at < needs.length; at++) {
      const { counter, amount } = needs[at] as Need;
      const share = this.#share(counter);
      const outcome = share.take(amount, this.#options.now());
      if (outcome instanceof Promise) {
        return outcome.then(
          (later) => (this.#noted(later, share, amount, taken) ? this.#take(needs, at + 1, taken) : (later as Refusal)),
          (error: unknown) => {
            for (const each of taken) each.share.settle(each.window, each.amount, 0);
            throw error;
          },
        );
      }
      if (!this.#noted(outcome, share, amount, taken)) return outcome as Refusal;
    }
    return new Reservation(taken);
  }

  #noted(outcome: number | Refusal, share: LocalShare, amount: number, taken: Taken[]): boolean {
    if (typeof outcome === "number") {
      taken.push({ share, window: outcome, amount });
      return true;
    }
    for (const each of taken) each.share.settle(each.window, each.amount, 0);
    return false;
  }

  #share(counter: Counter): LocalShare {
    const known = this.#shares.get(counter.id);
    if (known) {
      // A reload may have changed the limit under the same name.
      if (known.counter !== counter) known.relimit(counter);
      return known;
    }
    const share = new LocalShare(counter, this.#authority, this.#options.holder, this.#options.onLoss?.(counter), this.#thresholds);
    this.#shares.set(counter.id, share);
    return share;
  }

  standing(counter: Counter): Standing {
    return this.#share(counter).standing(this.#options.now());
  }

  /** Tells the store of what was used, and gives back what is not needed. */
  async beat(): Promise<void> {
    const now = this.#options.now();
    try {
      let told = 0;
      for (const [id, share] of this.#shares) {
        // Requests go on between.
        if (++told % toldAtOnce === 0) await new Promise((resolve) => setTimeout(resolve, 0));
        const longestIdleMs = this.#shares.size > mostShares ? crowdedIdleMs : idleMs;
        const idle = share.idleFor(now) > longestIdleMs;
        if (idle || share.dueAt(now)) await share.tell(now, idle);
        if (idle && share.idleFor(this.#options.now()) > longestIdleMs) this.#shares.delete(id);
      }
      if (now - this.#sweptAtMs > sweepEveryMs) {
        this.#sweptAtMs = now;
        await this.#options.store.sweep(now);
      }
      this.#troubled = false;
    } catch (error) {
      if (!this.#troubled)
        this.#options.warn?.(`The counters of limits cannot be written; what was shared out is still good. ${String(error)}`);
      this.#troubled = true;
    }
  }

  /** Gives everything back. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    const now = this.#options.now();
    try {
      for (const share of this.#shares.values()) await share.tell(now, true);
    } catch (error) {
      this.#options.warn?.(`What is left of limits could not be given back; it is free again in half a minute. ${String(error)}`);
    }
    this.#shares.clear();
  }
}

interface Taken {
  readonly share: LocalShare;
  readonly window: number;
  readonly amount: number;
}

/** What one request has taken of its counters. */
export class Reservation {
  #taken: readonly Taken[];

  constructor(taken: readonly Taken[]) {
    this.#taken = taken;
  }

  get counters(): readonly Counter[] {
    return this.#taken.map(({ share }) => share.counter);
  }

  /** What it came to, once; the rest is free again. */
  settle(actual: (counter: Counter, reserved: number) => number): void {
    const taken = this.#taken;
    this.#taken = [];
    for (const { share, window, amount } of taken) share.settle(window, amount, actual(share.counter, amount));
  }
}

export function isRefusal(outcome: Reservation | Refusal): outcome is Refusal {
  return !(outcome instanceof Reservation);
}
