import { type Book, mayHaveUsed } from "../counters/book.ts";
import { readBook } from "../counters/book-text.ts";
import { postgresCounterMigrations } from "../counters/postgres-counters.ts";
import type { SqliteDatabase } from "../sqlite/driver.ts";
import { insertRows } from "./copy-table.ts";
import { type MovedCounts, type MoveTarget, openMoveTarget, refuseFilled, refuseOther } from "./move-target.ts";

export interface CountersMove {
  readonly source: SqliteDatabase;
  readonly id: string;
  /** Of a counter of what is under way at the moment: it comes back by itself, and whoever held it is gone. */
  readonly isStanding: (counter: string) => boolean;
}

/** One that is used up for good, without those who held a part of it: nobody does any more. */
export interface MovedBook {
  readonly id: string;
  readonly startMs: number;
  readonly used: number;
  /** The window that was put aside. */
  readonly aside: { readonly startMs: number; readonly used: number } | undefined;
  readonly expiresAt: number;
}

/** Any other: a text, for whoever knows it. */
export interface MovedEntry {
  readonly id: string;
  readonly state: string;
  readonly expiresAt: number;
}

const lock = 7_582_419_344;
const rowsAtOnce = 500;

/** Those that are of use yet, some at a time. */
export function* countersIn({ source, isStanding }: CountersMove): Generator<readonly (MovedBook | MovedEntry)[]> {
  const page = source.prepare("SELECT id, state, expires_at FROM counters WHERE id > ? ORDER BY id LIMIT ?");
  for (let after = ""; ; ) {
    const rows = page.all([after, rowsAtOnce]);
    if (rows.length === 0) return;
    const now = Date.now();
    const living = rows.map((row) => ({ id: String(row.id), state: String(row.state), expiresAt: Number(row.expires_at) }));
    yield living.filter(({ id, expiresAt }) => expiresAt > now && !isStanding(id)).map((row) => bookIn(row) ?? row);
    after = String(rows.at(-1)?.id);
  }
}

/** A book names its holders behind four members; a text of fill-up limits has no more than those. */
function bookIn({ id, state, expiresAt }: MovedEntry): MovedBook | undefined {
  if (!state.startsWith("[") || (JSON.parse(state) as unknown[]).length < 5) return undefined;
  const book = readBook(state);
  const aside = book.aside && { startMs: book.aside.atMs, used: book.aside.spent };
  return { id, startMs: book.atMs, used: usedOf(book), aside, expiresAt };
}

/** Whoever still stands there was killed, and may have used as much as it was allowed to before it told. */
function usedOf({ spent, holders }: Book): number {
  let used = spent;
  for (const each of holders.values()) used += mayHaveUsed(each);
  return used;
}

export function countCounters(move: CountersMove): MovedCounts {
  let [books, others] = [0, 0];
  for (const page of countersIn(move)) for (const each of page) "used" in each ? books++ : others++;
  return { "budgets and limits of the calendar": books, "limits that fill up, and repeats": others };
}

export function openCountersTarget(url: string): Promise<MoveTarget> {
  return openMoveTarget("counters", url, { part: "counters", migrations: postgresCounterMigrations }, lock);
}

const tables = ["counters", "counter_books"] as const;

/** @throws Fault `object_conflict` where there is something else */
export function refuseFilledCounters(target: MoveTarget): Promise<void> {
  return refuseFilled(target.sql, "counters", tables);
}

/** All of them, or none. @throws Fault `object_conflict` where the target is not empty */
export function moveCounters(move: CountersMove & { readonly target: MoveTarget }): Promise<MovedCounts> {
  const { id, target } = move;
  return target.transaction(async (queries) => {
    await queries.run("LOCK TABLE counters, counter_books IN EXCLUSIVE MODE");
    refuseOther("counters", await queries.get("SELECT id FROM moves WHERE part = 'counters'"), undefined);
    await refuseFilled(queries, "counters", tables);
    const counts = countCounters(move);
    for (const page of countersIn(move)) {
      const books = page.flatMap((each) => ("used" in each ? [bookRow(each)] : []));
      await insertRows(queries, "counter_books", bookColumns, books);
      const entries = page.flatMap((each) => ("used" in each ? [] : [entryRow(each)]));
      await insertRows(queries, "counters", entryColumns, entries);
    }
    await queries.run("INSERT INTO moves (part, id, reached, begun_at, done_at, counts) VALUES ('counters', ?1, 0, ?2, ?2, ?3)", [
      id,
      Date.now(),
      JSON.stringify(counts),
    ]);
    return counts;
  });
}

const bookColumns = [
  "id",
  "at_ms",
  "spent",
  "granted",
  "used",
  "wished",
  "holders",
  "check_ms",
  "expires_at",
  "aside_ms",
  "aside_spent",
] as const;
const entryColumns = ["id", "version", "state", "expires_at"] as const;

function bookRow({ id, startMs, used, aside, expiresAt }: MovedBook) {
  const nobodys = { granted: 0, used: 0, wished: 0, holders: 0, check_ms: 9e15 };
  const old = { aside_ms: aside?.startMs ?? null, aside_spent: aside?.used ?? null };
  return { id, at_ms: startMs, spent: used, ...nobodys, ...old, expires_at: expiresAt };
}

function entryRow({ id, state, expiresAt }: MovedEntry) {
  return { id, version: 1, state, expires_at: expiresAt };
}
