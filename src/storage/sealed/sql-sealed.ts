import type { SqlDatabase, SqlQueries } from "../sql/sql-database.ts";
import type { SqlRow, SqlValue } from "../sqlite/driver.ts";
import type { GuardedMasterKey, Rewrapping, SealedSecret, SealedStore } from "./sealed-store.ts";

const insertion = `INSERT INTO sealed_secrets (id, tenant, name, version, hint, master_key, wrapped_key, sealed, created_at, changed_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (tenant, name) DO NOTHING`;
const replacement = `UPDATE sealed_secrets SET version = ?, hint = ?, master_key = ?, wrapped_key = ?, sealed = ?, changed_at = ?
  WHERE id = ? AND tenant = ? AND version = ?`;

/** Sealed secrets in SQL. */
export class SqlSealedStore implements SealedStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  async list(tenant: string, after = "", limit = 1_000_000): Promise<readonly SealedSecret[]> {
    const sql = "SELECT * FROM sealed_secrets WHERE tenant = ? AND name > ? ORDER BY name LIMIT ?";
    return (await this.#database.all(sql, [tenant, after, limit])).map(secretOf);
  }

  async get(tenant: string, name: string): Promise<SealedSecret | undefined> {
    const row = await this.#database.get("SELECT * FROM sealed_secrets WHERE tenant = ?1 AND (name = ?2 OR id = ?2)", [tenant, name]);
    return row && secretOf(row);
  }

  insert(secret: SealedSecret): Promise<boolean> {
    const { id, tenant, name, version, hint, masterKey, wrappedKey, sealed, createdAt, changedAt } = secret;
    return this.#change(insertion, [id, tenant, name, version, hint, masterKey, wrappedKey, sealed, createdAt, changedAt]);
  }

  replace(secret: SealedSecret): Promise<boolean> {
    const { id, tenant, version, hint, masterKey, wrappedKey, sealed, changedAt } = secret;
    return this.#change(replacement, [version, hint, masterKey, wrappedKey, sealed, changedAt, id, tenant, version - 1]);
  }

  remove(tenant: string, name: string): Promise<boolean> {
    return this.#change("DELETE FROM sealed_secrets WHERE tenant = ? AND name = ?", [tenant, name]);
  }

  async openedByOthers(masterKey: string, limit: number): Promise<readonly SealedSecret[]> {
    // Two ranges, so that the index finds them.
    const sql = `SELECT * FROM sealed_secrets WHERE master_key < ?1
      UNION ALL SELECT * FROM sealed_secrets WHERE master_key > ?1 LIMIT ?2`;
    return (await this.#database.all(sql, [masterKey, limit])).map(secretOf);
  }

  /** What a secret is does not change, so nobody has to hear of it. */
  rewrap(changes: readonly Rewrapping[]): Promise<number> {
    const sql = "UPDATE sealed_secrets SET master_key = ?, wrapped_key = ? WHERE id = ? AND version = ? AND wrapped_key = ?";
    return this.#database.transaction(async (queries) => {
      let rewrapped = 0;
      for (const { before, masterKey, wrappedKey } of changes)
        rewrapped += await queries.run(sql, [masterKey, wrappedKey, before.id, before.version, before.wrappedKey]);
      return rewrapped;
    });
  }

  async countByMasterKey(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.#database.all("SELECT master_key, COUNT(*) AS count FROM sealed_secrets GROUP BY master_key");
    return new Map(rows.map((row) => [String(row.master_key), Number(row.count)]));
  }

  async guardedKeys(): Promise<readonly GuardedMasterKey[]> {
    const rows = await this.#database.all("SELECT * FROM guarded_master_keys ORDER BY created_at, id");
    return rows.map((row) => ({
      id: String(row.id),
      guard: String(row.guard),
      sealed: String(row.sealed),
      createdAt: Number(row.created_at),
    }));
  }

  async addGuardedKey({ id, guard, sealed, createdAt }: GuardedMasterKey): Promise<void> {
    const sql = "INSERT INTO guarded_master_keys (id, guard, sealed, created_at) VALUES (?, ?, ?, ?)";
    await this.#database.run(sql, [id, guard, sealed, createdAt]);
  }

  async revision(): Promise<number> {
    return Number((await this.#database.get("SELECT revision FROM sealed_revision"))?.revision);
  }

  #change(sql: string, values: readonly SqlValue[]): Promise<boolean> {
    return this.#database.transaction(async (queries: SqlQueries) => {
      const changed = (await queries.run(sql, values)) > 0;
      if (changed) await queries.run("UPDATE sealed_revision SET revision = revision + 1");
      return changed;
    });
  }
}

function secretOf(row: SqlRow): SealedSecret {
  return {
    id: String(row.id),
    tenant: String(row.tenant),
    name: String(row.name),
    version: Number(row.version),
    hint: String(row.hint),
    masterKey: String(row.master_key),
    wrappedKey: String(row.wrapped_key),
    sealed: String(row.sealed),
    createdAt: Number(row.created_at),
    changedAt: Number(row.changed_at),
  };
}
