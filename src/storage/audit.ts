import type { SqliteDatabase, SqliteStatement, SqlRow } from "./sqlite/driver.ts";

/** One line of the audit log, as it was hashed. */
export interface AuditRow {
  /** From 1, without a gap. */
  readonly seq: number;
  readonly line: string;
  readonly hash: string;
}

/** Keeps the audit log: lines are added, never changed. */
export interface AuditStore {
  /**
   * Adds a line behind the last one, whoever wrote that, and puts `head` in the place of the old head: both or neither. Durable when
   * it returns.
   * @param make gets the last line's number and hash; undefined where there is none
   */
  append(make: (last: Pick<AuditRow, "seq" | "hash"> | undefined) => { readonly row: AuditRow; readonly head: string }): AuditRow;
  head(): string | undefined;
  /** Lines behind `seq`, oldest first. */
  after(seq: number, limit: number): readonly AuditRow[];
  /** Lines before `seq`, newest first. @param organisation only lines that name it; default: all */
  before(seq: number, limit: number, organisation?: string): readonly AuditRow[];
}

export const auditMigration = `
  CREATE TABLE audit (seq INTEGER PRIMARY KEY, line TEXT NOT NULL, hash TEXT NOT NULL);
  CREATE TABLE audit_head (one INTEGER PRIMARY KEY CHECK (one = 1), head TEXT NOT NULL);
`;

/** Whose an act is stands in its line, which is hashed; beside it, to be found by. */
export const auditOwnersMigration = `
  ALTER TABLE audit ADD COLUMN organisation TEXT GENERATED ALWAYS AS (line ->> '$.organisation') VIRTUAL;
  CREATE INDEX audit_by_organisation ON audit (organisation, seq) WHERE organisation IS NOT NULL;
`;

/** The audit log in SQLite. */
export class SqliteAuditStore implements AuditStore {
  readonly #database: SqliteDatabase;
  readonly #last: SqliteStatement;
  readonly #insert: SqliteStatement;
  readonly #putHead: SqliteStatement;
  readonly #head: SqliteStatement;
  readonly #after: SqliteStatement;
  readonly #before: SqliteStatement;
  readonly #ownBefore: SqliteStatement;

  constructor(database: SqliteDatabase) {
    this.#database = database;
    this.#last = database.prepare("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1");
    this.#insert = database.prepare("INSERT INTO audit (seq, line, hash) VALUES (?, ?, ?)");
    this.#putHead = database.prepare(
      "INSERT INTO audit_head (one, head) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET head = excluded.head",
    );
    this.#head = database.prepare("SELECT head FROM audit_head");
    this.#after = database.prepare("SELECT seq, line, hash FROM audit WHERE seq > ? ORDER BY seq LIMIT ?");
    this.#before = database.prepare("SELECT seq, line, hash FROM audit WHERE seq < ? ORDER BY seq DESC LIMIT ?");
    this.#ownBefore = database.prepare("SELECT seq, line, hash FROM audit WHERE organisation = ? AND seq < ? ORDER BY seq DESC LIMIT ?");
  }

  append(make: Parameters<AuditStore["append"]>[0]): AuditRow {
    return this.#database.transaction(() => {
      const last = this.#last.get([]);
      const { row, head } = make(last && { seq: Number(last.seq), hash: String(last.hash) });
      this.#insert.run([row.seq, row.line, row.hash]);
      this.#putHead.run([head]);
      return row;
    });
  }

  head(): string | undefined {
    const row = this.#head.get([]);
    return row && String(row.head);
  }

  after(seq: number, limit: number): readonly AuditRow[] {
    return this.#after.all([seq, limit]).map(rowOf);
  }

  before(seq: number, limit: number, organisation?: string): readonly AuditRow[] {
    const rows = organisation === undefined ? this.#before.all([seq, limit]) : this.#ownBefore.all([organisation, seq, limit]);
    return rows.map(rowOf);
  }
}

function rowOf(row: SqlRow): AuditRow {
  return { seq: Number(row.seq), line: String(row.line), hash: String(row.hash) };
}
