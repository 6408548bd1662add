import { existsSync } from "node:fs";
import { join } from "node:path";
import { Drain } from "../journal/drain.ts";
import { DayPartitions, startedAtOf } from "../records/day-partitions.ts";
import { recordsLock, sqliteRecords } from "../records/open-records.ts";
import { postgresRecordMigrations } from "../records/postgres-schema.ts";
import { beginningOf } from "../records/record-line.ts";
import { addingToPostgres, rollupJson } from "../rollups/postgres-rollups.ts";
import { rollupCounts, rollupKeys, rollupSums, taggedKeys } from "../rollups/rollup-columns.ts";
import type { SqlQueries } from "../sql/sql-database.ts";
import type { SqliteDatabase, SqlRow, SqlValue } from "../sqlite/driver.ts";
import { copyTable, countRows, pagesOf, rowAsJson, shapeOf } from "./copy-table.ts";
import { type MovedCounts, type MoveTarget, openMoveTarget, refuseFilled, refuseOther } from "./move-target.ts";

export interface RecordsMove {
  readonly folder: string;
  readonly source: SqliteDatabase;
  readonly target: MoveTarget;
  readonly id: string;
  readonly warn: (message: string) => void;
  /** Told of how many records were copied so far, of how many. */
  progress(done: number, of: number): void;
}

const linesAtOnce = 500;
/** What is never changed, and copied as it is. */
const ledger = ["record_corrections", "frozen_months", "frozen_lines"] as const;
const sums = ["rollups", "tagged_rollups"] as const;
const measures = [...rollupCounts, ...rollupSums];

export function openRecordsTarget(url: string): Promise<MoveTarget> {
  return openMoveTarget("records", url, { part: "records", migrations: postgresRecordMigrations }, recordsLock);
}

/** Takes over into the folder's own database what its journal holds, but for what a process that lives may still write. */
export async function drainFolder(folder: string, source: SqliteDatabase, warn: (message: string) => void): Promise<void> {
  const journal = join(folder, "journal");
  if (!existsSync(journal)) return;
  const drain = new Drain({ folder: journal, sink: sqliteRecords(source).sink, warn });
  await drain.runOfDead();
}

/** What there is to move, by what people call it. */
export function countRecords(source: SqliteDatabase): MovedCounts {
  return {
    records: countRows(source, "record_lines"),
    "sums by the hour": countRows(source, "rollups"),
    corrections: countRows(source, "record_corrections"),
    "closed months": countRows(source, "frozen_months"),
  };
}

/** @throws Fault `object_conflict` where there is something else */
export function refuseFilledRecords(queries: SqlQueries): Promise<void> {
  return refuseFilled(queries, "records", ["record_lines", ...sums, ...ledger]);
}

/**
 * Copies the records in parts that are marked, so that it can be begun again wherever it ended; then the sums and the ledger in one
 * transaction, so that each counts once.
 *
 * @throws Fault `object_conflict` where the target is not empty
 */
export async function moveRecords(move: RecordsMove): Promise<MovedCounts> {
  const { folder, source, target, id, warn } = move;
  const mark = await target.mark("records");
  refuseOther("records", mark, id);
  let reached = mark?.reached;
  if (reached === undefined) {
    await drainFolder(folder, source, warn);
    await target.transaction(async (queries) => {
      await queries.run("LOCK TABLE record_lines, rollups, record_corrections IN EXCLUSIVE MODE");
      refuseOther("records", await queries.get("SELECT id FROM moves WHERE part = 'records'"), undefined);
      await refuseFilledRecords(queries);
      await queries.run("INSERT INTO moves (part, id, reached, begun_at) VALUES ('records', ?, 0, ?)", [id, Date.now()]);
    });
    reached = 0;
  }
  await copyLines(move, reached);
  const counts = countRecords(source);
  await target.transaction(async (queries) => {
    for (const table of ledger) await copyTable(source, queries, table);
    // How far files were taken over that are still there: the rest of them goes to the new store.
    await copyTable(source, queries, "journal_positions", true);
    for (const table of sums) await copySums(source, queries, table);
    await queries.run("UPDATE moves SET done_at = ?, counts = ? WHERE part = 'records'", [Date.now(), JSON.stringify(counts)]);
  });
  return counts;
}

const nextLines = `SELECT rowid AS reached, line, line ->> '$[24]' AS organisation, line ->> '$[3]' AS team FROM record_lines
  WHERE rowid > ? ORDER BY rowid LIMIT ?`;
const lineColumns = ["id", "started_at", "organisation", "team", "line"] as const;
const keepLines = `WITH added AS (
    INSERT INTO record_lines (id, started_at, organisation, team, line)
    SELECT id, started_at, organisation, team, line
    FROM json_populate_recordset(CAST(NULL AS sluice.record_lines), CAST(CAST(?1 AS text) AS json))
    ON CONFLICT DO NOTHING
  )
  UPDATE moves SET reached = CAST(?2 AS bigint) WHERE part = 'records'`;

/** A line that is there already stays: a part may come twice. */
async function copyLines({ source, target, progress }: RecordsMove, from: number): Promise<void> {
  const days = new DayPartitions(target.sql, target.sql);
  const all = countRows(source, "record_lines");
  const before = source.prepare("SELECT count(*) AS count FROM record_lines WHERE rowid <= ?").get([from]);
  let done = Number(before?.count);
  for (let reached = from; ; ) {
    const page = source.prepare(nextLines).all([reached, linesAtOnce]);
    if (page.length === 0) return;
    const rows = page.map(rowOf);
    await days.makeFor(rows.map(({ started_at }) => started_at));
    reached = Number(page.at(-1)?.reached);
    await target.sql.run(keepLines, [`[${rows.map((row) => rowAsJson(lineColumns, row)).join(",")}]`, reached]);
    done += page.length;
    progress(done, all);
  }
}

/** What belongs to no organisation is found by nobody's. */
function rowOf({ line, organisation, team }: SqlRow) {
  const { id, startedAt } = beginningOf(String(line));
  const owned = typeof organisation === "string" && organisation !== "";
  return {
    id,
    started_at: startedAtOf(startedAt),
    organisation: owned ? organisation : null,
    team: owned && typeof team === "string" && team !== "" ? team : null,
    line: String(line),
  };
}

async function copySums(source: SqliteDatabase, queries: SqlQueries, table: (typeof sums)[number]): Promise<void> {
  const keys = table === "rollups" ? rollupKeys : taggedKeys;
  for (const page of pagesOf(source, table, shapeOf(source, table), measures)) {
    const rollups = page.map((row) => ({
      key: keys.map((name) => row[name] as SqlValue),
      counts: rollupCounts.map((name) => BigInt(String(row[name]))),
      sums: rollupSums.map((name) => BigInt(String(row[name]))),
    }));
    await queries.run(addingToPostgres(table, "?1"), [rollupJson(rollups, keys)]);
  }
}
