import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openAtNewest } from "../sqlite/open-at-newest.ts";
import { type Book, emptyBook } from "./book.ts";
import { type HoldAnswer, type HoldQuestion, hold, mostBuried } from "./hold.ts";
import { counterMigrations, SqliteCounters } from "./sqlite-counters.ts";

const noon = Date.UTC(2026, 10, 21, 12);
const folder = mkdtempSync(join(tmpdir(), "sluice-hold-"));
afterAll(() => rmSync(folder, { recursive: true }));

const plain = { id: "k", limit: 1_000, startMs: 0, standing: false, used: 0, need: 0, wish: 0, spare: 0, keep: 0, leave: false };
let turn = 0;
const question = (holder: string, more: Partial<HoldQuestion>): HoldQuestion => ({
  ...{ ...plain, holder, turn: ++turn, now: noon, expiresAt: noon + 1 },
  ...more,
});

/** A book that is asked one question after the other. */
function asking(): { ask(holder: string, more: Partial<HoldQuestion>): HoldAnswer; book(): Book } {
  let book = emptyBook();
  return {
    ask(holder, more) {
      const { book: next, answer } = hold(book, question(holder, more));
      book = next ?? book;
      return answer;
    },
    book: () => book,
  };
}

describe("what is shared out", () => {
  test("is what each wishes, where there is enough, and else goes by who uses how much", () => {
    const { ask } = asking();
    expect(ask("a", { wish: 90 }).free).toBe(90);
    expect(ask("b", { wish: 10 }).free).toBe(10);
    const scarce = asking();
    scarce.ask("a", { wish: 9_000 });
    scarce.ask("b", { wish: 1_000 });
    // Half of a thousand, nine parts to one.
    expect(scarce.ask("a", { wish: 9_000 }).free).toBe(450);
    expect(scarce.ask("b", { wish: 1_000 }).free).toBe(50);
  });

  test("is what is needed near the end, and no more than there is", () => {
    const { ask } = asking();
    ask("a", { used: 990 });
    expect(ask("b", { need: 6, wish: 100 }).free).toBe(6);
    expect(ask("c", { need: 6, wish: 100 })).toMatchObject({ free: 4, left: 0 });
    expect(ask("d", { need: 1, wish: 1 })).toMatchObject({ free: 0, others: 1_000 });
  });

  test("comes back from those who are heard of no more, but for what they may have used; and they may be heard of again", () => {
    const { ask } = asking();
    const { free, step } = ask("a", { need: 100, wish: 400 });
    expect([free, step]).toEqual([400, 125]);
    const later = noon + 60_000;
    expect(ask("b", { need: 1, wish: 1, now: later })).toMatchObject({ used: 125, others: 0 });
    expect(ask("a", { used: 20, now: later })).toMatchObject({ used: 20, others: 1 });
  });

  test("is not changed by a question that comes after the next one", () => {
    const { ask, book } = asking();
    const late = question("a", { need: 5, wish: 5 });
    const granted = ask("a", { used: 100, need: 50, wish: 50 });
    expect(granted.free).toBe(50);
    expect(hold(book(), late)).toMatchObject({ book: undefined, answer: { free: 0 } });
    expect(book().granted).toBe(150);
  });

  test("is of the newest window: whose clock is late waits, whose clock was a day ahead is forgotten", () => {
    const { ask } = asking();
    ask("a", { startMs: noon, used: 7, now: noon });
    expect(ask("b", { startMs: noon - 1_000, need: 1, wish: 1, now: noon - 2 })).toMatchObject({ free: 0, used: 7 });
    expect(ask("b", { startMs: noon, need: 1, wish: 1, now: noon + 2 })).toMatchObject({ free: 1, used: 7 });
    expect(ask("b", { startMs: noon - 86_400_000, need: 1, wish: 1, now: noon - 80_000_000 })).toMatchObject({ free: 1, used: 0 });
  });

  test("remembers the dead up to a number, the longest dead go first", () => {
    const { ask, book } = asking();
    for (let at = 0; at < mostBuried + 5; at++) ask(`h${at}`, { used: 0, now: noon + at * 60_000 });
    ask("last", { now: noon + (mostBuried + 5) * 60_000 });
    expect(book().buried.size).toBe(mostBuried);
    expect([book().buried.has("h4"), book().buried.has("h5")]).toEqual([false, true]);
  });
});

test("what an older build wrote into counters.db goes on", async () => {
  const database = await openAtNewest(join(folder, "counters.db"), counterMigrations);
  const old = [noon, 40, 0, [], [["alive", 30, 10, 5, noon + 20_000]], [["dead", 7]]];
  database.prepare("INSERT INTO counters (id, version, state, expires_at) VALUES (?, 3, ?, ?)").run(["k", JSON.stringify(old), noon * 2]);
  const counters = new SqliteCounters(database);
  expect(counters.used("k", noon)).toBe(50);
  const limit = 100;
  expect(counters.hold(question("new", { startMs: noon, limit, need: 1, wish: 1 }))).toMatchObject({
    free: 1,
    others: 30,
    holders: 2,
    left: 29,
  });
  expect(counters.hold(question("dead", { startMs: noon, limit, used: 3, leave: true })).used).toBe(46);
  database.close();
});
