import type { RecordStore } from "../records/record-store.ts";

export interface RetentionOptions {
  readonly records: RecordStore;
  /** Milliseconds since the epoch. */
  now(): number;
  readonly warn: (message: string) => void;
}

const dayMs = 86_400_000;
const lookEveryMs = 3_600_000;
/** A start has more urgent things to do. */
const firstLookMs = 5_000;

/** Lets records go when they are old; their sums stay. Several processes may do it at once. */
export class Retention {
  readonly #options: RetentionOptions;
  readonly #timers: ReturnType<typeof setTimeout>[];
  #days: number | undefined;

  constructor(options: RetentionOptions) {
    this.#options = options;
    const look = () => void this.look();
    this.#timers = [setTimeout(look, firstLookMs), setInterval(look, lookEveryMs)];
    for (const timer of this.#timers) timer.unref();
  }

  /** How long records are kept from now on; undefined: for ever. */
  keep(days: number | undefined): void {
    this.#days = days;
  }

  /** Drops the records of all days that are over for long enough, in UTC. @returns how many */
  async look(): Promise<number> {
    if (this.#days === undefined) return 0;
    const { records, now, warn } = this.#options;
    const today = Math.floor(now() / dayMs);
    try {
      return await records.dropBefore((today - this.#days) * dayMs);
    } catch (error) {
      warn(`Old records could not be dropped; it is tried again within the hour. ${String(error)}`);
      return 0;
    }
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }
}
