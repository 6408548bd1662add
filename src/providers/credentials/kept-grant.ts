import { Fault, type LeaveSignal, Leaving } from "../../exchange/index.ts";
import type { Grant } from "./grant.ts";

/** A grant that ends within this time is not used any more: calls take a while to arrive, and clocks differ. */
const usableMs = 15_000;
/** Fetched anew so long before its end, but not before half of its life. */
const refreshMs = 300_000;
/** Whoever refuses is not asked more often than this. */
const restMs = 1_000;
/** What was refused although it is younger than this is refused for another reason than its age. */
const youngMs = 5_000;

/**
 * Keeps a grant and fetches it anew before it ends. While it is fresh, taking it waits for nothing; while it still holds, it is
 * fetched behind the callers' backs; only when there is none do callers wait, all for the same fetch.
 */
export class KeptGrant<T> {
  readonly #fetch: (signal: LeaveSignal) => Promise<Grant<T>>;
  readonly #now: () => number;
  readonly #deadlineMs: number;
  #grant: Grant<T> | undefined;
  #fetchedAtMs = 0;
  #pending: Promise<T> | undefined;
  #failure: { readonly fault: Fault; readonly untilMs: number } | undefined;

  /** @param fetch given up by its signal after `deadlineMs` */
  constructor(fetch: (signal: LeaveSignal) => Promise<Grant<T>>, now: () => number, deadlineMs: number) {
    this.#fetch = fetch;
    this.#now = now;
    this.#deadlineMs = deadlineMs;
  }

  /** @throws Fault as the fetch does; `upstream_timeout` after the deadline */
  take(): T | Promise<T> {
    const now = this.#now();
    const grant = this.#grant;
    if (grant === undefined || grant.endsAtMs - now <= usableMs || this.#isFromLater(now)) return this.#anew(now);
    if (now >= this.#refreshAtMs(grant)) this.#anew(now).catch(() => undefined);
    return grant.value;
  }

  /** What is kept now, fresh or not: for looking whether a text holds it. */
  get value(): T | undefined {
    return this.#grant?.value;
  }

  /**
   * An upstream refused the value. True where another is there, or will be fetched by the next `take`; false where this one
   * was fetched just now, so that a new one would be refused too.
   */
  drop(value: T): boolean {
    if (this.#grant?.value !== value) return true;
    const now = this.#now();
    if (now - this.#fetchedAtMs < youngMs && !this.#isFromLater(now)) return false;
    this.#grant = undefined;
    return true;
  }

  /** The clock has gone back since it was fetched: when it ends, nobody knows. */
  #isFromLater(now: number): boolean {
    return this.#fetchedAtMs - now > usableMs;
  }

  #refreshAtMs({ endsAtMs }: Grant<T>): number {
    return endsAtMs - Math.min(refreshMs, (endsAtMs - this.#fetchedAtMs) / 2);
  }

  #anew(now: number): Promise<T> {
    if (this.#pending) return this.#pending;
    if (this.#failure && now < this.#failure.untilMs && this.#failure.untilMs - now <= restMs) return Promise.reject(this.#failure.fault);
    this.#pending = this.#fetched().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  async #fetched(): Promise<T> {
    const leaving = new Leaving();
    const late = new Fault("upstream_timeout", { message: "The provider's credential could not be fetched in time." });
    let timer: ReturnType<typeof setTimeout> | undefined;
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        leaving.leave(late);
        reject(late);
      }, this.#deadlineMs);
      timer.unref();
    });
    try {
      const fetch = this.#fetch(leaving);
      fetch.catch(() => undefined);
      this.#grant = await Promise.race([fetch, deadline]);
      this.#fetchedAtMs = this.#now();
      this.#failure = undefined;
      return this.#grant.value;
    } catch (error) {
      const fault = Fault.from(error, "upstream_credentials");
      this.#failure = { fault, untilMs: this.#now() + restMs };
      throw fault;
    } finally {
      clearTimeout(timer);
    }
  }
}
