import { Fault } from "../exchange/index.ts";
import { type AuditStore, auditMigration, SqliteAuditStore } from "./audit.ts";
import type { ConfigStore } from "./config/config-store.ts";
import { configMigration, SqliteConfigStore } from "./config/sqlite-config-store.ts";
import { type DenialStore, denialMigration, SqliteDenialStore } from "./denials.ts";
import type { Directory, Metadata } from "./directory/directory.ts";
import { directoryChangesMigration, directoryMigration } from "./directory/directory-schema.ts";
import { sqliteDirectory } from "./directory/sqlite-directory.ts";
import { type LogInStore, logInMigration, SqliteLogInStore } from "./login/log-ins.ts";
import { type SessionStore, SqliteSessionStore, sessionMigration } from "./login/sessions.ts";
import { type ScimTokenStore, SqliteScimTokenStore, scimTokenMigration } from "./scim-tokens.ts";
import { everything, reachCondition, reaches, type Scope } from "./scope.ts";
import { type SealedStore, sealedMigration } from "./sealed/sealed-store.ts";
import { SqliteSealedStore } from "./sealed/sqlite-sealed.ts";
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
  /** An organisation's id; absent for keys of the installation itself. */
  readonly organisation?: string;
  /** A team's id, or its name where the config has it. */
  readonly team?: string;
  /** A user's id, or a name that people chose. */
  readonly user?: string;
  readonly application?: string;
  readonly serviceAccount?: string;
  /** Of an admin key: what it may do. Absent on keys of before there were roles, which are the owner's. */
  readonly role?: string;
  readonly scopes: readonly string[];
  readonly models?: readonly string[];
  /** Addresses that it may come from, in CIDR notation; absent: any. */
  readonly networks?: readonly string[];
  /** Goes into the records of its calls. */
  readonly metadata?: Metadata;
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
  readonly application?: string | null;
  readonly role?: string;
  readonly scopes?: readonly string[];
  readonly models?: readonly string[] | null;
  readonly networks?: readonly string[] | null;
  readonly metadata?: Metadata | null;
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
  /** The same, seen from a scope: to it, other keys are not there. */
  within(scope: Scope): KeyStore;
}

/** What operators decide: small, in transactions. */
export interface ControlStore {
  readonly keys: KeyStore;
  readonly directory: Directory;
  readonly audit: AuditStore;
  readonly denials: DenialStore;
  readonly sessions: SessionStore;
  readonly logIns: LogInStore;
  readonly scimTokens: ScimTokenStore;
  readonly sealed: SealedStore;
  readonly config: ConfigStore;
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
  directoryMigration,
  denialMigration,
  directoryChangesMigration,
  sessionMigration + logInMigration,
  sealedMigration,
  configMigration,
  scimTokenMigration,
];

/** Control in SQLite. */
export class SqliteControlStore implements ControlStore {
  readonly keys: KeyStore;
  readonly directory: Directory;
  readonly audit: AuditStore;
  readonly denials: DenialStore;
  readonly sessions: SessionStore;
  readonly logIns: LogInStore;
  readonly scimTokens: ScimTokenStore;
  readonly sealed: SealedStore;
  readonly config: ConfigStore;
  readonly #version: SqliteStatement;
  #seenVersion: unknown;
  #written = false;

