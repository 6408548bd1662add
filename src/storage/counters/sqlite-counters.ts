import type { SqliteDatabase, SqliteStatement } from "../sqlite/driver.ts";
import { type Book, usedIn } from "./book.ts";
import { readBook, writeBook } from "./book-text.ts";
import type { CounterEntry, CounterStore, CounterSwap, SwapOutcome } from "./counter-store.ts";
import { type AdjustQuestion, adjustBook, type HoldAnswer, type HoldQuestion, hold } from "./hold.ts";

export const counterMigrations: readonly string[] = [
  `
  CREATE TABLE counters (
    id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    expires_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX counters_by_end ON counters (expires_at);
  `,
];

/** Counters in SQLite: shared by the processes of one machine, which are few, and still there after a restart. */
export class SqliteCounters implements CounterStore {
  readonly #get: SqliteStatement;
  readonly #insert: SqliteStatement;
  readonly #update: SqliteStatement;
  readonly #sweep: SqliteStatement;

  constructor(database: SqliteDatabase) {
    this.#get = database.prepare("SELECT version, state FROM counters WHERE id = ?");
    this.#insert = database.prepare("INSERT INTO counters (id, version, state, expires_at) VALUES (?, 1, ?, ?) ON CONFLICT DO NOTHING");
    this.#update = database.prepare("UPDATE counters SET version = version + 1, state = ?, expires_at = ? WHERE id = ? AND version = ?");
    this.#sweep = database.prepare("DELETE FROM counters WHERE expires_at <= ?");
  }

  hold(question: HoldQuestion): HoldAnswer {
    const { id, expiresAt } = question;
    for (;;) {
      const entry = this.get(id);
      const { book, answer } = hold(entry && readBook(entry.state), question);
      if (!book || this.#write(id, entry, book, expiresAt)) return answer;
    }
  }

  used(id: string, startMs: number): number {
    const entry = this.get(id);
    return usedIn(entry && readBook(entry.state), startMs);
  }

  adjust(question: AdjustQuestion): number {
    const { id, startMs, expiresAt } = question;
    for (;;) {
      const entry = this.get(id);
      const book = adjustBook(entry && readBook(entry.state), question);
      if (this.#write(id, entry, book, expiresAt)) return usedIn(book, startMs);
    }
  }

  /** False where another process of the machine was faster. */
  #write(id: string, before: CounterEntry | undefined, book: Book, expiresAt: number): boolean {
    return this.swap({ id, version: before?.version ?? 0, before: before?.state, state: writeBook(book), expiresAt }) === undefined;
  }

  get(id: string): CounterEntry | undefined {
    const row = this.#get.get([id]);
    return row && { version: Number(row.version), state: String(row.state) };
  }

  swap({ id, version, state, expiresAt }: CounterSwap): SwapOutcome {
    const end = Math.min(expiresAt, Number.MAX_SAFE_INTEGER);
    const written = version === 0 ? this.#insert.run([id, state, end]) : this.#update.run([state, end, id, version]);
    return written === 1 ? undefined : { entry: this.get(id) };
  }

  sweep(now: number): number {
    return this.#sweep.run([now]);
  }
}
