import { expect, test } from "bun:test";
import { join } from "node:path";
import type { RecordSink } from "../records/record-sink.ts";
import { sampleRecord, withFolder } from "../storage-suite.ts";
import { Drain } from "./drain.ts";
import { FileJournal } from "./journal.ts";

const appended = 21_000;

test("a drain that has fallen behind reads what it must, and from then on only what is not known", () =>
  withFolder(async (top) => {
    const folder = join(top, "journal");
    const position = new Map<string, number>();
    const kept: string[] = [];
    let summed = 0;
    const sink: RecordSink = {
      name: "memory",
      isElsewhere: false,
      positionOf: async (file) => position.get(file) ?? 0,
      async keep({ file, end }, records) {
        kept.push(...records.map(({ cells }) => cells[0] as string));
        position.set(file, end);
      },
      async keepSummed({ file, end }, lines, sums) {
        kept.push(...lines.map((line) => JSON.parse(line)[0] as string));
        summed += sums.rollups.reduce((sum, { counts }) => sum + (counts[0] as number), 0);
        position.set(file, end);
        return true;
      },
      secure: async () => undefined,
      forget: async () => undefined,
    };
    const journal = new FileJournal({ folder, onAppend: (written) => drain.written(written) });
    const drain = new Drain({ folder, sink, everyMs: 3_600_000, warn: (message) => expect(message).toBe("") });
    const ids = Array.from({ length: appended }, (_, at) => `r${String(at).padStart(6, "0")}`);
    for (const id of ids) journal.append(sampleRecord(id));
    await drain.run();
    expect(kept).toEqual(ids);
    // The oldest thousand were read, which is no whole number of what is read at once.
    expect(summed).toBe(20_000);
    await journal.close();
    await drain.close();
  }));
