import { Fault } from "../../exchange/index.ts";
import { everything, reaches, type Scope } from "../scope.ts";
import type { SqlDatabase } from "../sql/sql-database.ts";
import type { SqlRow } from "../sqlite/driver.ts";

/** What a directory elsewhere sends to keep people and groups in step, as it is kept. Times are milliseconds since the epoch. */
export interface StoredScimToken {
  readonly id: string;
  readonly name: string;
  /** Keyed hash of the token. */
  readonly hash: string;
  readonly hint: string;
  /** Whose people and groups it reaches; absent: the installation's own. */
  readonly organisation?: string;
  readonly createdAt: number;
  readonly expiresAt?: number;
  readonly revokedAt?: number;
}

export interface ScimTokenStore {
  insert(token: StoredScimToken): Promise<void>;
  find(hash: string): Promise<StoredScimToken | undefined>;
  /** Revoked ones too, in the order of their ids. */
  list(): Promise<readonly StoredScimToken[]>;
  /** @returns whether there was such a token, not yet revoked */
  revoke(id: string, at: number): Promise<boolean>;
  /** The same, as far as a scope reaches; nobody is let in by it. */
  within(scope: Scope): ScimTokenStore;
}

export const scimTokenMigration = `
  CREATE TABLE scim_tokens (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    hint TEXT NOT NULL,
    organisation TEXT,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER
  );
`;

/** The same in SQL. */
export class SqlScimTokenStore implements ScimTokenStore {
  readonly #database: SqlDatabase;
  readonly #scope: Scope;
  readonly #within: string;
  readonly #values: readonly string[];

  constructor(database: SqlDatabase, scope: Scope = everything) {
    this.#database = database;
    this.#scope = scope;
    // A token is no team's: to whoever acts within one there is none.
    this.#within = scope.teams !== undefined ? "FALSE" : scope.organisation === undefined ? "TRUE" : "organisation = ?";
    this.#values = scope.teams === undefined && scope.organisation !== undefined ? [scope.organisation] : [];
  }

  within(scope: Scope): ScimTokenStore {
    return new SqlScimTokenStore(this.#database, scope);
  }

  async insert({ id, name, hash, hint, organisation, createdAt, expiresAt }: StoredScimToken): Promise<void> {
    if (!reaches(this.#scope, { organisation })) throw new Fault("object_unknown", { message: "There is no such organisation." });
    const sql = "INSERT INTO scim_tokens (id, name, hash, hint, organisation, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)";
    await this.#database.run(sql, [id, name, hash, hint, organisation ?? null, createdAt, expiresAt ?? null]);
  }

  async find(hash: string): Promise<StoredScimToken | undefined> {
    const row = await this.#database.get("SELECT * FROM scim_tokens WHERE hash = ?", [hash]);
    return row === undefined ? undefined : tokenOf(row);
  }

  async list(): Promise<readonly StoredScimToken[]> {
    return (await this.#database.all(`SELECT * FROM scim_tokens WHERE ${this.#within} ORDER BY id`, this.#values)).map(tokenOf);
  }

  async revoke(id: string, at: number): Promise<boolean> {
    const sql = `UPDATE scim_tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL AND ${this.#within}`;
    return (await this.#database.run(sql, [at, id, ...this.#values])) > 0;
  }
}

function tokenOf(row: SqlRow): StoredScimToken {
  return {
    id: String(row.id),
    name: String(row.name),
    hash: String(row.hash),
    hint: String(row.hint),
    ...(row.organisation === null ? {} : { organisation: String(row.organisation) }),
    createdAt: Number(row.created_at),
    ...(row.expires_at === null ? {} : { expiresAt: Number(row.expires_at) }),
    ...(row.revoked_at === null ? {} : { revokedAt: Number(row.revoked_at) }),
  };
}
