import { randomBytes } from "node:crypto";
import { Fault } from "../../exchange/index.ts";
import { everything, reachCondition, reaches, type Scope } from "../scope.ts";
import { jsonInSql } from "../sql/json-in-sql.ts";
import { type SqlDatabase, type SqlQueries, UniqueConflict } from "../sql/sql-database.ts";
import type { SqlRow, SqlValue } from "../sqlite/driver.ts";
import type {
  Directory,
  DirectoryKind,
  DirectoryKinds,
  DirectoryObject,
  MovedObject,
  NewObject,
  ObjectChanges,
  ObjectQuery,
  ObjectStore,
  WholeDirectory,
} from "./directory.ts";

interface KindRow {
  /** Ids begin with it. */
  readonly prefix: string;
  /** The field that people call the object by. */
  readonly name: "name" | "userName" | "displayName";
  /** What of the object goes into the column `team`. */
  readonly team: "own" | "field" | "none";
}

const kinds: Readonly<Record<DirectoryKind, KindRow>> = {
  organisation: { prefix: "org", name: "name", team: "none" },
  team: { prefix: "team", name: "name", team: "own" },
  application: { prefix: "app", name: "name", team: "field" },
  user: { prefix: "user", name: "userName", team: "none" },
  serviceAccount: { prefix: "sa", name: "name", team: "field" },
  // A group's team is what it gives to its members, not whose it is.
  group: { prefix: "group", name: "displayName", team: "none" },
  role: { prefix: "role", name: "name", team: "none" },
};

