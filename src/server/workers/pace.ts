import type { WorkerLoad } from "./messages.ts";

/** A worker that is busier has no room for a burst. */
const busy = 0.7;
/** One less would still be no busier than this. */
const calm = 0.4;
/** Whoever is on time so badly is waited for, though the core may be another program's. */
const lateMs = 100;
/** How often in a row, a second each, before anything is done: to grow soon, to shrink late. */
const growAfter = 3;
const shrinkAfter = 60;

/** Says how many workers there should be. Looked at once a second. */
export class Pace {
  readonly #most: number;
  #tight = 0;
  #loose = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** @param loads of each worker, in the last second */
  next(loads: readonly WorkerLoad[]): number {
    const count = loads.length;
    if (count === 0) return 1;
    const sum = loads.reduce((total, load) => total + load.busy, 0);
    const late = loads.filter(({ lagMs, inFlight }) => lagMs > lateMs && inFlight > 1).length;
    this.#tight = count < this.#most && (sum / count > busy || late > count / 2) ? this.#tight + 1 : 0;
    this.#loose = count > 1 && sum / (count - 1) < calm && late === 0 ? this.#loose + 1 : 0;
    if (this.#tight >= growAfter) return this.#changed(count + 1);
    if (this.#loose >= shrinkAfter) return this.#changed(count - 1);
    return count;
  }

  #changed(count: number): number {
    this.#tight = 0;
    this.#loose = 0;
    return count;
  }
}
