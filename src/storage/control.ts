import { type AuditStore, auditMigration, SqliteAuditStore } from "./audit.ts";
import type { SqliteDatabase, SqliteStatement, SqlRow, SqlValue } from "./sqlite/driver.ts";

export type KeyKind = "key" | "admin";

/** A virtual key or an admin key, as it is kept: without the key itself. Times are milliseconds since the epoch. */
export interface StoredKey {
  readonly id: string;
  readonly kind: KeyKind;
  readonly name: string;
  /** Keyed hash of the key. */
  readonly hash: string;
  /** The key's beginning and end, for people to tell keys apart. */
  readonly hint: string;
  readonly team?: string;
  readonly user?: string;
  readonly scopes: readonly string[];
  readonly models?: readonly string[];
  readonly createdAt: number;
  readonly expiresAt?: number;
  readonly revokedAt?: number;
  readonly lastUsedAt?: number;
}

/** What may change after a key was made; null takes a value away. */
export interface KeyChanges {
  readonly name?: string;
  readonly team?: string | null;
  readonly user?: string | null;
  readonly scopes?: readonly string[];
  readonly models?: readonly string[] | null;
  readonly expiresAt?: number | null;
}

export interface KeyStore {
  /** All keys, revoked ones too, oldest first. */
  list(): Promise<readonly StoredKey[]>;
  get(id: string): Promise<StoredKey | undefined>;
  insert(key: StoredKey): Promise<void>;
  /** Inserts the key only if there has never been one of its kind. Two first starts at once make one. @returns whether it did */
  insertFirst(key: StoredKey): Promise<boolean>;
  /** @returns whether there is such a key */
  update(id: string, changes: KeyChanges): Promise<boolean>;
  /** @returns whether there was such a key, not yet revoked */
  revoke(id: string, at: number): Promise<boolean>;
  /** Notes last uses, by key id. */
  touch(uses: ReadonlyMap<string, number>): Promise<void>;
}

/** What operators decide: small, in transactions. */
export interface ControlStore {
  readonly keys: KeyStore;
  readonly audit: AuditStore;
  /** Whether anything was written since the last call, here or by another process. Costs microseconds. */
  changed(): boolean;
}

export const controlMigrations: readonly string[] = [
  `
  CREATE TABLE keys (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('key', 'admin')),
    name TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    hint TEXT NOT NULL,
    team TEXT,
    user TEXT,
    scopes TEXT NOT NULL,
    models TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    last_used_at INTEGER
  );
  `,
  auditMigration,
];

/** Control in SQLite. */
export class SqliteControlStore implements ControlStore {
  readonly keys: KeyStore;
  readonly audit: AuditStore;
  readonly #version: SqliteStatement;
  #seenVersion: unknown;
  #written = false;

  constructor(database: SqliteDatabase) {
    this.#version = database.prepare("PRAGMA data_version");
    this.#seenVersion = this.#readVersion();
    this.audit = new SqliteAuditStore(database);
    this.keys = new SqliteKeyStore(database, () => {
      this.#written = true;
    });
  }

  changed(): boolean {
    // SQLite's number moves for the commits of others only.
    const version = this.#readVersion();
    const changed = this.#written || version !== this.#seenVersion;
    this.#seenVersion = version;
    this.#written = false;
    return changed;
  }

  #readVersion(): unknown {
    return this.#version.get([])?.data_version;
  }
}

class SqliteKeyStore implements KeyStore {
  readonly #database: SqliteDatabase;
  readonly #onWrite: () => void;
  readonly #insert: SqliteStatement;

  constructor(database: SqliteDatabase, onWrite: () => void) {
    this.#database = database;
    this.#onWrite = onWrite;
    this.#insert = database.prepare(
      `INSERT INTO keys (id, kind, name, hash, hint, team, user, scopes, models, created_at, expires_at, revoked_at, last_used_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
  }

  async list(): Promise<readonly StoredKey[]> {
    return this.#database.prepare("SELECT * FROM keys ORDER BY created_at, id").all([]).map(keyOf);
  }

  async get(id: string): Promise<StoredKey | undefined> {
    const row = this.#database.prepare("SELECT * FROM keys WHERE id = ?").get([id]);
    return row === undefined ? undefined : keyOf(row);
  }

  async insert(key: StoredKey): Promise<void> {
    this.#insert.run(valuesOf(key));
    this.#onWrite();
  }

  async insertFirst(key: StoredKey): Promise<boolean> {
    const inserted = this.#database.transaction(() => {
      if (this.#database.prepare("SELECT 1 FROM keys WHERE kind = ? LIMIT 1").get([key.kind]) !== undefined) return false;
      this.#insert.run(valuesOf(key));
      return true;
    });
    if (inserted) this.#onWrite();
    return inserted;
  }

  async update(id: string, changes: KeyChanges): Promise<boolean> {
    const assignments: string[] = [];
    const values: SqlValue[] = [];
    for (const [field, column] of changeColumns) {
      const value = changes[field];
      if (value === undefined) continue;
      assignments.push(`${column} = ?`);
      values.push(Array.isArray(value) ? JSON.stringify(value) : (value as string | number | null));
    }
    if (assignments.length === 0) return (await this.get(id)) !== undefined;
    return this.#change(`UPDATE keys SET ${assignments.join(", ")} WHERE id = ?`, [...values, id]);
  }

  async revoke(id: string, at: number): Promise<boolean> {
    return this.#change("UPDATE keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", [at, id]);
  }

  async touch(uses: ReadonlyMap<string, number>): Promise<void> {
    // A newer use that another process noted stays. This is no change that anyone has to hear of.
    const statement = this.#database.prepare("UPDATE keys SET last_used_at = MAX(COALESCE(last_used_at, 0), ?) WHERE id = ?");
    this.#database.transaction(() => {
      for (const [id, at] of uses) statement.run([at, id]);
    });
  }

  #change(sql: string, values: readonly SqlValue[]): boolean {
    const changed = this.#database.prepare(sql).run(values) > 0;
    if (changed) this.#onWrite();
    return changed;
  }
}

const changeColumns = [
  ["name", "name"],
  ["team", "team"],
  ["user", "user"],
  ["scopes", "scopes"],
  ["models", "models"],
  ["expiresAt", "expires_at"],
] as const satisfies readonly (readonly [keyof KeyChanges, string])[];

function valuesOf(key: StoredKey): SqlValue[] {
  return [
    key.id,
    key.kind,
    key.name,
    key.hash,
    key.hint,
    key.team ?? null,
    key.user ?? null,
    JSON.stringify(key.scopes),
    key.models === undefined ? null : JSON.stringify(key.models),
    key.createdAt,
    key.expiresAt ?? null,
    key.revokedAt ?? null,
    key.lastUsedAt ?? null,
  ];
}

function keyOf(row: SqlRow): StoredKey {
  return {
    id: String(row.id),
    kind: row.kind as KeyKind,
    name: String(row.name),
    hash: String(row.hash),
    hint: String(row.hint),
    ...(row.team === null ? {} : { team: String(row.team) }),
    ...(row.user === null ? {} : { user: String(row.user) }),
    scopes: JSON.parse(String(row.scopes)) as string[],
    ...(row.models === null ? {} : { models: JSON.parse(String(row.models)) as string[] }),
    createdAt: Number(row.created_at),
    ...(row.expires_at === null ? {} : { expiresAt: Number(row.expires_at) }),
    ...(row.revoked_at === null ? {} : { revokedAt: Number(row.revoked_at) }),
    ...(row.last_used_at === null ? {} : { lastUsedAt: Number(row.last_used_at) }),
  };
}
