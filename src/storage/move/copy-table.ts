import { postgresText } from "../rollups/postgres-rollups.ts";
import { named } from "../rollups/rollup-columns.ts";
import type { SqlQueries } from "../sql/sql-database.ts";
import type { SqliteDatabase, SqlRow, SqlValue } from "../sqlite/driver.ts";

const rowsAtOnce = 500;
/** A version of the config may be as large as a config. */
const largeRows: Readonly<Record<string, number>> = { config_versions: 10 };
const charactersAtOnce = 512 * 1024;

export interface TableShape {
  readonly columns: readonly string[];
  /** The primary key. */
  readonly key: readonly string[];
}

/** Without columns that the database works out itself. */
export function shapeOf(database: SqliteDatabase, table: string): TableShape {
  const columns = database.prepare("SELECT name, pk FROM pragma_table_info(?) ORDER BY cid").all([table]);
  const key = columns.filter(({ pk }) => Number(pk) > 0).toSorted((one, other) => Number(one.pk) - Number(other.pk));
  return { columns: columns.map(({ name }) => String(name)), key: key.map(({ name }) => String(name)) };
}

/** The tables of a database, without SQLite's own. */
export function tablesOf(database: SqliteDatabase): readonly string[] {
  const rows = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name").all([]);
  return rows.map(({ name }) => String(name));
}

export function countRows(database: SqliteDatabase, table: string): number {
  return Number(database.prepare(`SELECT count(*) AS count FROM ${named([table])}`).get([])?.count);
}

/** All rows in the order of their key, a page at a time. @param large columns whose integers may be beyond a float: they come as text */
export function* pagesOf(database: SqliteDatabase, table: string, { columns, key }: TableShape, large: readonly string[] = []) {
  const limit = largeRows[table] ?? rowsAtOnce;
  const wanted = columns.map((name) => (large.includes(name) ? `CAST("${name}" AS TEXT) AS "${name}"` : named([name]))).join(", ");
  const marks = key.map(() => "?").join(", ");
  const first = `SELECT ${wanted} FROM ${named([table])} ORDER BY ${named(key)} LIMIT ${limit}`;
  const next = `SELECT ${wanted} FROM ${named([table])} WHERE (${named(key)}) > (${marks}) ORDER BY ${named(key)} LIMIT ${limit}`;
  for (let last: SqlRow | undefined; ; ) {
    const page: readonly SqlRow[] = last
      ? database.prepare(next).all(key.map((name) => last?.[name] as SqlValue))
      : database.prepare(first).all([]);
    if (page.length > 0) yield page;
    last = page.at(-1);
    if (page.length < limit) return;
  }
}

/** Puts rows into a table of PostgreSQL with columns of the same names. @param mayBeThere what is there stays as it is */
export async function insertRows(
  to: SqlQueries,
  table: string,
  columns: readonly string[],
  rows: readonly SqlRow[],
  mayBeThere = false,
): Promise<void> {
  const sql = `INSERT INTO ${named([table])} (${named(columns)})
    SELECT ${named(columns)} FROM json_populate_recordset(CAST(NULL AS sluice.${named([table])}), CAST(CAST(? AS text) AS json))
    ${mayBeThere ? "ON CONFLICT DO NOTHING" : ""}`;
  let texts: string[] = [];
  let characters = 0;
  for (const row of rows) {
    const text = rowAsJson(columns, row);
    texts.push(text);
    characters += text.length;
    if (characters < charactersAtOnce) continue;
    await to.run(sql, [`[${texts.join(",")}]`]);
    texts = [];
    characters = 0;
  }
  if (texts.length > 0) await to.run(sql, [`[${texts.join(",")}]`]);
}

export function rowAsJson(columns: readonly string[], row: SqlRow): string {
  return JSON.stringify(Object.fromEntries(columns.map((name) => [name, kept(row[name])])));
}

/** SQLite keeps half a millisecond in a column of integers, and NUL in a text; PostgreSQL takes neither. */
function kept(value: unknown): unknown {
  if (typeof value === "number") return Math.floor(value);
  return typeof value === "string" ? postgresText(value) : value;
}

/** @returns how many rows */
export async function copyTable(from: SqliteDatabase, to: SqlQueries, table: string, mayBeThere = false): Promise<number> {
  const shape = shapeOf(from, table);
  let count = 0;
  for (const page of pagesOf(from, table, shape)) {
    await insertRows(to, table, shape.columns, page, mayBeThere);
    count += page.length;
  }
  return count;
}
