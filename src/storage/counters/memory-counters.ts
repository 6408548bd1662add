import type { CounterEntry, CounterStore, CounterSwap, SwapOutcome } from "./counter-store.ts";

const mostUnswept = 100_000;

/** Counters that end with the process. */
export class MemoryCounters implements CounterStore {
  #sweepAbove = mostUnswept;
  readonly #entries = new Map<string, CounterEntry & { readonly expiresAt: number }>();

  get(id: string): CounterEntry | undefined {
    return this.#entries.get(id);
  }

  swap({ id, version, state, expiresAt }: CounterSwap): SwapOutcome {
    const entry = this.#entries.get(id);
    if ((entry?.version ?? 0) !== version) return { entry };
    if (version === 0 && this.#entries.size >= this.#sweepAbove) {
      this.sweep(Date.now());
      this.#sweepAbove = Math.max(mostUnswept, this.#entries.size * 2);
    }
    this.#entries.set(id, { version: version + 1, state, expiresAt });
    return undefined;
  }

  sweep(now: number): number {
    let dropped = 0;
    for (const [id, { expiresAt }] of this.#entries) if (expiresAt <= now && this.#entries.delete(id)) dropped++;
    return dropped;
  }
}
