import { describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openStorage } from "../open-storage.ts";
import { openDatabase } from "../sqlite/open-database.ts";
import { sampleRecord, withFolder } from "../storage-suite.ts";
import { FileJournal } from "./journal.ts";

const childScript = join(import.meta.dirname, "crash-child.ts");

function journalFile(folder: string): string {
  const [name] = readdirSync(join(folder, "journal"));
  return join(folder, "journal", name as string);
}

/** A name for the segment of a process that lives no more. */
const orphanName = `000001-${process.pid}-0-00000000.log`;

async function segmentOf(folder: string, ids: readonly string[]): Promise<Buffer> {
  const storage = await openStorage({ folder, drainEveryMs: 60_000 });
  for (const id of ids) storage.journal.append(sampleRecord(id));
  const bytes = readFileSync(journalFile(folder));
  await storage.close();
  return bytes;
}

test("a line that was torn at any byte is cut off and reported, and the lines before it are kept", async () => {
  await withFolder(async (folder) => {
    const bytes = await segmentOf(folder, ["a", "b", "c"]);
    const lastLine = bytes.lastIndexOf("\n", bytes.length - 2) + 1;
    expect(bytes.toString("utf8", lastLine)).toContain('["c"');
    for (let cut = lastLine; cut < bytes.length; cut++) {
      const warnings: string[] = [];
      const data = join(folder, `cut-${cut}`);
      mkdirSync(join(data, "journal"), { recursive: true });
      if (cut > lastLine) copyFileSync(join(folder, `cut-${lastLine}`, "records.db"), join(data, "records.db"));
      writeFileSync(join(data, "journal", orphanName), bytes.subarray(0, cut));
      const storage = await openStorage({ folder: data, warn: (message) => warnings.push(message) });
      await storage.drain();
      expect(await storage.records.record("c")).toBeUndefined();
      expect((await storage.records.usage({}))[0]?.requests).toBe(2);
      expect(warnings.length).toBe(cut === lastLine ? 0 : 1);
      if (cut > lastLine) expect(warnings[0]).toContain(`${cut - lastLine} bytes`);
      expect(readdirSync(join(data, "journal"))).toEqual([]);
      await storage.close();
    }
  });
}, 60_000);

test("a line damaged in the middle is skipped and reported, and the lines after it are kept", async () => {
  await withFolder(async (folder) => {
    const bytes = await segmentOf(folder, ["a", "b", "c"]);
    bytes[bytes.indexOf('["b"') + 2] = 0x78;
    const warnings: string[] = [];
    const data = join(folder, "other");
    mkdirSync(join(data, "journal"), { recursive: true });
    writeFileSync(join(data, "journal", orphanName), bytes);
    const storage = await openStorage({ folder: data, warn: (message) => warnings.push(message) });
    await storage.drain();
    expect((await storage.records.recent(9)).map((record) => record.id).sort()).toEqual(["a", "c"]);
    expect(warnings).toEqual([`${orphanName} holds 1 damaged lines; they were skipped.`]);
    await storage.close();
  });
});

test("the unfinished line of a living process waits for its end", async () => {
  await withFolder(async (folder) => {
    const writer = await openStorage({ folder, drainEveryMs: 60_000 });
    writer.journal.append(sampleRecord("a"));
    writer.journal.append(sampleRecord("b"));
    const path = journalFile(folder);
    const whole = readFileSync(path);
    writeFileSync(path, whole.subarray(0, whole.length - 10));
    const reader = await openStorage({ folder, drainEveryMs: 60_000 });
    await reader.drain();
    expect((await reader.records.usage({}))[0]?.requests).toBe(1);
    writeFileSync(path, whole);
    await reader.drain();
    expect((await reader.records.usage({}))[0]?.requests).toBe(2);
    await reader.close();
    await writer.close();
  });
});

test("a journal that comes back after it was taken over is not counted twice", async () => {
  await withFolder(async (folder) => {
    const bytes = await segmentOf(folder, ["a", "b"]);
    const storage = await openStorage({ folder, drainEveryMs: 60_000 });
    await storage.drain();
    writeFileSync(join(folder, "journal", orphanName), bytes);
    await storage.drain();
    expect((await storage.records.usage({}))[0]?.requests).toBe(2);
    await storage.close();
  });
});

