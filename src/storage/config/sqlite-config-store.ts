import type { SqliteDatabase, SqliteStatement, SqlRow } from "../sqlite/driver.ts";
import type {
  ConfigChange,
  ConfigObject,
  ConfigState,
  ConfigStore,
  ConfigVersion,
  NewConfigVersion,
  VersionedObject,
} from "./config-store.ts";

export const configMigration = `
  CREATE TABLE config_versions (
    number INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    author_id TEXT NOT NULL,
    author_name TEXT NOT NULL,
    operation TEXT NOT NULL,
    reason TEXT,
    changes TEXT NOT NULL
  );
  CREATE TABLE config_objects (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    definition TEXT NOT NULL,
    position INTEGER NOT NULL,
    source TEXT NOT NULL,
    owner TEXT,
    revision INTEGER NOT NULL REFERENCES config_versions (number),
    PRIMARY KEY (kind, name)
  ) WITHOUT ROWID;
`;

const versionColumns = "number, at, author_id, author_name, operation, reason, changes";

/** Objects of the config, and their versions, in SQLite. */
export class SqliteConfigStore implements ConfigStore {
  readonly #database: SqliteDatabase;
  readonly #newest: SqliteStatement;
  readonly #current: SqliteStatement;
  readonly #version: SqliteStatement;
  readonly #before: SqliteStatement;
  readonly #after: SqliteStatement;
  readonly #addVersion: SqliteStatement;
  readonly #put: SqliteStatement;
  readonly #remove: SqliteStatement;

  constructor(database: SqliteDatabase) {
    this.#database = database;
    this.#newest = database.prepare("SELECT COALESCE(MAX(number), 0) AS newest FROM config_versions");
    // One statement sees one moment.
    this.#current = database.prepare(
      `SELECT all_versions.newest, o.kind, o.name, o.definition, o.position, o.source, o.owner, o.revision,
              v.at, v.author_id, v.author_name, v.reason
       FROM (SELECT COALESCE(MAX(number), 0) AS newest FROM config_versions) AS all_versions
       LEFT JOIN config_objects AS o ON TRUE
       LEFT JOIN config_versions AS v ON v.number = o.revision
       ORDER BY o.kind, o.position, o.name`,
    );
    this.#version = database.prepare(`SELECT ${versionColumns} FROM config_versions WHERE number = ?`);
    this.#before = database.prepare(`SELECT ${versionColumns} FROM config_versions WHERE number < ? ORDER BY number DESC LIMIT ?`);
    this.#after = database.prepare(`SELECT ${versionColumns} FROM config_versions WHERE number > ? ORDER BY number LIMIT ?`);
    this.#addVersion = database.prepare(`INSERT INTO config_versions (${versionColumns}) VALUES (?, ?, ?, ?, ?, ?, ?)`);
    this.#put = database.prepare(
      `INSERT INTO config_objects (kind, name, definition, position, source, owner, revision) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (kind, name) DO UPDATE SET definition = excluded.definition, position = excluded.position,
         source = excluded.source, owner = excluded.owner, revision = excluded.revision`,
    );
    this.#remove = database.prepare("DELETE FROM config_objects WHERE kind = ? AND name = ?");
  }

  async newest(): Promise<number> {
    return Number(this.#newest.get([])?.newest);
  }

  async current(): Promise<ConfigState> {
    const rows = this.#current.all([]);
    const objects = rows.filter(({ kind }) => kind !== null).map(objectOf);
    return { version: Number(rows[0]?.newest), objects };
  }

  async commit({ at, author, operation, reason, changes }: NewConfigVersion, basis: number): Promise<number | undefined> {
    return this.#database.transaction(() => {
      if (Number(this.#newest.get([])?.newest) !== basis) return undefined;
      const number = basis + 1;
      this.#addVersion.run([number, at, author.id, author.name, operation, reason ?? null, JSON.stringify(changes)]);
      for (const { kind, name, after } of changes) {
        if (!after) this.#remove.run([kind, name]);
        else this.#put.run([kind, name, JSON.stringify(after.definition), after.position, after.source, after.owner ?? null, number]);
      }
      return number;
    });
  }

  async version(number: number): Promise<ConfigVersion | undefined> {
    const row = this.#version.get([number]);
    return row && versionOf(row);
  }

  async before(number: number, limit: number): Promise<readonly ConfigVersion[]> {
    return this.#before.all([number, limit]).map(versionOf);
  }

  async after(number: number, limit: number): Promise<readonly ConfigVersion[]> {
    return this.#after.all([number, limit]).map(versionOf);
  }
}

function objectOf(row: SqlRow): VersionedObject {
  return {
    kind: String(row.kind),
    name: String(row.name),
    definition: JSON.parse(String(row.definition)),
    position: Number(row.position),
    source: row.source as ConfigObject["source"],
    ...(row.owner !== null && { owner: String(row.owner) }),
    revision: Number(row.revision),
    changedAt: Number(row.at),
    author: { id: String(row.author_id), name: String(row.author_name) },
    ...(row.reason !== null && { reason: String(row.reason) }),
  };
}

function versionOf(row: SqlRow): ConfigVersion {
  return {
    number: Number(row.number),
    at: Number(row.at),
    author: { id: String(row.author_id), name: String(row.author_name) },
    operation: String(row.operation),
    ...(row.reason !== null && { reason: String(row.reason) }),
    changes: JSON.parse(String(row.changes)) as ConfigChange[],
  };
}
