import type { SQL } from "bun";

export interface Column {
  /** Schema, table and column. */
  readonly where: string;
  /** What stands in all of its rows, byte by byte; a row ends with a line. */
  readonly text: string;
}

/**
 * Every column of every table and view of a database, PostgreSQL's own among them; but for `information_schema`, whose views show what
 * stands in those.
 *
 * @param schemas a pattern of SQL's. Default: all
 */
export async function allColumns(sql: SQL, schemas = "%"): Promise<readonly Column[]> {
  const relations = (await sql.unsafe(
    `SELECT n.nspname AS schema, c.relname AS relation,
       array_agg(a.attname::text ORDER BY a.attnum) AS names, array_agg(a.atttypid = 'bytea'::regtype ORDER BY a.attnum) AS binary
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
     WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 't') AND a.attnum > 0 AND NOT a.attisdropped
       AND n.nspname LIKE $1 AND n.nspname <> 'information_schema'
     GROUP BY 1, 2 ORDER BY 1, 2`,
    [schemas],
  )) as { schema: string; relation: string; names: string[]; binary: boolean[] }[];
  const columns: Column[] = [];
  for (const { schema, relation, names, binary } of relations) {
    const read = names.map((name, at) => `${binary[at] ? quoted(name) : `CAST(${quoted(name)} AS text)`} AS "${at}"`);
    const rows = (await sql.unsafe(`SELECT ${read.join(", ")} FROM ${quoted(schema)}.${quoted(relation)}`)) as Record<
      string,
      string | Uint8Array | null
    >[];
    for (const [at, name] of names.entries()) {
      const texts = rows.map((row) => row[at]).filter((value) => value !== null && value !== undefined);
      columns.push({ where: `${schema}.${relation}.${name}`, text: texts.map(asBytes).join("\n") });
    }
  }
  return columns;
}

/** As it stands on a disk: what is looked for is letters of one byte. */
function asBytes(value: string | Uint8Array): string {
  return (typeof value === "string" ? Buffer.from(value, "utf8") : Buffer.from(value)).toString("latin1");
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