  constructor(database: SqliteDatabase) {
    this.#version = database.prepare("PRAGMA data_version");
    this.#seenVersion = this.#readVersion();
    this.audit = new SqliteAuditStore(database);
    this.sessions = new SqliteSessionStore(database);
    this.logIns = new SqliteLogInStore(database);
    this.scimTokens = new SqliteScimTokenStore(database);
    this.sealed = new SqliteSealedStore(database);
    this.config = new SqliteConfigStore(database);
    const onWrite = () => {
      this.#written = true;
    };
    this.keys = new SqliteKeyStore(database, onWrite);
    this.directory = sqliteDirectory(database, onWrite);
    this.denials = new SqliteDenialStore(database, onWrite);
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
  readonly #scope: Scope;
  readonly #within: ReturnType<typeof reachCondition>;

  constructor(database: SqliteDatabase, onWrite: () => void, scope: Scope = everything) {
    this.#database = database;
    this.#onWrite = onWrite;
    this.#scope = scope;
    this.#within = reachCondition(scope);
    this.#insert = database.prepare(
      `INSERT INTO keys (id, kind, name, hash, hint, team, user, scopes, models, created_at, expires_at, revoked_at, last_used_at,
         organisation, application, service_account, role, networks, metadata)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
  }

  within(scope: Scope): KeyStore {
    return new SqliteKeyStore(this.#database, this.#onWrite, scope);
  }

  async list(): Promise<readonly StoredKey[]> {
    const { sql, values } = this.#within;
    return this.#database.prepare(`SELECT * FROM keys WHERE ${sql} ORDER BY created_at, id`).all(values).map(keyOf);
  }

  async get(id: string): Promise<StoredKey | undefined> {
    const { sql, values } = this.#within;
    const row = this.#database.prepare(`SELECT * FROM keys WHERE id = ? AND ${sql}`).get([id, ...values]);
    return row === undefined ? undefined : keyOf(row);
  }

  async insert(key: StoredKey): Promise<void> {
    if (!reaches(this.#scope, key)) throw new Fault("object_unknown", { message: "There is no such organisation or team." });
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
      values.push(typeof value === "object" && value !== null ? JSON.stringify(value) : (value as string | number | null));
    }
    if (assignments.length === 0) return (await this.get(id)) !== undefined;
    return this.#change(`UPDATE keys SET ${assignments.join(", ")} WHERE id = ?`, [...values, id], changes.team);
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

  #change(sql: string, values: readonly SqlValue[], team?: string | null): boolean {
    const { organisation } = this.#scope;
    if (team !== undefined && !reaches(this.#scope, { organisation, team: team ?? undefined }))
      throw new Fault("object_unknown", { message: "There is no such organisation or team." });
    const changed = this.#database.prepare(`${sql} AND ${this.#within.sql}`).run([...values, ...this.#within.values]) > 0;
    if (changed) this.#onWrite();
    return changed;
  }
}

const changeColumns = [
  ["name", "name"],
  ["team", "team"],
  ["user", "user"],
  ["application", "application"],
  ["role", "role"],
  ["scopes", "scopes"],
  ["models", "models"],
  ["networks", "networks"],
  ["metadata", "metadata"],
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
    key.organisation ?? null,
    key.application ?? null,
    key.serviceAccount ?? null,
    key.role ?? null,
    key.networks === undefined ? null : JSON.stringify(key.networks),
    key.metadata === undefined ? null : JSON.stringify(key.metadata),
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
    ...(row.organisation === null ? {} : { organisation: String(row.organisation) }),
    ...(row.application === null ? {} : { application: String(row.application) }),
    ...(row.service_account === null ? {} : { serviceAccount: String(row.service_account) }),
    ...(row.role === null ? {} : { role: String(row.role) }),
    scopes: JSON.parse(String(row.scopes)) as string[],
    ...(row.models === null ? {} : { models: JSON.parse(String(row.models)) as string[] }),
    ...(row.networks === null ? {} : { networks: JSON.parse(String(row.networks)) as string[] }),
    ...(row.metadata === null ? {} : { metadata: JSON.parse(String(row.metadata)) as Metadata }),
    createdAt: Number(row.created_at),
    ...(row.expires_at === null ? {} : { expiresAt: Number(row.expires_at) }),
    ...(row.revoked_at === null ? {} : { revokedAt: Number(row.revoked_at) }),
    ...(row.last_used_at === null ? {} : { lastUsedAt: Number(row.last_used_at) }),
  };
}
