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
  readonly #tell: (threshold: Threshold) => void;
  readonly #known = new Set<string>();

  constructor(tell: (threshold: Threshold) => void) {
    this.#tell = tell;
  }

  /** @param reserved what is under way in this process, which is not used yet */
  see(counter: Counter, share: Share, reserved: number, now: number): void {
    this.#reached(counter, share.used - reserved, now);
  }

  /** Somebody was refused: the limit is reached, whatever is under way. */
  refused(counter: Counter, now: number): void {
    this.#reached(counter, counter.limit, now);
  }

  #reached(counter: Counter, used: number, now: number): void {
    for (const { at, to } of counter.alerts ?? []) {
      if (used < at * counter.limit) continue;
      const windowId = windowIdAt(counter, now);
      const name = JSON.stringify([counter.id, counter.limit, at, windowId]);
      if (this.#known.has(name)) continue;
      if (this.#known.size >= mostKnown) this.#known.clear();
      this.#known.add(name);
      this.#tell({ counter, at, to, used, windowId, now });
    }
  }
}

function windowIdAt({ window }: Counter, now: number): number {
  if (window.kind === "calendar") return spanAt(window.unit, window.zone, now).startMs;
  return Math.floor(now / (window.kind === "standing" ? hourMs : window.lengthMs));
}