test("what a process remembers of its records is taken once, wherever another one's drain got to", async () => {
  await withFolder(async (folder) => {
    const own = await openStorage({ folder, drainEveryMs: 60_000 });
    const other = await openStorage({ folder, drainEveryMs: 60_000 });
    for (const id of ["a", "b"]) own.journal.append(sampleRecord(id));
    await other.drain();
    for (const id of ["c", "d"]) own.journal.append(sampleRecord(id));
    await own.drain();
    own.journal.append(sampleRecord("e"));
    await own.drain();
    expect((await own.records.recent(9)).map((record) => record.id)).toEqual(["e", "d", "c", "b", "a"]);
    expect((await own.records.usage({}))[0]?.requests).toBe(5);
    await other.close();
    await own.close();
  });
});

test("a line that is not as it was written is skipped and told of, also by the process that wrote it", async () => {
  await withFolder(async (folder) => {
    const warnings: string[] = [];
    const own = await openStorage({ folder, drainEveryMs: 60_000, warn: (message) => warnings.push(message) });
    const other = await openStorage({ folder, drainEveryMs: 60_000 });
    for (const id of ["a", "b", "c"]) own.journal.append(sampleRecord(id));
    const path = journalFile(folder);
    writeFileSync(path, readFileSync(path, "utf8").replace('"b"', '"x"'));
    await own.drain();
    expect((await own.records.recent(9)).map((record) => record.id)).toEqual(["c", "a"]);
    expect((await own.records.usage({}))[0]?.requests).toBe(2);
    expect(warnings.join()).toContain("1 damaged line");
    await other.close();
    await own.close();
  });
});

test("records that the store refused for a while are taken over once, from memory and from the file", async () => {
  await withFolder(async (folder) => {
    const storage = await openStorage({ folder, drainEveryMs: 60_000, segmentBytes: 3_000_000 });
    const database = await openDatabase(join(folder, "records.db"));
    // The last record of the first part: what stands before it in the transaction must be undone.
    database.exec("CREATE TRIGGER stop BEFORE INSERT ON record_lines WHEN NEW.id = 'req_100499' BEGIN SELECT RAISE(ABORT, 'stop'); END");
    let count = 0;
    const append = (upTo: number) => {
      for (; count < upTo; count++) storage.journal.append(sampleRecord(`req_${100_000 + count}`, { costNanos: 1 }));
    };
    for (const upTo of [700, 1500]) {
      append(upTo);
      await expect(storage.drain()).rejects.toThrow("stop");
      expect((await storage.records.usage({}))[0]?.requests).toBe(0);
    }
    // More than memory keeps, and more than a segment holds.
    append(18_000);
    database.exec("DROP TRIGGER stop");
    const drained = storage.drain();
    append(18_300);
    await drained;
    await storage.drain();
    const [sum] = await storage.records.usage({});
    expect([sum?.requests, sum?.costNanos]).toEqual([18_300, 18_300n]);
    expect((await storage.records.recent(20_000)).length).toBe(18_300);
    database.close();
    await storage.close();
  });
});

test("what came while the store took nothing is taken over when it does, though nothing comes any more", async () => {
  await withFolder(async (folder) => {
    const warnings: string[] = [];
    const storage = await openStorage({ folder, drainEveryMs: 5, warn: (message) => warnings.push(message) });
    const database = await openDatabase(join(folder, "records.db"));
    database.exec("CREATE TRIGGER stop BEFORE INSERT ON record_lines WHEN NEW.id = 'req_1' BEGIN SELECT RAISE(ABORT, 'stop'); END");
    storage.journal.append(sampleRecord("req_1"));
    await Bun.sleep(50);
    storage.journal.append(sampleRecord("req_2"));
    await Bun.sleep(100);
    expect(warnings.length).toBe(1);
    expect(storage.backlog().bytes).toBeGreaterThan(500);
    expect(storage.backlog().ageMs).toBeGreaterThanOrEqual(150);
    database.exec("DROP TRIGGER stop");
    const until = Date.now() + 10_000;
    while ((await storage.records.recent(5)).length < 2 && Date.now() < until) await Bun.sleep(5);
    expect((await storage.records.usage({}))[0]?.requests).toBe(2);
    await Bun.sleep(50);
    expect(storage.backlog()).toEqual({ bytes: 0, ageMs: 0 });
    database.close();
    await storage.close();
  });
});

