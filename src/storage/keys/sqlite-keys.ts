import { isDeepStrictEqual } from "node:util";
import { Fault } from "../../exchange/index.ts";
import type { Limited, Metadata } from "../directory/directory.ts";
import { everything, reachCondition, reaches, type Scope } from "../scope.ts";
import type { SqliteDatabase, SqliteStatement, SqlRow, SqlValue } from "../sqlite/driver.ts";
import type { KeyChanges, KeyKind, KeyStore, MovedKey, StoredKey, WantedKeys } from "./key-store.ts";

/** Keys in SQLite. */
export class SqliteKeyStore implements KeyStore {
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
         organisation, application, service_account, role, networks, metadata, limits, budget, counted_as, may_pass_user)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
  }

  within(scope: Scope): KeyStore {
    return new SqliteKeyStore(this.#database, this.#onWrite, scope);
  }

  async list(): Promise<readonly StoredKey[]> {
    const { sql, values } = this.#within;
    return this.#database.prepare(`SELECT * FROM keys WHERE ${sql} ORDER BY created_at, id`).all(values).map(keyOf);
  }

  async page({ after = "", limit, state, limited, now, ...wanted }: WantedKeys): Promise<readonly StoredKey[]> {
    const conditions = [this.#within.sql, "id > ?"];
    const values: SqlValue[] = [...this.#within.values, after];
    for (const [field, column] of wantedColumns) {
      const value = wanted[field];
      if (value === undefined) continue;
      conditions.push(`${column} = ?`);
      values.push(value);
    }
    if (limited === true) conditions.push("(limits IS NOT NULL OR budget IS NOT NULL)");
    if (state !== undefined) {
      conditions.push(stateConditions[state]);
      if (state !== "revoked") values.push(now);
    }
    const sql = `SELECT * FROM keys WHERE ${conditions.join(" AND ")} ORDER BY id LIMIT ?`;
    return this.#database
      .prepare(sql)
      .all([...values, limit])
      .map(keyOf);
  }

  async named(name: string): Promise<readonly StoredKey[]> {
    const { sql, values } = this.#within;
    const statement = this.#database.prepare(`SELECT * FROM keys WHERE name = ? AND revoked_at IS NULL AND ${sql}`);
    return statement.all([name, ...values]).map(keyOf);
  }

  async count(): Promise<number> {
    const { sql, values } = this.#within;
    return Number(this.#database.prepare(`SELECT COUNT(*) AS count FROM keys WHERE revoked_at IS NULL AND ${sql}`).get(values)?.count);
  }

  async movedAfter(change: number, limit: number): Promise<readonly MovedKey[]> {
    const { sql, values } = this.#within;
    const statement = this.#database.prepare(`SELECT * FROM keys WHERE change > ? AND ${sql} ORDER BY change LIMIT ?`);
    return statement.all([change, ...values, limit]).map((row) => ({ key: keyOf(row), change: Number(row.change) }));
  }

  async get(id: string): Promise<StoredKey | undefined> {
    return this.#read(id);
  }

  #read(id: string): StoredKey | undefined {
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

  async update(id: string, changes: KeyChanges, seen?: StoredKey): Promise<boolean> {
    if (seen === undefined) return this.#update(id, changes);
    return this.#database.transaction(() => {
      this.#refuseChanged(seen);
      return this.#update(id, changes);
    });
  }

  async replace(seen: StoredKey, next: StoredKey, ending: { readonly revokedAt: number } | { readonly expiresAt: number }): Promise<void> {
    if (!reaches(this.#scope, next)) throw new Fault("object_unknown", { message: "There is no such organisation or team." });
    this.#database.transaction(() => {
      this.#refuseChanged(seen);
      this.#insert.run(valuesOf(next));
      if ("revokedAt" in ending) this.#change("UPDATE keys SET revoked_at = ? WHERE id = ?", [ending.revokedAt, seen.id]);
      else this.#change("UPDATE keys SET expires_at = ? WHERE id = ?", [ending.expiresAt, seen.id]);
    });
    this.#onWrite();
  }

  /** That it was used is no change. */
  #refuseChanged(seen: StoredKey): void {
    const row = this.#database.prepare("SELECT * FROM keys WHERE id = ?").get([seen.id]);
    const now = row && { ...keyOf(row), lastUsedAt: seen.lastUsedAt };
    if (!now || !isDeepStrictEqual(now, { ...seen, lastUsedAt: seen.lastUsedAt })) throw new Fault("object_changed");
  }

  #update(id: string, changes: KeyChanges): boolean {
    const assignments: string[] = [];
    const values: SqlValue[] = [];
    for (const [field, column] of changeColumns) {
      const value = changes[field];
      if (value === undefined) continue;
      assignments.push(`${column} = ?`);
      values.push(columnOf(value));
    }
    if (assignments.length === 0) return this.#read(id) !== undefined;
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

const wantedColumns = [
  ["name", "name"],
  ["kind", "kind"],
  ["organisation", "organisation"],
  ["team", "team"],
  ["user", "user"],
  ["application", "application"],
  ["serviceAccount", "service_account"],
] as const satisfies readonly (readonly [keyof WantedKeys, string])[];

const stateConditions = {
  works: "revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)",
  expired: "revoked_at IS NULL AND expires_at <= ?",
  revoked: "revoked_at IS NOT NULL",
} as const;

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
  ["limits", "limits"],
  ["budget", "budget"],
  ["mayPassUser", "may_pass_user"],
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
    key.limits === undefined ? null : JSON.stringify(key.limits),
    key.budget === undefined ? null : JSON.stringify(key.budget),
    key.countedAs ?? null,
    key.mayPassUser === undefined ? null : Number(key.mayPassUser),
  ];
}

