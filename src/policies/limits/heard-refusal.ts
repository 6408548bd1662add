import type { Counter } from "./counter.ts";

/** Why something cannot be had, and when to ask again. */
export interface Refusal {
  readonly counter: Counter;
  readonly retryAfterMs: number;
  /** What a smaller request could still have. */
  readonly left: number;
}

/** A no is believed for so long; of a store far away twice as long when it is heard again, as others give back only when they tell. */
const firstMs = 50;
const longestMs = 5_000;
const tellPart = 1 / 2;

/** The last no of the store: whoever hammers at a used-up limit does not hammer at the store. */
export class HeardRefusal {
  #refusal: Refusal | undefined;
  #need = 0;
  #untilMs = 0;
  #times = 0;

  /** The last answer of a store far away was a no: the next question begins with a look. */
  get isLast(): boolean {
    return this.#times > 0;
  }

  /** @returns the no that was told just now to somebody who wanted no more, or where there was less than this */
  of(need: number, now: number): Refusal | undefined {
    if (this.#refusal === undefined || now >= this.#untilMs) return undefined;
    return need >= this.#need || need > this.#refusal.left ? this.#refusal : undefined;
  }

  /** @param far the store is elsewhere @param tellEveryMs as often as others tell it what they use */
  heard(refusal: Refusal, need: number, now: number, far: boolean, tellEveryMs: number): Refusal {
    const believedMs = far ? Math.min(longestMs, tellEveryMs * tellPart, firstMs * 2 ** this.#times) : firstMs;
    if (far) this.#times++;
    this.#refusal = refusal;
    this.#need = need;
    this.#untilMs = now + Math.min(refusal.retryAfterMs, believedMs);
    return refusal;
  }

  /** Something came free here. */
  doubt(): void {
    this.#untilMs = 0;
  }

  /** A yes. */
  forget(): void {
    this.#untilMs = 0;
    this.#times = 0;
  }
}
