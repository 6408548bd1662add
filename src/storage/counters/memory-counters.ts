import type { CounterEntry, CounterStore, CounterSwap, SwapOutcome } from "./counter-store.ts";

/** Counters that end with the process. */
export class MemoryCounters implements CounterStore {
  readonly #entries = new Map<string, CounterEntry & { readonly expiresAt: number }>();

  get(id: string): CounterEntry | undefined {
    return this.#entries.get(id);
  }

  swap({ id, version, state, expiresAt }: CounterSwap): SwapOutcome {
    const entry = this.#entries.get(id);
    if ((entry?.version ?? 0) !== version) return { entry };
    this.#entries.set(id, { version: version + 1, state, expiresAt });
    return undefined;
  }

  sweep(now: number): number {
    let dropped = 0;
    for (const [id, { expiresAt }] of this.#entries) if (expiresAt <= now && this.#entries.delete(id)) dropped++;
    return dropped;
  }
}
