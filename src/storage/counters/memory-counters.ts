import { type Book, usedIn } from "./book.ts";
import type { CounterEntry, CounterStore, CounterSwap, SwapOutcome } from "./counter-store.ts";
import { type AdjustQuestion, adjustBook, type HoldAnswer, type HoldQuestion, hold } from "./hold.ts";

const mostUnswept = 100_000;

interface KeptBook {
  readonly book: Book;
  readonly expiresAt: number;
}

/** Counters that end with the process. */
export class MemoryCounters implements CounterStore {
  #sweepAbove = mostUnswept;
  readonly #entries = new Map<string, CounterEntry & { readonly expiresAt: number }>();
  readonly #books = new Map<string, KeptBook>();

  hold(question: HoldQuestion): HoldAnswer {
    const { id, expiresAt } = question;
    const { book, answer } = hold(this.#books.get(id)?.book, question);
    if (book) this.#keep(id, { book, expiresAt });
    return answer;
  }

  used(id: string, startMs: number): number {
    return usedIn(this.#books.get(id)?.book, startMs);
  }

  adjust(question: AdjustQuestion): number {
    const { id, startMs, expiresAt } = question;
    const book = adjustBook(this.#books.get(id)?.book, question);
    this.#keep(id, { book, expiresAt });
    return usedIn(book, startMs);
  }

  #keep(id: string, kept: KeptBook): void {
    const isNew = !this.#books.has(id);
    this.#books.set(id, kept);
    if (isNew) this.#grown();
  }

  get(id: string): CounterEntry | undefined {
    return this.#entries.get(id);
  }

  swap({ id, version, state, expiresAt }: CounterSwap): SwapOutcome {
    const entry = this.#entries.get(id);
    if ((entry?.version ?? 0) !== version) return { entry };
    this.#entries.set(id, { version: version + 1, state, expiresAt });
    if (version === 0) this.#grown();
    return undefined;
  }

  #grown(): void {
    if (this.#entries.size + this.#books.size <= this.#sweepAbove) return;
    this.sweep(Date.now());
    this.#sweepAbove = Math.max(mostUnswept, (this.#entries.size + this.#books.size) * 2);
  }

  sweep(now: number): number {
    let dropped = 0;
    for (const kept of [this.#entries, this.#books])
      for (const [id, { expiresAt }] of kept) if (expiresAt <= now && kept.delete(id)) dropped++;
    return dropped;
  }
}
