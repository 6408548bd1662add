import type { SqlDatabase } from "../sql/sql-database.ts";
import type { SqlRow } from "../sqlite/driver.ts";
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

const newestVersion = "SELECT COALESCE(MAX(number), 0) AS newest FROM config_versions";
// One statement sees one moment.
const currentObjects = `SELECT all_versions.newest, o.kind, o.name, o.definition, o.position, o.source, o.owner, o.revision,
    v.at, v.author_id, v.author_name, v.reason
  FROM (${newestVersion}) AS all_versions
  LEFT JOIN config_objects AS o ON TRUE
  LEFT JOIN config_versions AS v ON v.number = o.revision
  ORDER BY o.kind, o.position, o.name`;
const putObject = `INSERT INTO config_objects (kind, name, definition, position, source, owner, revision) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (kind, name) DO UPDATE SET definition = excluded.definition, position = excluded.position,
    source = excluded.source, owner = excluded.owner, revision = excluded.revision`;

/** Objects of the config, and their versions, in SQL. */
export class SqlConfigStore implements ConfigStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  async newest(): Promise<number> {
    return Number((await this.#database.get(newestVersion))?.newest);
  }

  async current(): Promise<ConfigState> {
    const rows = await this.#database.all(currentObjects);
    const objects = rows.filter(({ kind }) => kind !== null).map(objectOf);
    return { version: Number(rows[0]?.newest), objects };
  }

  commit({ at, author, operation, reason, changes }: NewConfigVersion, basis: number): Promise<number | undefined> {
    const addVersion = `INSERT INTO config_versions (${versionColumns}) VALUES (?, ?, ?, ?, ?, ?, ?)`;
    return this.#database.transaction(async (queries) => {
      if (Number((await queries.get(newestVersion))?.newest) !== basis) return undefined;
      const number = basis + 1;
      await queries.run(addVersion, [number, at, author.id, author.name, operation, reason ?? null, JSON.stringify(changes)]);
      for (const { kind, name, after } of changes) {
        if (!after) await queries.run("DELETE FROM config_objects WHERE kind = ? AND name = ?", [kind, name]);
        else {
          const { definition, position, source, owner = null } = after;
          await queries.run(putObject, [kind, name, JSON.stringify(definition), position, source, owner, number]);
        }
      }
      return number;
    });
  }

  async version(number: number): Promise<ConfigVersion | undefined> {
    const row = await this.#database.get(`SELECT ${versionColumns} FROM config_versions WHERE number = ?`, [number]);
    return row && versionOf(row);
  }

  async before(number: number, limit: number): Promise<readonly ConfigVersion[]> {
    const sql = `SELECT ${versionColumns} FROM config_versions WHERE number < ? ORDER BY number DESC LIMIT ?`;
    return (await this.#database.all(sql, [number, limit])).map(versionOf);
  }

  async after(number: number, limit: number): Promise<readonly ConfigVersion[]> {
    const sql = `SELECT ${versionColumns} FROM config_versions WHERE number > ? ORDER BY number LIMIT ?`;
    return (await this.#database.all(sql, [number, limit])).map(versionOf);
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
