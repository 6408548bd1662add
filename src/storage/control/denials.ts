import type { SqlDatabase } from "../sql/sql-database.ts";
import type { SqlRow } from "../sqlite/driver.ts";

/** What is refused although its signature is good: one token by its own id (`jti`), or all of a subject. */
export type DenialKind = "token" | "subject";

/** Times are milliseconds since the epoch. */
export interface StoredDenial {
  readonly id: string;
  readonly kind: DenialKind;
  /** The operator's name for the issuer. */
  readonly issuer: string;
  /** The token's `jti`, or the subject's `sub`. */
  readonly value: string;
  readonly reason?: string;
  readonly createdAt: number;
  /** From then on it is of no use any more: the token has ended by itself. Absent: until it is lifted. */
  readonly endsAt?: number;
}

/** Denials are kept, and read, for so long after their end: a clock that is ahead by no more, and is put right, lets nobody in. */
export const denialDoubtMs = 86_400_000;

export interface DenialStore {
  /** All that have not ended, oldest first. */
  list(now: number): Promise<readonly StoredDenial[]>;
  get(id: string): Promise<StoredDenial | undefined>;
  /** Takes out what has ended as it goes. */
  insert(denial: StoredDenial): Promise<void>;
  /** @returns whether there was such a one */
  lift(id: string): Promise<boolean>;
}

export const denialMigration = `
  CREATE TABLE denials (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('token', 'subject')),
    issuer TEXT NOT NULL,
    value TEXT NOT NULL,
    reason TEXT,
    created_at INTEGER NOT NULL,
    ends_at INTEGER
  );
`;

/** Denials in SQL. */
export class SqlDenialStore implements DenialStore {
  readonly #database: SqlDatabase;
  readonly #onWrite: () => void;

  constructor(database: SqlDatabase, onWrite: () => void) {
    this.#database = database;
    this.#onWrite = onWrite;
  }

  async list(now: number): Promise<readonly StoredDenial[]> {
    const rows = await this.#database.all("SELECT * FROM denials WHERE ends_at IS NULL OR ends_at > ? ORDER BY created_at, id", [now]);
    return rows.map(denialOf);
  }

  async get(id: string): Promise<StoredDenial | undefined> {
    const row = await this.#database.get("SELECT * FROM denials WHERE id = ?", [id]);
    return row === undefined ? undefined : denialOf(row);
  }

  async insert(denial: StoredDenial): Promise<void> {
    const { id, kind, issuer, value, reason, createdAt, endsAt } = denial;
    const insert = "INSERT INTO denials (id, kind, issuer, value, reason, created_at, ends_at) VALUES (?, ?, ?, ?, ?, ?, ?)";
    await this.#database.transaction(async (queries) => {
      await queries.run("DELETE FROM denials WHERE ends_at <= ?", [createdAt - denialDoubtMs]);
      await queries.run(insert, [id, kind, issuer, value, reason ?? null, createdAt, endsAt ?? null]);
    });
    this.#onWrite();
  }

  async lift(id: string): Promise<boolean> {
    const lifted = (await this.#database.run("DELETE FROM denials WHERE id = ?", [id])) > 0;
    if (lifted) this.#onWrite();
    return lifted;
  }
}

function denialOf(row: SqlRow): StoredDenial {
  return {
    id: String(row.id),
    kind: row.kind as DenialKind,
    issuer: String(row.issuer),
    value: String(row.value),
    ...(row.reason !== null && { reason: String(row.reason) }),
    createdAt: Number(row.created_at),
    ...(row.ends_at !== null && { endsAt: Number(row.ends_at) }),
  };
}
