import type { Authority } from "./authority.ts";
import type { Counter } from "./counter.ts";
import { HeardRefusal, type Refusal } from "./heard-refusal.ts";
import { LocalAllowance, type OnLoss } from "./on-loss.ts";
import { Pace } from "./pace.ts";
import { slotsOfWindow } from "./pour-out.ts";
import type { Ask, Share } from "./share-out.ts";
import type { Thresholds } from "./thresholds.ts";
import { spanAt } from "./window.ts";

/** What is known of a counter without asking. */
export interface Standing {
  readonly left: number;
  /** When it is whole again; infinite where never, or where that is not foreseen. */
  readonly resetMs: number;
}

/** A share is for what is taken, as things go, between so many tellings. */
const foreseenTells = 4;
/** So many requests find room without asking, where there is plenty. */
const spareRequests = 8;
/** While an answer is waited for, what a second takes may be used, and so many requests more. */
const keptRequests = 2;
/** When so much of what may be used untold is used, the store is told. */
const lowPart = 3 / 4;
/** What is due is looked at so often. */
export const tellTickMs = 5_000;
/** A clock that goes back by more was wrong before, and the window with it. */
const mostBackMs = 3_600_000;
/** The store may be back by then. */
const aloneMs = 1_000;

export interface ShareOptions {
  readonly onLoss?: OnLoss | undefined;
  readonly thresholds?: Thresholds | undefined;
  /** What may be used without asking will soon be used up, as things go: the store may be told before somebody has to wait. */
  readonly onLow?: ((share: LocalShare, lastsMs: number) => void) | undefined;
}

/**
 * This process's part of one counter. Taking from it costs a few comparisons; the store is asked when it is used up, and by one of all
 * who wait.
 */
export class LocalShare {
  #counter: Counter;
  readonly #authority: Authority;
  readonly #holder: string;
  readonly #thresholds: Thresholds | undefined;
  readonly #onLow: ShareOptions["onLow"];
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
  /** Of a window of the calendar: when it began. */
  #sinceMs = 0;
  #deadAtMs = 0;
  #patienceMs = 0;
  #tellEveryMs = tellTickMs;
  /** From here on it is low. */
  #lowAt = Number.POSITIVE_INFINITY;
  readonly #pace = new Pace();
  #left: number;
  /** Counts the windows: what was taken in one is not given back to another. */
  #window = 0;
  #asking: Promise<unknown> | undefined;
  readonly #refusal = new HeardRefusal();
  #idleSinceMs = 0;

  constructor(counter: Counter, authority: Authority, holder: string, { onLoss = "refuse", thresholds, onLow }: ShareOptions = {}) {
    this.#thresholds = thresholds;
    this.#onLow = onLow;
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
    this.#refusal.forget();
  }

  /** Nothing is reserved, nobody asks, and nothing was taken for so long. */
  idleFor(now: number): number {
    return this.#reserved > 0 || this.#asking ? 0 : now - this.#idleSinceMs;
  }

