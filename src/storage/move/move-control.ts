import { type ControlStore, sqlControl } from "../control/control.ts";
import { postgresControlMigrations } from "../postgres/control-schema.ts";
import { controlLock } from "../postgres/postgres-control.ts";
import type { SqlDatabase, SqlQueries } from "../sql/sql-database.ts";
import type { SqliteDatabase } from "../sqlite/driver.ts";
import { copyTable, countRows, tablesOf } from "./copy-table.ts";
import { type MovedCounts, type MoveTarget, openMoveTarget, refuseFilled, refuseOther } from "./move-target.ts";

export interface ControlMove {
  readonly source: SqliteDatabase;
  readonly target: MoveTarget;
  readonly id: string;
  /** The last of it, in the same transaction: what has to be sealed anew, and a line of the audit log. */
  finish(control: ControlStore): Promise<void>;
}

/** Numbers that tell readers what to look at again: nobody has looked yet. */
const madeAnew: readonly string[] = ["directory_changes", "directory_moves"];
/** Of one row, which is there from the beginning. */
const ofOneRow: readonly string[] = ["sealed_revision"];

export function openControlTarget(url: string): Promise<MoveTarget> {
  return openMoveTarget("control", url, { part: "control", migrations: postgresControlMigrations }, controlLock);
}

/** Those that others refer to first. */
function movedTables(source: SqliteDatabase): readonly string[] {
  const tables = tablesOf(source).filter((table) => !madeAnew.includes(table));
  return tables.toSorted((one, other) => Number(other === "config_versions") - Number(one === "config_versions"));
}

/** What there is to move, by what people call it. */
export function countControl(source: SqliteDatabase): MovedCounts {
  const kinds = source.prepare("SELECT kind, count(*) AS count FROM directory GROUP BY kind ORDER BY kind").all([]);
  const tables = movedTables(source)
    .filter((table) => table !== "directory" && table !== "audit_head" && !ofOneRow.includes(table))
    .map((table) => [names[table] ?? table, countRows(source, table)] as const);
  const all = [...tables, ...kinds.map(({ kind, count }) => [kindNames[String(kind)] ?? String(kind), Number(count)] as const)];
  return Object.fromEntries(all.filter(([, count]) => count > 0).toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

const names: Readonly<Record<string, string>> = {
  audit: "lines of the audit log",
  config_objects: "objects of the config",
  config_versions: "versions of the config",
  guarded_master_keys: "guarded master keys",
  outbox: "messages",
  repetitions: "repeatable acts",
  scim_tokens: "SCIM tokens",
  sealed_secrets: "sealed secrets",
  used_once: "codes that were used",
  waiting_devices: "waiting log-ins",
};
const kindNames: Readonly<Record<string, string>> = {
  application: "applications",
  group: "groups",
  organisation: "organisations",
  role: "roles",
  serviceAccount: "service accounts",
  team: "teams",
  user: "users",
};

/** @throws Fault `object_conflict` where there is something else */
export async function refuseFilledControl(queries: SqlQueries, source: SqliteDatabase): Promise<void> {
  const tables = movedTables(source).filter((table) => !ofOneRow.includes(table));
  await refuseFilled(queries, "control", tables);
}

/**
 * Copies all of control in one transaction: all of it is there, or nothing.
 * @throws Fault `object_conflict` where the target is not empty
 */
export function moveControl({ source, target, id, finish }: ControlMove): Promise<MovedCounts> {
  const counts = countControl(source);
  const tables = movedTables(source);
  return target.transaction(async (queries) => {
    // Nobody else writes meanwhile, not even what needs no transaction.
    for (const table of tables) await queries.run(`LOCK TABLE "${table}" IN EXCLUSIVE MODE`);
    refuseOther("control", await queries.get("SELECT id FROM moves WHERE part = 'control'"), undefined);
    await refuseFilledControl(queries, source);
    for (const table of ofOneRow) await queries.run(`DELETE FROM "${table}"`);
    // Each row would count once more in the one row that all have just written.
    await queries.run("ALTER TABLE directory DISABLE TRIGGER directory_changed");
    for (const table of tables) await copyTable(source, queries, table);
    await queries.run("ALTER TABLE directory ENABLE TRIGGER directory_changed");
    await queries.run("UPDATE directory_changes SET count = count + 1");
    await finish(sqlControl(within(queries), { wrote: () => undefined, changed: () => false, history: () => "" }));
    const now = Date.now();
    await queries.run("INSERT INTO moves (part, id, reached, begun_at, done_at, counts) VALUES ('control', ?1, 0, ?2, ?2, ?3)", [
      id,
      now,
      JSON.stringify(counts),
    ]);
    return counts;
  });
}

/** A transaction as a database of its own: what is asked of it is a part of the transaction. */
function within(queries: SqlQueries): SqlDatabase {
  const { run, get, all } = queries;
  return { dialect: "postgres", run, get, all, transaction: (work) => work(queries) };
}
