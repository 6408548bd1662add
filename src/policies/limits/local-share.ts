import type { Authority } from "./authority.ts";
import type { Counter } from "./counter.ts";
import { LocalAllowance, type OnLoss } from "./on-loss.ts";
import { holderPatienceMs, type Share } from "./share-out.ts";
import type { Thresholds } from "./thresholds.ts";
import { spanAt } from "./window.ts";

/** Why something cannot be had, and when to ask again. */
export interface Refusal {
  readonly counter: Counter;
  readonly retryAfterMs: number;
  /** What a smaller request could still have. */
  readonly left: number;
}

/** What is known of a counter without asking. */
export interface Standing {
  readonly left: number;
  /** When it is whole again; infinite where never, or where that is not foreseen. */
  readonly resetMs: number;
}

/** A quarter of a share may be used before the store is told: this one is for what a few seconds will take, as things go. */
const foresight = 16;
const foreseenMs = 1_000;
const refusalMs = 50;
/** The store may be back by then. */
const aloneMs = 1_000;

/**
 * This process's part of one counter. Taking from it costs a few comparisons; the store is asked when it is used up, and by one of all
 * who wait.
 */
export class LocalShare {
  #counter: Counter;
  readonly #authority: Authority;
  readonly #holder: string;
  readonly #thresholds: Thresholds | undefined;
  /** Undefined: nothing passes while the store does not answer. */
  readonly #alone: "allow" | LocalAllowance | undefined;
  /** Of the current window, or of the current share where it was poured. */
  #spent = 0;
  #reserved = 0;
  /** What may be used, in the end and until the store was told. */
  #granted = 0;
  #untold = 0;
  /** What the store was told last. */
  #told = 0;
  #untilMs = 0;
  #deadAtMs = 0;
  #askedMs = 0;
  #left: number;
  /** Counts the windows: what was taken in one is not given back to another. */
  #window = 0;
  #asking: Promise<unknown> | undefined;
  #takenSince = 0;
  /** A no holds a moment for all who want as much or more: whoever hammers at a used-up limit does not hammer at the store. */
  #refusedUntilMs = 0;
  #refusedNeed = 0;
  #refusal: Refusal | undefined;
  #idleSinceMs = 0;

  constructor(counter: Counter, authority: Authority, holder: string, onLoss: OnLoss = "refuse", thresholds?: Thresholds) {
    this.#thresholds = thresholds;
    this.#counter = counter;
    this.#authority = authority;
    this.#holder = holder;
    this.#left = counter.limit;
    this.#alone = onLoss === "refuse" ? undefined : onLoss === "allow" ? onLoss : new LocalAllowance(onLoss.localShare);
  }

  get counter(): Counter {
    return this.#counter;
  }

  /** What is written of it may have changed. Of another limit, the store is asked before anything more is taken. */
  relimit(counter: Counter): void {
    const same = this.#counter.limit === counter.limit;
    this.#counter = counter;
    if (same) return;
    this.#untold = 0;
    this.#refusedUntilMs = 0;
  }

  /** Nothing is reserved, and nothing was taken for so long. */
  idleFor(now: number): number {
    return this.#reserved > 0 ? 0 : now - this.#idleSinceMs;
  }

