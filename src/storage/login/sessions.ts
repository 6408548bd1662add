import type { Scope } from "../scope.ts";
import type { SqlDatabase } from "../sql/sql-database.ts";
import type { SqlRow, SqlValue } from "../sqlite/driver.ts";

/** How somebody holds a session: a browser as a cookie, the command line as a token. Neither is taken in the other's place. */
export type SessionHolder = "browser" | "command-line";

/** Somebody who has logged in, as it is kept: without what the holder sends. Times are milliseconds since the epoch. */
export interface StoredSession {
  readonly id: string;
  /** Keyed hash of what the holder sends. */
  readonly hash: string;
  readonly holder: SessionHolder;
  /** What people call whoever logged in. */
  readonly name: string;
  /** In the directory; absent for an admin key. */
  readonly userId?: string;
  /** The OpenID provider, whom it knows, and its own session. */
  readonly issuer?: string;
  readonly subject?: string;
  readonly providerSession?: string;
  /** The admin key that it was begun with, and that key's hash: the session is good as long as the key is. */
  readonly keyId?: string;
  readonly keyHash?: string;
  /** Role names that the log-in gave. */
  readonly roles: readonly string[];
  readonly createdAt: number;
  readonly lastSeenAt: number;
  /** Ends when nothing was heard for so long, */
  readonly idleMs: number;
  /** and then in any case. */
  readonly endsAt: number;
  readonly userAgent: string;
  readonly address: string;
  readonly revokedAt?: number;
}

/** Which sessions are meant: those that have all of these. */
export type SessionsOf = Partial<Pick<StoredSession, "userId" | "issuer" | "subject" | "providerSession" | "keyId">>;

export interface SessionStore {
  insert(session: StoredSession): Promise<void>;
  find(hash: string): Promise<StoredSession | undefined>;
  get(id: string): Promise<StoredSession | undefined>;
  /** Those that are not revoked and whose end has not come by `now`, in the order of their ids. */
  list(now: number): Promise<readonly StoredSession[]>;
  seen(id: string, at: number): Promise<void>;
  /** @returns whether there was such a session, not yet revoked */
  revoke(id: string, at: number): Promise<boolean>;
  /** @returns how many were revoked */
  revokeAll(of: SessionsOf, at: number): Promise<number>;
  /** Forgets what ended before. */
  forget(before: number): Promise<void>;
  /** The same, of those only whose person or key a scope reaches: to it, others are not there. Nobody is looked for by it. */
  within(scope: Scope): Pick<SessionStore, "list" | "revoke">;
}

export const sessionMigration = `
  CREATE TABLE sessions (
    id TEXT PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    holder TEXT NOT NULL CHECK (holder IN ('browser', 'command-line')),
    name TEXT NOT NULL,
    user_id TEXT,
    issuer TEXT,
    subject TEXT,
    provider_session TEXT,
    key_id TEXT,
    key_hash TEXT,
    roles TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    idle_ms INTEGER NOT NULL,
    ends_at INTEGER NOT NULL,
    user_agent TEXT NOT NULL,
    address TEXT NOT NULL,
    revoked_at INTEGER
  );
  CREATE INDEX sessions_by_user ON sessions (user_id);
  CREATE INDEX sessions_by_subject ON sessions (subject);
  CREATE INDEX sessions_by_end ON sessions (ends_at);
`;

const ofColumns = [
  ["userId", "user_id"],
  ["issuer", "issuer"],
  ["subject", "subject"],
  ["providerSession", "provider_session"],
  ["keyId", "key_id"],
] as const satisfies readonly (readonly [keyof SessionsOf, string])[];