function columnOf(value: NonNullable<KeyChanges[keyof KeyChanges]> | null): SqlValue {
  if (typeof value === "boolean") return Number(value);
  return typeof value === "object" && value !== null ? JSON.stringify(value) : (value as string | number | null);
}

const noScopes: readonly string[] = Object.freeze([]);

/** Members one by one: there may be a million rows. */
function keyOf(row: SqlRow): StoredKey {
  const key: { -readonly [Name in keyof StoredKey]: StoredKey[Name] } = {
    id: row.id as string,
    kind: row.kind as KeyKind,
    name: row.name as string,
    hash: row.hash as string,
    hint: row.hint as string,
    scopes: row.scopes === "[]" ? noScopes : (JSON.parse(row.scopes as string) as string[]),
    createdAt: Number(row.created_at),
  };
  if (row.team !== null) key.team = row.team as string;
  if (row.user !== null) key.user = row.user as string;
  if (row.organisation !== null) key.organisation = row.organisation as string;
  if (row.application !== null) key.application = row.application as string;
  if (row.service_account !== null) key.serviceAccount = row.service_account as string;
  if (row.role !== null) key.role = row.role as string;
  if (row.models !== null) key.models = JSON.parse(row.models as string) as string[];
  if (row.networks !== null) key.networks = JSON.parse(row.networks as string) as string[];
  if (row.metadata !== null) key.metadata = JSON.parse(row.metadata as string) as Metadata;
  if (row.limits !== null) key.limits = JSON.parse(row.limits as string) as NonNullable<Limited["limits"]>;
  if (row.budget !== null) key.budget = JSON.parse(row.budget as string) as NonNullable<Limited["budget"]>;
  if (row.counted_as !== null) key.countedAs = row.counted_as as string;
  if (row.may_pass_user !== null) key.mayPassUser = Number(row.may_pass_user) === 1;
  if (row.expires_at !== null) key.expiresAt = Number(row.expires_at);
  if (row.revoked_at !== null) key.revokedAt = Number(row.revoked_at);
  if (row.last_used_at !== null) key.lastUsedAt = Number(row.last_used_at);
  return key;
}