test("after SIGKILL every acknowledged record is there once, though two processes drain at a time", async () => {
  await withFolder(async (folder) => {
    const own = await openStorage({ folder, drainEveryMs: 3 });
    const acknowledged: string[] = [];
    for (let round = 0; round < 8; round++) {
      const pair = [`r${round}x`, `r${round}y`].map((prefix) => appendUntilKilled(folder, prefix, 40 + round * 25));
      const drains = setInterval(() => void own.drain(), 3);
      for (const ids of await Promise.all(pair)) acknowledged.push(...ids);
      clearInterval(drains);
    }
    await own.drain();
    const kept = new Set<string>();
    for (const record of await own.records.recent(1_000_000)) kept.add(record.id);
    expect(acknowledged.length).toBeGreaterThan(500);
    expect(acknowledged.filter((id) => !kept.has(id))).toEqual([]);
    const [sum] = await own.records.usage({});
    expect(sum?.requests).toBe(kept.size);
    expect(sum?.costNanos).toBe(BigInt(kept.size));
    // At most one record of each process was kept without its id having been printed.
    expect(kept.size - acknowledged.length).toBeLessThanOrEqual(16);
    expect(readdirSync(join(folder, "journal"))).toEqual([]);
    await own.close();
  });
}, 60_000);

/** @returns the ids that were acknowledged */
function appendUntilKilled(folder: string, prefix: string, afterMs: number): Promise<string[]> {
  const child = spawn(process.execPath, [childScript, folder, prefix], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => {
    if (text === "") setTimeout(() => child.kill("SIGKILL"), afterMs);
    text += chunk;
  });
  return new Promise((resolve) => child.on("close", () => resolve(text.split("\n").slice(0, -1))));
}

test("a write that fails refuses the record and leaves no half line behind", async () => {
  await withFolder(async (folder) => {
    // A file may grow to 4 KB only, far less than a segment.
    const child = spawn("sh", ["-c", 'trap "" XFSZ; ulimit -f 8; exec "$0" "$@"', process.execPath, childScript, folder, "full", "60"], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
    });
    await new Promise((resolve) => child.on("close", resolve));
    const lines = text.split("\n").slice(0, -1);
    const refused = lines.filter((line) => line.startsWith("refused"));
    const acknowledged = lines.filter((line) => !line.startsWith("refused"));
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.every((line) => line.includes("journal could not be written"))).toBe(true);
    const storage = await openStorage({ folder });
    await storage.drain();
    expect((await storage.records.recent(1000)).map((record) => record.id).sort()).toEqual(acknowledged.sort());
    await storage.close();
  });
});

describe("for a power cut", () => {
  /** A journal whose syncs end when they are told to. */
  function opened(folder: string) {
    const syncs: ((error: Error | null) => void)[] = [];
    const journal = new FileJournal({ folder: join(folder, "journal"), mode: "disk", sync: (_fd, done) => void syncs.push(done) });
    const ended: string[] = [];
    const append = (id: string) =>
      void journal.append(sampleRecord(id))?.then(
        () => ended.push(id),
        () => ended.push(`${id} refused`),
      );
    /** @returns what has ended since */
    const end = async (error: Error | null = null) => {
      syncs.shift()?.(error);
      await Bun.sleep(0);
      return ended.splice(0);
    };
    return { journal, append, end, syncs };
  }

  test("a record is settled when it is on the disk, and those that come during a sync share the next one", async () => {
    await withFolder(async (folder) => {
      const { append, end, syncs, journal } = opened(folder);
      for (const id of ["a", "b", "c"]) append(id);
      await Bun.sleep(20);
      expect(syncs.length).toBe(1);
      expect(await end()).toEqual(["a"]);
      expect(syncs.length).toBe(1);
      expect(await end()).toEqual(["b", "c"]);
      expect(syncs.length).toBe(0);
      await journal.close();
    });
  });

  test("a sync that fails refuses all that was written to that file until then; what comes later is in another", async () => {
    await withFolder(async (folder) => {
      const { append, end, journal } = opened(folder);
      for (const id of ["a", "b", "c"]) append(id);
      expect(await end(new Error("EIO"))).toEqual(["b refused", "c refused", "a refused"]);
      append("d");
      expect(await end()).toEqual(["d"]);
      expect(readdirSync(join(folder, "journal")).filter((name) => name.endsWith(".log")).length).toBe(2);
      await journal.close();
    });
  });
});