  /** @returns the window that it was taken in, or why it cannot be had; a promise only where the store is elsewhere */
  take(amount: number, now: number): number | Refusal | Promise<number | Refusal> {
    if (this.#takes(amount, now)) return this.#window;
    const refusal = this.#refusal.of(amount, now);
    if (refusal) return refusal;
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

  /** Asks for as much where it is not there, and waits for nothing: `take` finds it there then. */
  prepare(amount: number, now: number): void {
    if (this.#asking || this.#has(amount, now) || this.#refusal.of(amount, now)) return;
    const asking = this.#ask(amount, now);
    // Who takes asks again, and is told of the trouble.
    if (asking instanceof Promise) asking.catch(() => undefined);
  }

  #has(amount: number, now: number): boolean {
    const used = this.#spent + this.#reserved + amount;
    return now < this.#untilMs && now < this.#deadAtMs && used <= this.#granted && used <= this.#untold;
  }

  #takes(amount: number, now: number): boolean {
    if (!this.#has(amount, now)) return false;
    this.#taken(amount, now);
    if (this.#spent + this.#reserved < this.#lowAt) return true;
    this.#lowAt = Number.POSITIVE_INFINITY;
    this.#onLow?.(this, ((this.#untold - this.#spent - this.#reserved) * 1000) / Math.max(1, this.#pace.at(now)));
    return true;
  }

  #taken(amount: number, now: number): void {
    this.#reserved += amount;
    this.#pace.take(amount);
    this.#idleSinceMs = now;
  }

  /** The store does not answer. What is taken now is told when it is back. */
  #takeAlone(amount: number, now: number, error: unknown): number | Refusal {
    if (this.#alone === undefined) throw error;
    const used = this.#spent + this.#reserved;
    if (this.#alone !== "allow" && !this.#alone.allows(this.counter, used, amount, now))
      return { ...this.#refused(0, aloneMs), isAlone: true };
    this.#taken(amount, now);
    // The store has something to be told, even where it was never heard.
    if (this.#deadAtMs === 0) this.#deadAtMs = now;
    return this.#window;
  }

  #ask(need: number, now: number): Refusal | undefined | Promise<Refusal | undefined> {
    this.#idleSinceMs = now;
    // Somebody asks already: what comes back may be enough for this one too.
    if (this.#asking) {
      return this.#asking.then((trouble) => {
        if (trouble !== undefined) throw trouble;
        return undefined;
      });
    }
    const wish = Math.max(need, this.#foreseen(now));
    const answer = this.#exchange(need, wish, now, false);
    if (!(answer instanceof Promise)) return this.#took(answer, need, now);
    return this.#underway(answer.then((share) => this.#took(share, need, now)));
  }

  /** One question at a time: whoever has another waits for this one. */
  #underway<Answer>(asked: Promise<Answer>): Promise<Answer> {
    const done = asked.finally(() => (this.#asking = undefined));
    this.#asking = done.then(
      () => undefined,
      (trouble: unknown) => trouble,
    );
    return done;
  }

  #wording(need: number, wish: number, now: number, leave: boolean): Ask {
    const used = this.#spent + this.#reserved;
    const give = this.#poured ? this.#granted - used : 0;
    const spare = this.#authority.isFar && !leave ? spareRequests * Math.max(need, this.#pace.most) : 0;
    const held = Math.max(0, Math.min(this.#granted, this.#untold) - used);
    const keep =
      this.#poured || leave || !this.#authority.isFar ? 0 : Math.min(held, Math.ceil(this.#pace.at(now)) + keptRequests * this.#pace.most);
    return { holder: this.#holder, used: this.#poured ? 0 : used, give, need, wish, spare, keep, leave, now };
  }

  #exchange(need: number, wish: number, at: number, leave: boolean): Share | Promise<Share> {
    this.#roll(at);
    // A window that has begun has begun: who goes back to the one before comes again with nothing used.
    const now = this.#sinceMs - at < mostBackMs ? Math.max(at, this.#sinceMs) : at;
    const ask = this.#wording(need, wish, now, leave);
    const { give } = ask;
    const told = this.#spent + this.#reserved;
    if (this.#poured) this.#granted = told;
    const received = (share: Share): Share => {
      this.#told = told;
      this.#granted = (this.#poured ? this.#granted : told) + share.free;
      this.#untold = (this.#poured ? this.#granted : told) + (this.#poured ? 0 : share.step);
      this.#untilMs = share.untilMs;
      this.#deadAtMs = now + share.patienceMs;
      this.#patienceMs = share.patienceMs;
      this.#tellEveryMs = share.tellEveryMs;
      this.#left = share.left;
      // Near the end everybody asks for what is needed only.
      const isAmple = this.#authority.isFar && !this.#poured && share.step > 4 * this.#pace.most;
      this.#lowAt = isAmple ? told + share.step * lowPart : Number.POSITIVE_INFINITY;
      this.#pace.turn(now);
      // What is under way, and what was poured out to be used next, is not used yet.
      if (this.#counter.alerts) this.#thresholds?.see(this.#counter, share, this.#reserved + (this.#poured ? share.free : 0), now);
      if (leave && !this.#poured) this.#forget();
      return share;
    };
    // What was used beyond the share is told again; what was given back may have been heard, and is not.
    const unheard = (error: unknown): never => {
      if (give < 0) this.#granted += give;
      throw error;
    };
    const share = this.#authority.ask(this.counter, ask);
    if (!(share instanceof Promise)) return received(share);
    // The answer may take the rest away; and if none comes, nobody knows what stands there.
    this.#untold = Math.min(this.#untold, told + ask.keep);
    return share.then(received, unheard);
  }

  #foreseen(now: number): number {
    return Math.ceil((this.#pace.at(now) * foreseenTells * this.#tellEveryMs) / 1000);
  }

  #took(share: Share, need: number, now: number): Refusal | undefined {
    if (share.free >= need) {
      this.#refusal.forget();
      return undefined;
    }
    const refusal = this.#refused(share.free + share.left, share.retryAfterMs);
    const isForTheWindow = this.counter.window.kind === "calendar";
    const mostMs = isForTheWindow ? Math.max(share.retryAfterMs, share.untilMs - now) : share.retryAfterMs;
    return this.#refusal.heard(refusal, need, now, this.#authority.isFar, mostMs);
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
    const { startMs, endMs } = spanAt(this.counter.window.unit, this.counter.window.zone, now);
    this.#sinceMs = startMs;
    this.#untilMs = endMs;
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
    if (actual < reserved && !this.#authority.isFar) this.#refusal.doubt();
    if (this.counter.window.kind !== "standing") this.#spent += actual;
  }

  standing(now: number): Standing {
    const { kind } = this.counter.window;
    if (kind === "calendar" && now >= this.#untilMs) return { left: this.counter.limit, resetMs: Number.POSITIVE_INFINITY };
    const left = Math.max(0, Math.floor(this.#left + this.#granted - this.#spent - this.#reserved));
    if (kind === "calendar") return { left, resetMs: this.#untilMs - now };
    if (kind === "standing") return { left, resetMs: Number.POSITIVE_INFINITY };
    const { lengthMs } = this.counter.window as { lengthMs: number };
    if (kind === "bucket") return { left, resetMs: ((this.counter.limit - left) * lengthMs) / this.counter.limit };
    // What is used in this moment's slot is free again when all of the slot has slid out.
    const slotMs = lengthMs / slotsOfWindow;
    return { left, resetMs: lengthMs + slotMs - (now % slotMs) };
  }

  /** Tells the store what was used, so that this holder is not taken for dead. @param leave nothing is held any more */
  async tell(now: number, leave: boolean): Promise<void> {
    while (this.#asking) await this.#asking;
    if (this.#deadAtMs === 0) return;
    if (this.counter.window.kind === "calendar" && now >= this.#untilMs) return;
    // What was poured out is given back: it was taken for a moment only.
    const need = leave || this.#poured ? 0 : this.#refusal.lasting;
    const wish = leave ? 0 : Math.max(need, this.#foreseen(now));
    const answer = this.#exchange(need, wish, now, leave || this.#poured);
    const share = answer instanceof Promise ? await this.#underway(answer) : answer;
    if (need > 0) this.#took(share, need, now);
    if (leave && this.#poured) this.#forget();
  }

  /** Tells the store before somebody has to wait, unless that was done meanwhile. */
  fillUp(now: number): Promise<void> | undefined {
    return this.#asking || this.#lowAt !== Number.POSITIVE_INFINITY ? undefined : this.tell(now, false);
  }

  #forget(): void {
    this.#spent = 0;
    this.#granted = 0;
    this.#untold = 0;
    this.#told = 0;
    this.#deadAtMs = 0;
    this.#window++;
  }

  /** The store does not know how it stands, or would soon take this holder for dead. */
  dueAt(now: number): boolean {
    const heardAtMs = this.#deadAtMs - this.#patienceMs;
    // A clock that has gone back behind the last word: to others, whose clocks have not, it was long ago.
    if (now > heardAtMs + this.#patienceMs / 2 || now < heardAtMs) return true;
    const sinceMs = now - this.#pace.sinceMs;
    // Less than nothing: the clock has gone back.
    if (sinceMs >= 0 && sinceMs < this.#tellEveryMs - tellTickMs) return false;
    if (this.#refusal.lasting > 0) return true;
    const used = this.#spent + this.#reserved;
    const kept = this.#authority.isFar ? spareRequests * this.#pace.most : 0;
    return used !== this.#told || this.#granted > used + kept;
  }
}
