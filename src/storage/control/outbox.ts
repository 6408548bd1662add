import type { SqlDatabase } from "../sql/sql-database.ts";
import type { SqlRow } from "../sqlite/driver.ts";

/** Something that has to reach somebody outside. Times are milliseconds since the epoch. */
export interface OutMessage {
  /** Nothing with the same id is sent twice. */
  readonly id: string;
  /** Who gets it: a name of the config. */
  readonly target: string;
  /** JSON. */
  readonly body: string;
  readonly createdAt: number;
  /** Deliveries that were begun. */
  readonly tries: number;
}

/** Messages that wait until they have been delivered, over restarts and shared by processes. */
export interface OutboxStore {
  /** @returns whether there was none with this id */
  add(message: Omit<OutMessage, "tries">): Promise<boolean>;
  /** Takes some that are due: nobody else gets them until the lease has ended. */
  claim(now: number, leaseMs: number, limit: number): Promise<readonly OutMessage[]>;
  /** Delivered, or given up: its id stays known. */
  end(id: string, at: number): Promise<void>;
  /** Not delivered; another try is due then. */
  later(id: string, dueAt: number): Promise<void>;
  /** Forgets what has ended before. */
  sweep(endedBefore: number): Promise<void>;
}

export const outboxMigration = `
  CREATE TABLE outbox (
    id TEXT PRIMARY KEY,
    target TEXT NOT NULL,
    body TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    ended_at INTEGER
  );
  CREATE INDEX outbox_due ON outbox (due_at) WHERE ended_at IS NULL;
`;

/** The outbox in SQL. */
export class SqlOutbox implements OutboxStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  async add({ id, target, body, createdAt }: Omit<OutMessage, "tries">): Promise<boolean> {
    const sql = "INSERT INTO outbox (id, target, body, created_at, due_at, tries) VALUES (?, ?, ?, ?, ?, 0) ON CONFLICT DO NOTHING";
    return (await this.#database.run(sql, [id, target, body, createdAt, createdAt])) > 0;
  }

  async claim(now: number, leaseMs: number, limit: number): Promise<readonly OutMessage[]> {
    const due = "SELECT * FROM outbox WHERE ended_at IS NULL AND due_at <= ? ORDER BY due_at LIMIT ?";
    // Mostly nothing is due, and nobody has to be alone to see that.
    if ((await this.#database.get(due, [now, 1])) === undefined) return [];
    return this.#database.transaction(async (queries) => {
      const rows = await queries.all(due, [now, limit]);
      for (const { id } of rows)
        await queries.run("UPDATE outbox SET due_at = ?, tries = tries + 1 WHERE id = ?", [now + leaseMs, id as string]);
      return rows.map(messageOf);
    });
  }

  async end(id: string, at: number): Promise<void> {
    await this.#database.run("UPDATE outbox SET ended_at = ? WHERE id = ?", [at, id]);
  }

  async later(id: string, dueAt: number): Promise<void> {
    await this.#database.run("UPDATE outbox SET due_at = ? WHERE id = ?", [dueAt, id]);
  }

  async sweep(endedBefore: number): Promise<void> {
    await this.#database.run("DELETE FROM outbox WHERE ended_at < ?", [endedBefore]);
  }
}

function messageOf(row: SqlRow): OutMessage {
  return {
    id: String(row.id),
    target: String(row.target),
    body: String(row.body),
    createdAt: Number(row.created_at),
    tries: Number(row.tries) + 1,
  };
}