const insertion = `INSERT INTO sessions (id, hash, holder, name, user_id, issuer, subject, provider_session, key_id, key_hash, roles,
  created_at, last_seen_at, idle_ms, ends_at, user_agent, address, revoked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const notEnded = "revoked_at IS NULL AND ends_at > ?1 AND last_seen_at + idle_ms > ?1";

/** Sessions in SQL. */
export class SqlSessionStore implements SessionStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  within({ organisation, teams }: Scope): Pick<SessionStore, "list" | "revoke"> {
    if (organisation === undefined && teams === undefined) return this;
    // A person is of many teams or none; whoever acts within one ends nobody's session.
    if (teams !== undefined || organisation === undefined) return { list: async () => [], revoke: async () => false };
    const own = (place: string) => `(user_id IN (SELECT id FROM directory WHERE organisation = ${place})
      OR key_id IN (SELECT id FROM keys WHERE organisation = ${place}))`;
    const listed = `SELECT * FROM sessions WHERE ${notEnded} AND ${own("?2")} ORDER BY id`;
    const revoked = `UPDATE sessions SET revoked_at = ?1 WHERE id = ?2 AND revoked_at IS NULL AND ${own("?3")}`;
    return {
      list: async (now) => (await this.#database.all(listed, [now, organisation])).map(sessionOf),
      revoke: async (id, at) => (await this.#database.run(revoked, [at, id, organisation])) > 0,
    };
  }

  async insert(session: StoredSession): Promise<void> {
    await this.#database.run(insertion, valuesOf(session));
  }

  async find(hash: string): Promise<StoredSession | undefined> {
    return optional(await this.#database.get("SELECT * FROM sessions WHERE hash = ?", [hash]));
  }

  async get(id: string): Promise<StoredSession | undefined> {
    return optional(await this.#database.get("SELECT * FROM sessions WHERE id = ?", [id]));
  }

  async list(now: number): Promise<readonly StoredSession[]> {
    return (await this.#database.all(`SELECT * FROM sessions WHERE ${notEnded} ORDER BY id`, [now])).map(sessionOf);
  }

  async seen(id: string, at: number): Promise<void> {
    // What another process saw later stays.
    await this.#database.run("UPDATE sessions SET last_seen_at = ?1 WHERE id = ?2 AND last_seen_at < ?1", [at, id]);
  }

  async revoke(id: string, at: number): Promise<boolean> {
    return (await this.#database.run("UPDATE sessions SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", [at, id])) > 0;
  }

  async revokeAll(of: SessionsOf, at: number): Promise<number> {
    const wanted = ofColumns.filter(([field]) => of[field] !== undefined);
    if (wanted.length === 0) throw new TypeError("All sessions at once are never meant.");
    const where = wanted.map(([, column]) => `${column} = ?`).join(" AND ");
    const values: SqlValue[] = [at, ...wanted.map(([field]) => of[field] as string)];
    return this.#database.run(`UPDATE sessions SET revoked_at = ? WHERE revoked_at IS NULL AND ${where}`, values);
  }

  async forget(before: number): Promise<void> {
    await this.#database.run("DELETE FROM sessions WHERE ends_at < ?", [before]);
  }
}

function valuesOf(session: StoredSession): SqlValue[] {
  return [
    session.id,
    session.hash,
    session.holder,
    session.name,
    session.userId ?? null,
    session.issuer ?? null,
    session.subject ?? null,
    session.providerSession ?? null,
    session.keyId ?? null,
    session.keyHash ?? null,
    JSON.stringify(session.roles),
    session.createdAt,
    session.lastSeenAt,
    session.idleMs,
    session.endsAt,
    session.userAgent,
    session.address,
    session.revokedAt ?? null,
  ];
}

function optional(row: SqlRow | undefined): StoredSession | undefined {
  return row === undefined ? undefined : sessionOf(row);
}

function sessionOf(row: SqlRow): StoredSession {
  return {
    id: String(row.id),
    hash: String(row.hash),
    holder: row.holder as SessionHolder,
    name: String(row.name),
    ...(row.user_id === null ? {} : { userId: String(row.user_id) }),
    ...(row.issuer === null ? {} : { issuer: String(row.issuer) }),
    ...(row.subject === null ? {} : { subject: String(row.subject) }),
    ...(row.provider_session === null ? {} : { providerSession: String(row.provider_session) }),
    ...(row.key_id === null ? {} : { keyId: String(row.key_id) }),
    ...(row.key_hash === null ? {} : { keyHash: String(row.key_hash) }),
    roles: JSON.parse(String(row.roles)) as string[],
    createdAt: Number(row.created_at),
    lastSeenAt: Number(row.last_seen_at),
    idleMs: Number(row.idle_ms),
    endsAt: Number(row.ends_at),
    userAgent: String(row.user_agent),
    address: String(row.address),
    ...(row.revoked_at === null ? {} : { revokedAt: Number(row.revoked_at) }),
  };
}
