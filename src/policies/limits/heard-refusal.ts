import type { Counter } from "./counter.ts";

/** Why something cannot be had, and when to ask again. */
export interface Refusal {
  readonly counter: Counter;
  readonly retryAfterMs: number;
  /** What a smaller request could still have. */
  readonly left: number;
  /** This process's own word, while nobody can be asked: what is left of the whole is not known. */
  readonly isAlone?: true;
}

/**
 * A no is believed for so long; of a store far away four times as long when it is heard again, as others give back only when they tell.
 * After so many it is asked for again with the next telling only, which goes to the store anyway, and no request waits for it.
 */
const firstMs = 50;
const longestMs = 5_000;
const lastingTimes = 4;
const lastingMs = 7_500;

/** The last no of the store: whoever hammers at a used-up limit does not hammer at the store. */
export class HeardRefusal {
  #refusal: Refusal | undefined;
  #need = 0;
  #heardAtMs = 0;
  #untilMs = 0;
  #times = 0;
  #wanted = false;

  /** What the next telling asks for: somebody was refused it since the last one. 0 where nobody was, or whoever wants it asks. */
  get lasting(): number {
    return this.#wanted && this.#times >= lastingTimes ? this.#need : 0;
  }

  /** @returns the no that was told just now to somebody who wanted no more, or where there was less than this */
  of(need: number, now: number): Refusal | undefined {
    // A clock that has gone back knows nothing of how long ago that was.
    if (this.#refusal === undefined || now >= this.#untilMs || now < this.#heardAtMs) return undefined;
    if (need < this.#need && need <= this.#refusal.left) return undefined;
    this.#wanted = true;
    return this.#refusal;
  }

  /**
   * @param far the store is elsewhere
   * @param mostMs by then it may be otherwise for sure
   * @returns it, with the moment when it is worth to ask again
   */
  heard(refusal: Refusal, need: number, now: number, far: boolean, mostMs: number): Refusal {
    const patientMs = this.#times >= lastingTimes ? lastingMs : Math.min(longestMs, firstMs * 4 ** this.#times);
    const believedMs = Math.min(mostMs, far ? patientMs : firstMs);
    if (far) this.#times++;
    this.#refusal = far && refusal.retryAfterMs < believedMs ? { ...refusal, retryAfterMs: believedMs } : refusal;
    this.#need = need;
    this.#wanted = false;
    this.#heardAtMs = now;
    this.#untilMs = now + believedMs;
    return this.#refusal;
  }

  /** Something came free here. */
  doubt(): void {
    this.#untilMs = 0;
  }

  /** A yes. */
  forget(): void {
    this.#untilMs = 0;
    this.#times = 0;
    this.#wanted = false;
  }
}
