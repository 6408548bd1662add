import type { SqlDatabase } from "../sql/sql-database.ts";
import type { SqlRow } from "../sqlite/driver.ts";

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
   * it resolves.
   * @param make gets the last line's number and hash; undefined where there is none
   */
  append(make: (last: Pick<AuditRow, "seq" | "hash"> | undefined) => { readonly row: AuditRow; readonly head: string }): Promise<AuditRow>;
  head(): Promise<string | undefined>;
  /** Lines behind `seq`, oldest first, and the head of the same moment. */
  after(seq: number, limit: number): Promise<{ readonly rows: readonly AuditRow[]; readonly head: string | undefined }>;
  /** Lines before `seq`, newest first. @param organisation only lines that name it; default: all */
  before(seq: number, limit: number, organisation?: string): Promise<readonly AuditRow[]>;
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

/** The audit log in SQL. */
export class SqlAuditStore implements AuditStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  append(make: Parameters<AuditStore["append"]>[0]): Promise<AuditRow> {
    return this.#database.transaction(async (queries) => {
      const last = await queries.get("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1");
      const { row, head } = make(last && { seq: Number(last.seq), hash: String(last.hash) });
      await queries.run("INSERT INTO audit (seq, line, hash) VALUES (?, ?, ?)", [row.seq, row.line, row.hash]);
      await queries.run("INSERT INTO audit_head (one, head) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET head = excluded.head", [head]);
      return row;
    });
  }

  async head(): Promise<string | undefined> {
    const row = await this.#database.get("SELECT head FROM audit_head");
    return row && String(row.head);
  }

  async after(seq: number, limit: number): Promise<{ readonly rows: readonly AuditRow[]; readonly head: string | undefined }> {
    // One statement sees one moment.
    const found = await this.#database.all(
      `SELECT seq, line, hash, head FROM (SELECT 1 AS one) AS here LEFT JOIN audit_head ON TRUE
       LEFT JOIN (SELECT seq, line, hash FROM audit WHERE seq > ? ORDER BY seq LIMIT ?) AS page ON TRUE ORDER BY seq`,
      [seq, limit],
    );
    const head = found[0]?.head;
    return { rows: found.filter((row) => row.seq !== null).map(rowOf), head: typeof head === "string" ? head : undefined };
  }

  async before(seq: number, limit: number, organisation?: string): Promise<readonly AuditRow[]> {
    const [own, values] = organisation === undefined ? ["", []] : ["organisation = ? AND ", [organisation]];
    const sql = `SELECT seq, line, hash FROM audit WHERE ${own}seq < ? ORDER BY seq DESC LIMIT ?`;
    return (await this.#database.all(sql, [...values, seq, limit])).map(rowOf);
  }
}

function rowOf(row: SqlRow): AuditRow {
  return { seq: Number(row.seq), line: String(row.line), hash: String(row.hash) };
}
