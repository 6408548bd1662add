import type { Counter } from "./counter.ts";
import type { Share } from "./share-out.ts";
import { spanAt } from "./window.ts";

/** A counter has been used to a part of it. */
export interface Threshold {
  readonly counter: Counter;
  readonly at: number;
  readonly to: readonly string[];
  readonly used: number;
  /** The same for all who see it in the same window. */
  readonly windowId: number;
  readonly now: number;
}

const mostKnown = 10_000;
const hourMs = 3_600_000;

/** Sees when counters pass their thresholds. Each is told once a window by this process; others may see it too. */
export class Thresholds {
  readonly #told: (threshold: Threshold) => void;
  readonly #known = new Set<string>();

  constructor(told: (threshold: Threshold) => void) {
    this.#told = told;
  }

  /** @param reserved what is under way in this process, which is not used yet */
  see(counter: Counter, share: Share, reserved: number, now: number): void {
    const used = share.used - reserved;
    this.#tell(counter, used, now, (at) => used >= at * counter.limit);
  }

  /**
   * Somebody was refused so much: the limit is reached, whatever is under way. Who asks for more than there ever is was refused for that,
   * and it says nothing about what is used.
   */
  refused(counter: Counter, asked: number, left: number, now: number): void {
    if (asked <= counter.limit) this.#tell(counter, counter.limit - left, now, (at) => at === 1);
  }

  #tell(counter: Counter, used: number, now: number, isReached: (at: number) => boolean): void {
    for (const { at, to } of counter.alerts ?? []) {
      if (!isReached(at)) continue;
      const windowId = windowIdAt(counter, now);
      const name = JSON.stringify([counter.id, counter.limit, at, windowId]);
      if (this.#known.has(name)) continue;
      if (this.#known.size >= mostKnown) this.#known.clear();
      this.#known.add(name);
      this.#told({ counter, at, to, used, windowId, now });
    }
  }
}

function windowIdAt({ window }: Counter, now: number): number {
  if (window.kind === "calendar") return spanAt(window.unit, window.zone, now).startMs;
  return Math.floor(now / (window.kind === "standing" ? hourMs : window.lengthMs));
}
