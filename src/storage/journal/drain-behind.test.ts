import { expect, test } from "bun:test";
import { join } from "node:path";
import type { RecordSink } from "../records/record-sink.ts";
import { sampleRecord, withFolder } from "../storage-suite.ts";
import { Drain } from "./drain.ts";
import { FileJournal } from "./journal.ts";

const appended = 21_000;

/** A journal, and a drain of it into memory. */
function drained(top: string) {
  const folder = join(top, "journal");
  const position = new Map<string, number>();
  const store = { kept: [] as string[], summed: 0, isAway: false };
  const asked = () => {
    if (store.isAway) throw new Error("away");
  };
  const sink: RecordSink = {
    name: "memory",
    isElsewhere: false,
    positionOf: async (file) => position.get(file) ?? 0,
    async keep({ file, end }, records) {
      asked();
      store.kept.push(...records.map(({ cells }) => cells[0] as string));
      position.set(file, end);
    },
    async keepSummed({ file, end }, lines, sums) {
      asked();
      store.kept.push(...lines.map((line) => JSON.parse(line)[0] as string));
      store.summed += sums.rollups.reduce((sum, { counts }) => sum + (counts[0] as number), 0);
      position.set(file, end);
      return true;
    },
    secure: async () => undefined,
    forget: async () => undefined,
  };
  const journal = new FileJournal({ folder, onAppend: (written) => drain.written(written) });
  const drain = new Drain({ folder, sink, everyMs: 3_600_000, warn: (message) => expect(message).toBe("") });
  return { journal, drain, store };
}

const idsOf = (count: number, letter = "r") => Array.from({ length: count }, (_, at) => `${letter}${String(at).padStart(6, "0")}`);

test("a drain that has fallen behind reads what it must, and from then on only what is not known", () =>
  withFolder(async (top) => {
    const { journal, drain, store } = drained(top);
    const ids = idsOf(appended);
    for (const id of ids) journal.append(sampleRecord(id));
    await drain.run();
    expect(store.kept).toEqual(ids);
    // The oldest thousand were read, which is no whole number of what is read at once.
    expect(store.summed).toBe(20_000);
    await journal.close();
    await drain.close();
  }));

test("a drain takes over all that was written before it was asked, also behind a few that the store did not take", () =>
  withFolder(async (top) => {
    const { journal, drain, store } = drained(top);
    const ids = [...idsOf(3, "a"), ...idsOf(1_500, "b")];
    for (const id of ids.slice(0, 3)) journal.append(sampleRecord(id));
    store.isAway = true;
    await expect(drain.run()).rejects.toThrow("away");
    store.isAway = false;
    for (const id of ids.slice(3)) journal.append(sampleRecord(id));
    await drain.run();
    expect([store.kept, store.summed]).toEqual([ids, ids.length]);
    await journal.close();
    await drain.close();
  }));
