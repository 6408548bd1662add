/**
 * A process for journal.test.ts to kill: appends records and prints each id once its record is kept. Without a limit it
 * goes on for ever and drains too; with one it has the journal alone.
 */
import { writeSync } from "node:fs";
import { join } from "node:path";
import { openStorage } from "../open-storage.ts";
import { sampleRecord } from "../storage-suite.ts";
import { FileJournal } from "./journal.ts";

const [folder = "", prefix = "", limit] = process.argv.slice(2);
const journal =
  limit === undefined
    ? (await openStorage({ folder, drainEveryMs: 2, segmentBytes: 64 * 1024 })).journal
    : new FileJournal({ folder: join(folder, "journal") });

for (let at = 0; at < Number(limit ?? Number.POSITIVE_INFINITY); at++) {
  try {
    journal.append(sampleRecord(`${prefix}_${at}`, { costNanos: 1 }));
    writeSync(1, `${prefix}_${at}\n`);
  } catch (error) {
    writeSync(1, `refused ${String(error)}\n`);
  }
  if (at % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
}
