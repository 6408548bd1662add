import type { SqlDatabase } from "../sql/sql-database.ts";

/** What is known of a request that was begun before. */
export interface BegunRequest {
  /** Tells it from others; a keyed hash. */
  readonly request: string;
  /** It was done; else it is under way, or nobody lived to tell. */
  readonly done: boolean;
  /** What it was answered, as JSON, where that may be kept. */
  readonly reply?: string;
}

/** Requests that are done once however often they come, whichever process they come to. */
export interface RepetitionStore {
  /**
   * Begins a request; nobody else does until `endsAt`, in milliseconds since the epoch.
   *
   * @param id a keyed hash
   * @returns undefined where the caller is the first; else what is known of the first
   */
  begin(id: string, request: string, now: number, endsAt: number): Promise<BegunRequest | undefined>;
  done(id: string, reply: string | undefined): Promise<void>;
  /** It came to nothing, and may be begun again. */
  forget(id: string): Promise<void>;
}

export const repetitionMigration = `
  CREATE TABLE repetitions (id TEXT PRIMARY KEY, request TEXT NOT NULL, done INTEGER NOT NULL, reply TEXT, ends_at INTEGER NOT NULL);
  CREATE INDEX repetitions_by_end ON repetitions (ends_at);
`;

/** The same in SQL. */
export class SqlRepetitionStore implements RepetitionStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  begin(id: string, request: string, now: number, endsAt: number): Promise<BegunRequest | undefined> {
    return this.#database.transaction(async (queries) => {
      await queries.run("DELETE FROM repetitions WHERE ends_at <= ?", [now]);
      const row = await queries.get("SELECT request, done, reply FROM repetitions WHERE id = ?", [id]);
      if (!row) {
        await queries.run("INSERT INTO repetitions (id, request, done, ends_at) VALUES (?, ?, 0, ?)", [id, request, endsAt]);
        return undefined;
      }
      return { request: String(row.request), done: Number(row.done) === 1, ...(row.reply !== null && { reply: String(row.reply) }) };
    });
  }

  async done(id: string, reply: string | undefined): Promise<void> {
    const sql = "UPDATE repetitions SET done = 1, reply = ? WHERE id = ?";
    await this.#database.transaction((queries) => queries.run(sql, [reply ?? null, id]));
  }

  async forget(id: string): Promise<void> {
    await this.#database.transaction((queries) => queries.run("DELETE FROM repetitions WHERE id = ?", [id]));
  }
}
