import { Fault } from "../../exchange/index.ts";
import type { SqlDatabase } from "../sql/sql-database.ts";

export const dayMs = 86_400_000;
/** The first day of the year 10000. */
const endOfDays = 253_402_300_800_000;
/** Whoever reads the table holds a drop up, and the drop holds up whoever reads after it: not for long. It is tried again. */
const dropPatienceMs = 2_000;

/** The days that records began on, each with a table of its own in PostgreSQL: `record_lines_20261121`. */
export class DayPartitions {
  readonly #database: SqlDatabase;
  /** Its calls may take as long as a table of a day takes to be counted. */
  readonly #patient: SqlDatabase;
  #known = new Set<number>();

  constructor(database: SqlDatabase, patient: SqlDatabase) {
    this.#database = database;
    this.#patient = patient;
  }

  /** Makes the tables for records that began then, where they are missing, and tomorrow's. */
  async makeFor(startedAt: Iterable<number>, now: number = Date.now()): Promise<void> {
    const wanted = new Set([dayOf(now) + 1]);
    for (const time of startedAt) wanted.add(dayOf(time));
    const missing = [...wanted].filter((day) => !this.#known.has(day));
    if (missing.length === 0) return;
    await this.#database.transaction(async (queries) => {
      for (const day of missing) {
        const name = tableOf(day);
        const there = await queries.get("SELECT to_regclass(?) IS NOT NULL AS there", [`sluice.${name}`]);
        if (there?.there === true) continue;
        // Made beside the table and attached, which holds up nobody; made as a part of it, it would wait for all who read.
        await queries.run(`CREATE TABLE sluice.${name} (LIKE sluice.record_lines)`);
        await queries.run(
          `ALTER TABLE sluice.record_lines ATTACH PARTITION sluice.${name} FOR VALUES FROM (${day * dayMs}) TO (${(day + 1) * dayMs})`,
        );
      }
    });
    for (const day of missing) this.#known.add(day);
  }

  /** Whether an insert failed because a table was dropped that was there: the next `makeFor` makes it anew. */
  wereDropped(error: unknown): boolean {
    const cause = error instanceof Fault ? (error.cause as { errno?: unknown } | undefined) : undefined;
    if (cause?.errno !== "23514") return false;
    this.#known = new Set();
    return true;
  }

  /** Drops the tables of days that were over at `time`, and what began before it on its own day. @returns how many records */
  async dropBefore(time: number): Promise<number> {
    const rows = await this.#database.all(
      "SELECT child.relname AS name FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid WHERE inhparent = to_regclass('sluice.record_lines')",
    );
    const days = rows.flatMap(({ name }) => dayIn(String(name)) ?? []).filter((day) => (day + 1) * dayMs <= time);
    let dropped = 0;
    for (const day of days.toSorted((one, other) => one - other)) dropped += await this.#drop(day);
    if (time % dayMs === 0) return dropped;
    const began = [dayOf(time) * dayMs, time];
    return dropped + (await this.#patient.run("DELETE FROM record_lines WHERE started_at >= ? AND started_at < ?", began));
  }

  async #drop(day: number): Promise<number> {
    const began = [day * dayMs, (day + 1) * dayMs];
    const counted = await this.#patient.get("SELECT count(*) AS records FROM record_lines WHERE started_at >= ? AND started_at < ?", began);
    this.#known.delete(day);
    await this.#database.transaction(async (queries) => {
      await queries.run(`SET LOCAL lock_timeout = ${dropPatienceMs}`);
      await queries.run(`DROP TABLE IF EXISTS sluice.${tableOf(day)}`);
    });
    return Number(counted?.records);
  }
}

/** When a record began, as the tables know it: nonsense is the first day of all. */
export function startedAtOf(time: number): number {
  return time >= 0 && time < endOfDays ? Math.floor(time) : 0;
}

function dayOf(time: number): number {
  return Math.floor(startedAtOf(time) / dayMs);
}

function tableOf(day: number): string {
  return `record_lines_${new Date(day * dayMs).toISOString().slice(0, 10).replaceAll("-", "")}`;
}

function dayIn(name: string): number | undefined {
  const [, year, month, date] = /^record_lines_(\d{4})(\d{2})(\d{2})$/.exec(name) ?? [];
  return year === undefined ? undefined : Date.parse(`${year}-${month}-${date}`) / dayMs;
}
