import type { CounterStore } from "../../storage/index.ts";
import { Authority } from "./authority.ts";
import type { Counter } from "./counter.ts";
import type { Refusal } from "./heard-refusal.ts";
import { LocalShare, type Standing, tellTickMs } from "./local-share.ts";
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
  /** Default: the runtime's. */
  readonly timer?: LimiterTimer;
}

/** What is done later. Nothing of it keeps a process alive. */
export interface LimiterTimer {
  /** @returns what ends it */
  every(ms: number, work: () => void): () => void;
  after(ms: number, work: () => void): void;
  /** From 0 to 1. */
  random(): number;
}

const ownTimer: LimiterTimer = {
  every(ms, work) {
    const timer = setInterval(work, ms);
    timer.unref();
    return () => clearInterval(timer);
  },
  after: (ms, work) => void setTimeout(work, ms).unref(),
  random: Math.random,
};

const sweepEveryMs = 3_600_000;
const idleMs = 15_000;
/** Where the store is far, who comes back within so long does not wait. */
const farIdleMs = 120_000;
/** Shares that are low are filled up together, in half the time that the first of them still lasts. */
const leastFillMs = 50;
const mostFillMs = 2_000;
/** Beyond so many counters, those that rest go sooner: their number is the callers' to choose where sessions are limited. */
const mostShares = 20_000;
const crowdedIdleMs = 1_000;
const toldAtOnce = 500;

function ignore(): void {}

/** Every counter that this process takes from. Takes of several, all or none. */
export class Limiter {
  readonly #options: LimiterOptions;
  readonly #authority: Authority;
  readonly #shares = new Map<string, LocalShare>();
  readonly #thresholds: Thresholds | undefined;
  readonly #timer: LimiterTimer;
  readonly #low: LocalShare[] = [];
  #fillAtMs = 0;
  readonly #endBeats: () => void;
  #sweptAtMs = 0;
  #lookedAtMs = 0;
  #troubled = false;

  constructor(options: LimiterOptions) {
    this.#options = options;
    this.#thresholds = options.onThreshold && new Thresholds(options.onThreshold);
    this.#timer = options.timer ?? ownTimer;
    this.#authority = new Authority(options.store, this.#timer);
    this.#endBeats = this.#timer.every(tellTickMs, () => void this.beat());
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
        // What else has to be asked for goes with it, in the same round trip.
        for (let next = at + 1; next < needs.length; next++) {
          const other = needs[next] as Need;
          this.#share(other.counter).prepare(other.amount, this.#options.now());
        }
        this.#fill();
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
    const share = new LocalShare(counter, this.#authority, this.#options.holder, {
      onLoss: this.#options.onLoss?.(counter),
      thresholds: this.#thresholds,
      onLow: this.#onLow,
    });
    this.#shares.set(counter.id, share);
    return share;
  }

  /** What is low is filled up before somebody has to wait for it; together, in one round trip. */
  readonly #onLow = (share: LocalShare, lastsMs: number): void => {
    this.#low.push(share);
    const afterMs = Math.min(mostFillMs, Math.max(leastFillMs, lastsMs / 2));
    const fillAtMs = this.#options.now() + afterMs;
    if (this.#low.length > 1 && fillAtMs >= this.#fillAtMs) return;
    this.#fillAtMs = fillAtMs;
    this.#timer.after(afterMs, this.#fill);
  };

  /** What cannot be told now is told with the next beat, or by whoever has to wait. */
  readonly #fill = (): void => {
    if (this.#low.length === 0) return;
    const now = this.#options.now();
    for (const low of this.#low.splice(0)) low.fillUp(now)?.catch(ignore);
  };

  /** Somebody goes without this, for good: one who asks for less instead was not refused. */
  refused({ counter, amount }: Need, { left, isAlone }: Pick<Refusal, "left" | "isAlone">): void {
    if (counter.alerts && !isAlone) this.#thresholds?.refused(counter, amount, left, this.#options.now());
  }

  standing(counter: Counter): Standing {
    return this.#share(counter).standing(this.#options.now());
  }

  /** Tells the store of what was used, and gives back what is not needed. */
  async beat(): Promise<void> {
    const now = this.#options.now();
    try {
      let looked = 0;
      let telling: Promise<void>[] = [];
      for (const [id, share] of this.#shares) {
        // Requests go on between.
        if (++looked % toldAtOnce === 0) {
          await Promise.all(telling);
          telling = [];
          await new Promise<void>((resolve) => this.#timer.after(0, resolve));
        }
        const longestIdleMs = this.#shares.size > mostShares ? crowdedIdleMs : this.#authority.isFar ? farIdleMs : idleMs;
        const idle = share.idleFor(now) > longestIdleMs;
        if (idle) telling.push(this.#leave(id, share, now, longestIdleMs));
        else if (share.dueAt(now)) telling.push(share.tell(now, false));
      }
      await Promise.all(telling);
      if (this.#isTimeToSweep(now)) await this.#options.store.sweep(now);
      this.#troubled = false;
    } catch (error) {
      if (!this.#troubled)
        this.#options.warn?.(`The counters of limits cannot be written; what was shared out is still good. ${String(error)}`);
      this.#troubled = true;
    }
  }

  /** Once an hour. A clock that has jumped since the last look is not believed until it has been right for as long. */
  #isTimeToSweep(now: number): boolean {
    const sinceMs = now - this.#lookedAtMs;
    this.#lookedAtMs = now;
    const hasJumped = sinceMs < 0 || sinceMs > sweepEveryMs;
    if (!hasJumped && now - this.#sweptAtMs <= sweepEveryMs) return false;
    this.#sweptAtMs = now;
    return !hasJumped;
  }

  async #leave(id: string, share: LocalShare, now: number, longestIdleMs: number): Promise<void> {
    await share.tell(now, true);
    if (share.idleFor(this.#options.now()) > longestIdleMs) this.#shares.delete(id);
  }

  /** Gives everything back. */
  async close(): Promise<void> {
    this.#endBeats();
    const now = this.#options.now();
    try {
      await Promise.all(Array.from(this.#shares.values(), (share) => share.tell(now, true)));
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