  /** @returns the window that it was taken in, or why it cannot be had; a promise only where the store is elsewhere */
  take(amount: number, now: number): number | Refusal | Promise<number | Refusal> {
    if (this.#takes(amount, now)) return this.#window;
    if (this.#refusal && now < this.#refusedUntilMs && amount >= this.#refusedNeed) return this.#refusal;
    const asking = this.#ask(amount, now);
    if (asking instanceof Promise) {
      return asking.then(
        (refusal) => refusal ?? this.take(amount, now),
        (error: unknown) => this.#takeAlone(amount, now, error),
      );
    }
    if (asking) return asking;
    return this.#takes(amount, now) ? this.#window : this.#refused(amount, 1000);
  }

  #takes(amount: number, now: number): boolean {
    if (now >= this.#untilMs || now >= this.#deadAtMs) return false;
    const used = this.#spent + this.#reserved + amount;
    if (used > this.#granted || used > this.#untold) return false;
    this.#reserved += amount;
    this.#takenSince += amount;
    this.#idleSinceMs = now;
    return true;
  }

  /** The store does not answer. What is taken now is told when it is back. */
  #takeAlone(amount: number, now: number, error: unknown): number | Refusal {
    if (this.#alone === undefined) throw error;
    const used = this.#spent + this.#reserved;
    if (this.#alone !== "allow" && !this.#alone.allows(this.counter, used, amount, now)) return this.#refused(0, aloneMs);
    this.#reserved += amount;
    this.#takenSince += amount;
    this.#idleSinceMs = now;
    // The store has something to be told, even where it was never heard.
    if (this.#deadAtMs === 0) this.#deadAtMs = now;
    return this.#window;
  }

  #ask(need: number, now: number): Refusal | undefined | Promise<Refusal | undefined> {
    // Somebody asks already: what comes back may be enough for this one too.
    if (this.#asking) {
      return this.#asking.then((trouble) => {
        if (trouble !== undefined) throw trouble;
        return undefined;
      });
    }
    const answer = this.#exchange(need, Math.max(need, this.#foreseen(now)), now, false);
    if (!(answer instanceof Promise)) return this.#took(answer, need);
    const done = answer.then((share) => this.#took(share, need)).finally(() => (this.#asking = undefined));
    this.#asking = done.then(
      () => undefined,
      (trouble: unknown) => trouble,
    );
    return done;
  }

  #exchange(need: number, wish: number, now: number, leave: boolean): Share | Promise<Share> {
    this.#roll(now);
    const used = this.#spent + this.#reserved;
    const give = this.#poured ? this.#granted - used : 0;
    if (this.#poured) this.#granted = used;
    const ask = { holder: this.#holder, used: this.#poured ? 0 : used, give, need, wish, leave, now };
    const told = used;
    const received = (share: Share): Share => {
      this.#told = told;
      this.#granted = (this.#poured ? this.#granted : told) + share.free;
      this.#untold = (this.#poured ? this.#granted : told) + (this.#poured ? 0 : share.step);
      this.#untilMs = share.untilMs;
      this.#deadAtMs = now + holderPatienceMs;
      this.#left = share.left;
      this.#takenSince = 0;
      this.#askedMs = now;
      // What is under way, and what was poured out to be used next, is not used yet.
      if (this.#counter.alerts) this.#thresholds?.see(this.#counter, share, this.#reserved + (this.#poured ? share.free : 0), now);
      return share;
    };
    // What was used beyond the share is told again; what was given back may have been heard, and is not.
    const unheard = (error: unknown): never => {
      if (give < 0) this.#granted += give;
      throw error;
    };
    const share = this.#authority.ask(this.counter, ask);
    return share instanceof Promise ? share.then(received, unheard) : received(share);
  }

  /** What is taken now and then needs no share; what is taken all the time gets a growing one. */
  #foreseen(now: number): number {
    const elapsedMs = Math.max(foreseenMs, now - this.#askedMs);
    return Math.ceil((this.#takenSince * foresight * foreseenMs) / elapsedMs);
  }

  #took(share: Share, need: number): Refusal | undefined {
    if (share.free >= need) return undefined;
    if (this.#counter.alerts) this.#thresholds?.refused(this.#counter, this.#askedMs);
    this.#refusal = this.#refused(share.free + share.left, share.retryAfterMs);
    this.#refusedNeed = need;
    this.#refusedUntilMs = this.#askedMs + Math.min(share.retryAfterMs, refusalMs);
    return this.#refusal;
  }

  #refused(left: number, retryAfterMs: number): Refusal {
    return { counter: this.counter, retryAfterMs, left };
  }

  /** A new window of the calendar begins with nothing used; what is under way was taken in the old one. */
  #roll(now: number): void {
    if (this.counter.window.kind !== "calendar" || now < this.#untilMs) return;
    this.#window++;
    this.#spent = 0;
    this.#reserved = 0;
    this.#granted = 0;
    this.#untold = 0;
    this.#told = 0;
    this.#left = this.counter.limit;
    this.#untilMs = spanAt(this.counter.window.unit, this.counter.window.zone, now).endMs;
  }

  /** Tokens of a bucket or a sliding window, which are taken out for good. */
  get #poured(): boolean {
    const { kind } = this.counter.window;
    return kind === "bucket" || kind === "sliding";
  }

  /** What was reserved turned out to be so much. */
  settle(window: number, reserved: number, actual: number): void {
    if (window !== this.#window) return;
    this.#reserved -= reserved;
    if (actual < reserved) this.#refusedUntilMs = 0;
    if (this.counter.window.kind !== "standing") this.#spent += actual;
  }

  standing(now: number): Standing {
    const { kind } = this.counter.window;
    if (kind === "calendar" && now >= this.#untilMs) return { left: this.counter.limit, resetMs: Number.POSITIVE_INFINITY };
    const left = Math.max(0, Math.floor(this.#left + this.#granted - this.#spent - this.#reserved));
    if (kind === "calendar") return { left, resetMs: this.#untilMs - now };
    if (kind === "standing") return { left, resetMs: Number.POSITIVE_INFINITY };
    const { lengthMs } = this.counter.window as { lengthMs: number };
    return { left, resetMs: kind === "bucket" ? ((this.counter.limit - left) * lengthMs) / this.counter.limit : lengthMs };
  }

  /** Tells the store what was used, so that this holder is not taken for dead. @param leave nothing is held any more */
  async tell(now: number, leave: boolean): Promise<void> {
    if (this.#asking) await this.#asking;
    if (this.#deadAtMs === 0) return;
    if (this.counter.window.kind === "calendar" && now >= this.#untilMs) return;
    // What was poured out is given back: it was taken for a moment only.
    await this.#exchange(0, leave ? 0 : this.#foreseen(now), now, leave || this.#poured);
    if (!leave) return;
    this.#spent = 0;
    this.#granted = 0;
    this.#untold = 0;
    this.#told = 0;
    this.#deadAtMs = 0;
    this.#window++;
  }

  /** The store does not know how it stands, or would soon take this holder for dead. */
  dueAt(now: number): boolean {
    const used = this.#spent + this.#reserved;
    return used !== this.#told || this.#granted > used || now > this.#deadAtMs - holderPatienceMs / 2;
  }
}