const insertion = `INSERT INTO directory
    (id, kind, organisation, team, name, name_key, external_id, active, fields, revision, created_at, updated_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;
const change = `UPDATE directory SET organisation = ?, team = ?, name = ?, name_key = ?, external_id = ?, active = ?, fields = ?,
  revision = revision + 1, updated_at = ? WHERE id = ?`;

/** The directory in SQL. @param onWrite told of each change */
export function sqlDirectory(database: SqlDatabase, onWrite: () => void, scope: Scope = everything): Directory {
  const store = <Kind extends DirectoryKind>(kind: Kind) => new SqlObjects<DirectoryKinds[Kind]>(database, onWrite, kind, scope);
  return {
    organisation: store("organisation"),
    team: store("team"),
    application: store("application"),
    user: store("user"),
    serviceAccount: store("serviceAccount"),
    group: store("group"),
    role: store("role"),
    within: (narrower) => sqlDirectory(database, onWrite, narrower),
  };
}

/** All of it, with what moved. */
export function wholeSqlDirectory(database: SqlDatabase, onWrite: () => void): WholeDirectory {
  return {
    ...sqlDirectory(database, onWrite),
    async movedAfter(after, limit) {
      const rows = await database.all(
        `SELECT moves.id AS moved_id, moves.kind AS moved_kind, moves.change AS moved_at, directory.*
         FROM directory_moves AS moves LEFT JOIN directory ON directory.id = moves.id
         WHERE moves.change > ? ORDER BY moves.change LIMIT ?`,
        [after, limit],
      );
      return rows.map((row) => {
        const kind = row.moved_kind as DirectoryKind;
        const object = row.id === null ? undefined : objectOf(row, kind);
        return { kind, id: String(row.moved_id), change: Number(row.moved_at), ...(object && { object }) } as MovedObject;
      });
    },
  };
}

class SqlObjects<Kind extends DirectoryObject> implements ObjectStore<Kind> {
  readonly #database: SqlDatabase;
  readonly #onWrite: () => void;
  readonly #kind: DirectoryKind;
  readonly #row: KindRow;
  readonly #scope: Scope;
  readonly #within: ReturnType<typeof reachCondition>;

  constructor(database: SqlDatabase, onWrite: () => void, kind: DirectoryKind, scope: Scope) {
    this.#database = database;
    this.#onWrite = onWrite;
    this.#kind = kind;
    this.#row = kinds[kind];
    this.#scope = scope;
    this.#within = reachCondition(scope);
  }

  async list(query: ObjectQuery = {}): Promise<readonly Kind[]> {
    const conditions = ["kind = ?", this.#within.sql];
    const values: SqlValue[] = [this.#kind, ...this.#within.values];
    const wanted = (condition: string, value: SqlValue | undefined) => {
      if (value === undefined) return;
      conditions.push(condition);
      values.push(value);
    };
    wanted("name_key = ?", query.name === undefined ? undefined : keyOf(query.name));
    wanted("external_id = ?", query.externalId);
    wanted("organisation = ?", query.organisation);
    wanted(this.#teamCondition(), query.team);
    wanted("active = ?", query.active === undefined ? undefined : Number(query.active));
    wanted("id > ?", query.after);
    const sql = `SELECT * FROM directory WHERE ${conditions.join(" AND ")} ORDER BY id LIMIT ?`;
    const rows = await this.#database.all(sql, [...values, query.limit ?? Number.MAX_SAFE_INTEGER]);
    return rows.map((row) => objectOf(row, this.#kind));
  }

  get(id: string): Promise<Kind | undefined> {
    return this.#read(this.#database, id);
  }

  async insert(given: NewObject<Kind>, now: number): Promise<Kind> {
    const id = `${this.#row.prefix}_${randomBytes(9).toString("base64url")}`;
    const own = { ...given, ...(this.#kind === "organisation" && { organisation: id }) };
    const object = { active: true, ...own, id, revision: 1, createdAt: now, updatedAt: now } as unknown as Kind;
    const columns = this.#columnsOf(object);
    this.#refuseBeyondScope(columns);
    return this.#written(async (queries) => {
      await queries.run(insertion, [id, this.#kind, ...Object.values(columns), 1, now, now]);
      return (await this.#read(queries, id)) as Kind;
    });
  }

  update(id: string, changes: ObjectChanges<Kind>, now: number, revision?: number): Promise<Kind | undefined> {
    return this.#written(async (queries) => {
      const before = await this.#read(queries, id);
      if (before === undefined) return undefined;
      refuseStale(before, revision);
      const columns = this.#columnsOf(merged(before, changes));
      this.#refuseBeyondScope(columns);
      await queries.run(change, [...Object.values(columns), now, id]);
      return this.#read(queries, id);
    });
  }

  async remove(id: string, revision?: number): Promise<boolean> {
    const removed = await this.#written(async (queries) => {
      const before = await this.#read(queries, id);
      if (before === undefined) return undefined;
      refuseStale(before, revision);
      if (!ownsKeys.has(this.#kind)) await this.#refuseWhileUsed(queries, id);
      await queries.run("DELETE FROM directory WHERE id = ?", [id]);
      if (this.#kind === "user") await this.#leaveGroups(queries, id);
      return true;
    });
    return removed === true;
  }

  async #read(queries: SqlQueries, id: string): Promise<Kind | undefined> {
    const { sql, values } = this.#within;
    const row = await queries.get(`SELECT * FROM directory WHERE id = ? AND kind = ? AND ${sql}`, [id, this.#kind, ...values]);
    return row && objectOf(row, this.#kind);
  }

  /** In the order in which both statements name them. */
  #columnsOf(object: Kind) {
    const { id, organisation, active, externalId, revision: _, createdAt: _made, updatedAt: _changed, ...rest } = object;
    const { [this.#row.name]: name, ...fields } = rest as unknown as Record<string, unknown>;
    const team = this.#row.team === "own" ? id : this.#row.team === "field" ? fields.team : undefined;
    return {
      organisation: organisation ?? null,
      team: (team as string | undefined) ?? null,
      name: String(name),
      nameKey: keyOf(String(name)),
      externalId: externalId ?? null,
      active: Number(active),
      fields: JSON.stringify(fields),
    };
  }

  /** To whom it is out of reach, it is as if its owner were not there. */
  #refuseBeyondScope({ organisation, team }: { readonly organisation: string | null; readonly team: string | null }): void {
    if (!reaches(this.#scope, { organisation: organisation ?? undefined, team: team ?? undefined }))
      throw new Fault("object_unknown", { message: "There is no such organisation or team." });
  }

  #teamCondition(): string {
    const json = jsonInSql[this.#database.dialect];
    if (this.#kind === "user") return json.lists("fields", "teams", "?");
    return { own: "id = ?", field: "team = ?", none: `${json.member("fields", "team")} = ?` }[this.#row.team];
  }

  async #refuseWhileUsed(queries: SqlQueries, id: string): Promise<void> {
    const { lists, member } = jsonInSql[this.#database.dialect];
    const used = await queries.get(
      `SELECT id FROM directory WHERE id <> ?1 AND (organisation = ?1 OR team = ?1 OR ${lists("fields", "teams", "?1")}
         OR ${member("fields", "team")} = ?1 OR ${lists("fields", "roles", "?1")} OR ${member("fields", "application")} = ?1)
       UNION ALL SELECT id FROM keys WHERE revoked_at IS NULL AND ?1 IN (organisation, team, application, role)
       LIMIT 1`,
      [id],
    );
    if (used) throw new Fault("object_conflict", { message: `${id} is still used, by ${used.id} at least: change or remove that first.` });
  }

  async #leaveGroups(queries: SqlQueries, user: string): Promise<void> {
    const isMember = jsonInSql[this.#database.dialect].lists("fields", "members", "?");
    const groups = await queries.all(`SELECT id, fields FROM directory WHERE kind = 'group' AND ${isMember}`, [user]);
    for (const { id, fields: text } of groups) {
      const fields = JSON.parse(String(text)) as { readonly members: readonly string[] };
      const left = JSON.stringify({ ...fields, members: fields.members.filter((member) => member !== user) });
      await queries.run("UPDATE directory SET revision = revision + 1, fields = ? WHERE id = ?", [left, String(id)]);
    }
  }

  /** Names and external ids are unique. */
  async #written<Result>(work: (queries: SqlQueries) => Promise<Result>): Promise<Result> {
    try {
      const result = await this.#database.transaction(work);
      if (result !== undefined) this.#onWrite();
      return result;
    } catch (error) {
      if (!(error instanceof UniqueConflict)) throw error;
      const field = /external/.test(error.place) ? "externalId" : this.#row.name;
      throw new Fault("object_conflict", { message: `Another one has this \`${field}\` already.`, param: field });
    }
  }
}

function objectOf<Kind extends DirectoryObject>(row: SqlRow, kind: DirectoryKind): Kind {
  return {
    ...(JSON.parse(String(row.fields)) as object),
    id: String(row.id),
    ...(row.organisation !== null && { organisation: String(row.organisation) }),
    [kinds[kind].name]: String(row.name),
    ...(row.external_id !== null && { externalId: String(row.external_id) }),
    active: Number(row.active) === 1,
    revision: Number(row.revision),
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
  } as unknown as Kind;
}

/** Their keys go with them: a key whose owner is not there lets nobody in. */
const ownsKeys: ReadonlySet<DirectoryKind> = new Set(["user", "serviceAccount", "group"]);

function keyOf(name: string): string {
  return name.normalize("NFKC").toLowerCase();
}

function refuseStale(before: DirectoryObject, revision: number | undefined): void {
  if (revision !== undefined && revision !== before.revision) throw new Fault("object_changed");
}

function merged<Kind extends DirectoryObject>(before: Kind, changes: ObjectChanges<Kind>): Kind {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  const all = Object.entries({ ...before, ...Object.fromEntries(given) });
  return Object.fromEntries(all.filter(([, value]) => value !== null)) as unknown as Kind;
}
