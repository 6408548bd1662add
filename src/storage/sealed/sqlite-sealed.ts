import type { SqliteDatabase, SqliteStatement, SqlRow, SqlValue } from "../sqlite/driver.ts";
import type { GuardedMasterKey, Rewrapping, SealedSecret, SealedStore } from "./sealed-store.ts";

/** Sealed secrets in SQLite. */
export class SqliteSealedStore implements SealedStore {
  readonly #database: SqliteDatabase;
  readonly #list: SqliteStatement;
  readonly #get: SqliteStatement;
  readonly #insert: SqliteStatement;
  readonly #replace: SqliteStatement;
  readonly #remove: SqliteStatement;
  readonly #openedByOthers: SqliteStatement;
  readonly #rewrap: SqliteStatement;
  readonly #count: SqliteStatement;
  readonly #revision: SqliteStatement;
  readonly #nextRevision: SqliteStatement;

  constructor(database: SqliteDatabase) {
    this.#database = database;
    this.#list = database.prepare("SELECT * FROM sealed_secrets WHERE tenant = ? AND name > ? ORDER BY name LIMIT ?");
    this.#get = database.prepare("SELECT * FROM sealed_secrets WHERE tenant = ? AND (name = ? OR id = ?)");
    this.#insert = database.prepare(
      `INSERT INTO sealed_secrets (id, tenant, name, version, hint, master_key, wrapped_key, sealed, created_at, changed_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (tenant, name) DO NOTHING`,
    );
    this.#replace = database.prepare(
      `UPDATE sealed_secrets SET version = ?, hint = ?, master_key = ?, wrapped_key = ?, sealed = ?, changed_at = ?
       WHERE id = ? AND tenant = ? AND version = ?`,
    );
    this.#remove = database.prepare("DELETE FROM sealed_secrets WHERE tenant = ? AND name = ?");
    this.#openedByOthers = database.prepare(
      "SELECT * FROM sealed_secrets WHERE master_key < ? UNION ALL SELECT * FROM sealed_secrets WHERE master_key > ? LIMIT ?",
    );
    this.#rewrap = database.prepare(
      "UPDATE sealed_secrets SET master_key = ?, wrapped_key = ? WHERE id = ? AND version = ? AND wrapped_key = ?",
    );
    this.#count = database.prepare("SELECT master_key, COUNT(*) AS count FROM sealed_secrets GROUP BY master_key");
    this.#revision = database.prepare("SELECT revision FROM sealed_revision");
    this.#nextRevision = database.prepare("UPDATE sealed_revision SET revision = revision + 1");
  }

  async list(tenant: string, after = "", limit = 1_000_000): Promise<readonly SealedSecret[]> {
    return this.#list.all([tenant, after, limit]).map(secretOf);
  }

  async get(tenant: string, name: string): Promise<SealedSecret | undefined> {
    const row = this.#get.get([tenant, name, name]);
    return row && secretOf(row);
  }

  async insert(secret: SealedSecret): Promise<boolean> {
    const { id, tenant, name, version, hint, masterKey, wrappedKey, sealed, createdAt, changedAt } = secret;
    return this.#change(this.#insert, [id, tenant, name, version, hint, masterKey, wrappedKey, sealed, createdAt, changedAt]);
  }

  async replace(secret: SealedSecret): Promise<boolean> {
    const { id, tenant, version, hint, masterKey, wrappedKey, sealed, changedAt } = secret;
    return this.#change(this.#replace, [version, hint, masterKey, wrappedKey, sealed, changedAt, id, tenant, version - 1]);
  }

  async remove(tenant: string, name: string): Promise<boolean> {
    return this.#change(this.#remove, [tenant, name]);
  }

  async openedByOthers(masterKey: string, limit: number): Promise<readonly SealedSecret[]> {
    return this.#openedByOthers.all([masterKey, masterKey, limit]).map(secretOf);
  }

  /** What a secret is does not change, so nobody has to hear of it. */
  async rewrap(changes: readonly Rewrapping[]): Promise<number> {
    return this.#database.transaction(() =>
      changes.reduce(
        (sum, { before, masterKey, wrappedKey }) =>
          sum + this.#rewrap.run([masterKey, wrappedKey, before.id, before.version, before.wrappedKey]),
        0,
      ),
    );
  }

  async countByMasterKey(): Promise<ReadonlyMap<string, number>> {
    return new Map(this.#count.all([]).map((row) => [String(row.master_key), Number(row.count)]));
  }

  async guardedKeys(): Promise<readonly GuardedMasterKey[]> {
    const rows = this.#database.prepare("SELECT * FROM guarded_master_keys ORDER BY created_at, id").all([]);
    return rows.map((row) => ({
      id: String(row.id),
      guard: String(row.guard),
      sealed: String(row.sealed),
      createdAt: Number(row.created_at),
    }));
  }

  async addGuardedKey({ id, guard, sealed, createdAt }: GuardedMasterKey): Promise<void> {
    this.#database
      .prepare("INSERT INTO guarded_master_keys (id, guard, sealed, created_at) VALUES (?, ?, ?, ?)")
      .run([id, guard, sealed, createdAt]);
  }

  revision(): number {
    return Number(this.#revision.get([])?.revision);
  }

  #change(statement: SqliteStatement, values: readonly SqlValue[]): boolean {
    return this.#database.transaction(() => {
      const changed = statement.run(values) > 0;
      if (changed) this.#nextRevision.run([]);
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
