import { isDeepStrictEqual } from "node:util";
import { Fault } from "../../exchange/index.ts";
import type { Limited, Metadata } from "../directory/directory.ts";
import { everything, type Owner, reachCondition, reaches, type Scope } from "../scope.ts";
import { jsonInSql } from "../sql/json-in-sql.ts";
import type { SqlDatabase, SqlQueries } from "../sql/sql-database.ts";
import type { SqlRow, SqlValue } from "../sqlite/driver.ts";
import type { KeyChanges, KeyKind, KeyStore, MovedKey, StoredKey, WantedKeys } from "./key-store.ts";

const insertion = `INSERT INTO keys (id, kind, name, hash, hint, team, "user", scopes, models, created_at, expires_at, revoked_at, last_used_at,
    organisation, application, service_account, role, networks, metadata, limits, budget, counted_as, may_pass_user)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
/** Uses that are noted at once: others wait as long. */
const usesAtOnce = 1_000;

/** Keys in SQL. */
export class SqlKeyStore implements KeyStore {
  readonly #database: SqlDatabase;
  readonly #onWrite: () => void;
  readonly #scope: Scope;
  readonly #within: ReturnType<typeof reachCondition>;

  /** @param onWrite told of each change */
  constructor(database: SqlDatabase, onWrite: () => void, scope: Scope = everything) {
    this.#database = database;
    this.#onWrite = onWrite;
    this.#scope = scope;
    this.#within = reachCondition(scope);
  }

  within(scope: Scope): KeyStore {
    return new SqlKeyStore(this.#database, this.#onWrite, scope);
  }

  async list(): Promise<readonly StoredKey[]> {
    const { sql, values } = this.#within;
    return (await this.#database.all(`SELECT * FROM keys WHERE ${sql} ORDER BY created_at, id`, values)).map(keyOf);
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
    return (await this.#database.all(sql, [...values, limit])).map(keyOf);
  }

  async named(name: string): Promise<readonly StoredKey[]> {
    const { sql, values } = this.#within;
    const rows = await this.#database.all(`SELECT * FROM keys WHERE name = ? AND revoked_at IS NULL AND ${sql}`, [name, ...values]);
    return rows.map(keyOf);
  }

  async count(): Promise<number> {
    const { sql, values } = this.#within;
    const row = await this.#database.get(`SELECT COUNT(*) AS count FROM keys WHERE revoked_at IS NULL AND ${sql}`, values);
    return Number(row?.count);
  }

  async movedAfter(change: number, limit: number): Promise<readonly MovedKey[]> {
    const { sql, values } = this.#within;
    const text = `SELECT * FROM keys WHERE change > ? AND ${sql} ORDER BY change LIMIT ?`;
    const rows = await this.#database.all(text, [change, ...values, limit]);
    return rows.map((row) => ({ key: keyOf(row), change: Number(row.change) }));
  }

  get(id: string): Promise<StoredKey | undefined> {
    return this.#read(this.#database, id);
  }

  async #read(queries: SqlQueries, id: string): Promise<StoredKey | undefined> {
    const { sql, values } = this.#within;
    const row = await queries.get(`SELECT * FROM keys WHERE id = ? AND ${sql}`, [id, ...values]);
    return row === undefined ? undefined : keyOf(row);
  }

  async insert(key: StoredKey, now?: number): Promise<void> {
    this.#refuseBeyond(key);
    await this.#database.transaction(async (queries) => {
      if (now !== undefined) await this.#refuseTaken(queries, key, now);
      await queries.run(insertion, valuesOf(key));
    });
    this.#onWrite();
  }

  /** What is not in reach is not there, and takes no name either. */
  async #refuseTaken(
    queries: SqlQueries,
    { id, name, organisation }: Pick<StoredKey, "id" | "name" | "organisation">,
    now: number,
  ): Promise<void> {
    const { sql, values } = this.#within;
    const twin = await queries.get(
      `SELECT id FROM keys WHERE name = ? AND COALESCE(organisation, '') = ? AND id <> ? AND ${stateConditions.works} AND ${sql} LIMIT 1`,
      [name, organisation ?? "", id, now, ...values],
    );
    if (twin)
      throw new Fault("object_conflict", {
        message: `A key that works is called ${JSON.stringify(name)} already: ${twin.id}.`,
        param: "name",
      });
  }

  async insertFirst(key: StoredKey): Promise<boolean> {
    const inserted = await this.#database.transaction(async (queries) => {
      if ((await queries.get("SELECT 1 AS one FROM keys WHERE kind = ? LIMIT 1", [key.kind])) !== undefined) return false;
      await queries.run(insertion, valuesOf(key));
      return true;
    });
    if (inserted) this.#onWrite();
    return inserted;
  }

  async update(id: string, changes: KeyChanges, seen?: StoredKey, now?: number): Promise<boolean> {
    const { organisation } = this.#scope;
    if (changes.team !== undefined) this.#refuseBeyond({ organisation, team: changes.team ?? undefined });
    return this.#written(async (queries) => {
      if (seen !== undefined) await refuseChanged(queries, seen);
      if (now !== undefined && changes.name !== undefined) {
        const before = await this.#read(queries, id);
        if (before !== undefined && before.name !== changes.name) await this.#refuseTaken(queries, { ...before, name: changes.name }, now);
      }
      const assignments: string[] = [];
      const values: SqlValue[] = [];
      for (const [field, column] of changeColumns) {
        const value = changes[field];
        if (value === undefined) continue;
        assignments.push(`${column} = ?`);
        values.push(columnOf(value));
      }
      if (assignments.length === 0) return (await this.#read(queries, id)) !== undefined;
      return this.#change(queries, assignments.join(", "), values, id);
    });
  }

  async replace(seen: StoredKey, next: StoredKey, ending: { readonly revokedAt: number } | { readonly expiresAt: number }): Promise<void> {
    this.#refuseBeyond(next);
    await this.#written(async (queries) => {
      await refuseChanged(queries, seen);
      await queries.run(insertion, valuesOf(next));
      if ("revokedAt" in ending) await this.#change(queries, "revoked_at = ?", [ending.revokedAt], seen.id);
      else await this.#change(queries, "expires_at = ?", [ending.expiresAt], seen.id);
      return true;
    });
  }

  revoke(id: string, at: number): Promise<boolean> {
    return this.#written((queries) => this.#change(queries, "revoked_at = ?", [at], id, " AND revoked_at IS NULL"));
  }

  async touch(uses: ReadonlyMap<string, number>): Promise<void> {
    // A newer use that another process noted stays. This is no change that anyone has to hear of.
    const sql = `UPDATE keys SET last_used_at = uses.number FROM ${jsonInSql[this.#database.dialect].numbers("?")} AS uses
      WHERE keys.id = uses.id AND (keys.last_used_at IS NULL OR keys.last_used_at < uses.number)`;
    const all = [...uses];
    for (let at = 0; at < all.length; at += usesAtOnce) {
      const some = JSON.stringify(Object.fromEntries(all.slice(at, at + usesAtOnce)));
      await this.#database.transaction((queries) => queries.run(sql, [some]));
    }
  }

  async #written(work: (queries: SqlQueries) => Promise<boolean>): Promise<boolean> {
    const changed = await this.#database.transaction(work);
    if (changed) this.#onWrite();
    return changed;
  }

  async #change(queries: SqlQueries, assignments: string, values: readonly SqlValue[], id: string, and = ""): Promise<boolean> {
    const { sql, values: reach } = this.#within;
    return (await queries.run(`UPDATE keys SET ${assignments} WHERE id = ?${and} AND ${sql}`, [...values, id, ...reach])) > 0;
  }

  #refuseBeyond(owner: Owner): void {
    if (!reaches(this.#scope, owner)) throw new Fault("object_unknown", { message: "There is no such organisation or team." });
  }
}

/** That it was used is no change. */
async function refuseChanged(queries: SqlQueries, seen: StoredKey): Promise<void> {
  const row = await queries.get("SELECT * FROM keys WHERE id = ?", [seen.id]);
  const now = row && { ...keyOf(row), lastUsedAt: seen.lastUsedAt };
  if (!now || !isDeepStrictEqual(now, { ...seen, lastUsedAt: seen.lastUsedAt })) throw new Fault("object_changed");
}

const wantedColumns = [
  ["name", "name"],
  ["kind", "kind"],
  ["organisation", "organisation"],
  ["team", "team"],
  ["user", '"user"'],
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
  ["user", '"user"'],
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
