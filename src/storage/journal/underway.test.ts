import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { usageOf } from "../../exchange/index.ts";
import { openStorage } from "../open-storage.ts";
import { cellsOf } from "../records/record-columns.ts";
import type { SettledRecord } from "../settled-record.ts";
import { sampleRecord } from "../storage-suite.ts";
import { slotsOfRuntime, writtenSlots } from "./slots.ts";
import { deadTables, readTable, slotBytes, Underway } from "./underway.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sluice-underway-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const tables = () => readdirSync(folder).filter((name) => name.endsWith(".slots"));
const idsIn = (name: string) => readTable(join(folder, name)).map(({ cells }) => cells[0]);

/** Of each field but the id another value. */
const other: { readonly [Name in Exclude<keyof SettledRecord, "id">]-?: SettledRecord[Name] } = {
  ...{ startedAt: 7, keyId: "k2", team: "t2", organisation: "o2", application: "a2", user: "u2", serviceAccount: "s2" },
  ...{ endUser: "e2", endpoint: "n2", model: "m2", provider: "p2", targetModel: "tm2", outcome: "cancelled", status: 201 },
  ...{ fault: "rate_limited", stream: false, usage: usageOf({ output: 3 }), costNanos: 5, priceVersion: "v2", durationMs: 6 },
  ...{ firstEventMs: 8, upstreamMs: 9, detail: { expired: true, metadata: { a: "b" } } },
};

describe.each([
  ["in mapped memory", await slotsOfRuntime()],
  ["by calls", writtenSlots],
])("what is under way, written %s", (_, open) => {
  test("stands in the file from when it is begun to when it has settled", () => {
    const underway = new Underway(folder, open);
    const slots = ["a", "b", "c"].map((id) => underway.begin(sampleRecord(id)));
    const [table = ""] = tables();
    expect(idsIn(table)).toEqual(["a", "b", "c"]);
    underway.end(slots[1] ?? 0);
    expect(idsIn(table)).toEqual(["a", "c"]);
    underway.begin(sampleRecord("d"));
    expect(idsIn(table).toSorted()).toEqual(["a", "c", "d"]);
    underway.close();
    expect(tables()).toEqual([table]);
  });

  test("takes another file when there is more than one holds, and leaves none when all has settled", () => {
    const underway = new Underway(folder, open);
    const slots = Array.from({ length: 1_500 }, (_, at) => underway.begin(sampleRecord(`r${at}`)));
    expect(tables().length).toBe(2);
    expect(tables().flatMap(idsIn).length).toBe(1_500);
    for (const slot of slots) underway.end(slot);
    expect(tables().flatMap(idsIn)).toEqual([]);
    underway.close();
    expect(tables()).toEqual([]);
  });

  test("is each record as it is, also in a run of those that differ in one thing only", () => {
    const underway = new Underway(folder, open);
    const detail = Object.freeze({ expired: true });
    const same = { detail, usage: undefined, costNanos: undefined, durationMs: 0, status: 0, fault: "gateway_failed" } as const;
    const cellsWith = (given: object) => cellsOf(sampleRecord("r", { ...same, ...given }));
    for (const [name, value] of Object.entries(other)) expect([name, cellsWith({ [name]: value })]).not.toEqual([name, cellsWith({})]);
    const others = Object.entries(other).flatMap(([name, value]) => [same, { ...same, [name]: value }, { ...same, startedAt: 9 }]);
    const records = others.map((given, at) => sampleRecord(`r${at + 100}`, given));
    records.push(sampleRecord("longer-than-those-before", same), sampleRecord("after", same));
    for (const record of records) underway.begin(record);
    const [table = ""] = tables();
    expect(readTable(join(folder, table)).map(({ line }) => line)).toEqual(records.map((record) => JSON.stringify(cellsOf(record))));
    underway.close();
  });

  test("fits, however long the names and the tags are", () => {
    const underway = new Underway(folder, open);
    const long = "ü".repeat(5_000);
    underway.begin(sampleRecord("long", { model: long, targetModel: long, detail: { metadata: { tag: long } } }));
    underway.begin(sampleRecord("next"));
    expect(tables().flatMap(idsIn)).toEqual(["long", "next"]);
    underway.close();
  });
});

test("a line that was being written is none; at most the one before stands there, which had settled and has its record", () => {
  const underway = new Underway(folder, writtenSlots);
  const slot = underway.begin(sampleRecord("first"));
  const [table = ""] = tables();
  const first = readFileSync(join(folder, table));
  underway.end(slot);
  underway.begin(sampleRecord("other"));
  const other = readFileSync(join(folder, table));
  const length = other.indexOf("\nother\n") + 7;
  for (let cut = 0; cut < length; cut++) {
    writeFileSync(join(folder, table), Buffer.concat([other.subarray(0, cut), first.subarray(cut)]));
    const lines = readTable(join(folder, table)).map(({ line }) => line);
    expect(["", lineOf(first), lineOf(other)]).toContain(lines.join());
  }
  writeFileSync(join(folder, table), other);
  expect(idsIn(table)).toEqual(["other"]);
  expect(slotBytes).toBeGreaterThan(length);
  underway.close();
});

function lineOf(slot: Buffer): string {
  return slot.toString("utf8", 0, slot.indexOf("\n"));
}

const child = `
const { openStorage } = await import(${JSON.stringify(join(import.meta.dir, "../open-storage.ts"))});
const { sampleRecord } = await import(${JSON.stringify(join(import.meta.dir, "../storage-suite.ts"))});
const storage = await openStorage({ folder: process.argv[1], drainEveryMs: 60_000 });
const begun = ["one", "two", "three"].map((id) => [id, storage.journal.begin(sampleRecord(id, { outcome: "failed", costNanos: undefined }))]);
// Of the second the record is written, and the slot is not emptied any more.
storage.journal.append(sampleRecord("two", { costNanos: 5 }));
storage.journal.append(sampleRecord("three", { costNanos: 7 }));
storage.journal.settled(begun[2][1]);
process.stdout.write("ready");
setInterval(() => undefined, 1000);
`;

test("after a SIGKILL each is kept once: as it settled, else as expired; by whoever comes, and only when the process is dead", async () => {
  const script = join(folder, "child.ts");
  writeFileSync(script, child);
  const data = join(folder, "data");
  const dying = spawn(process.execPath, ["-e", child, data], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise<void>((resolve) => dying.stdout.once("data", () => resolve()));
  const other = await openStorage({ folder: data, drainEveryMs: 60_000 });
  await other.drain();
  expect((await other.records.recent(9)).map(({ id }) => id).toSorted()).toEqual(["three", "two"]);
  expect(deadTables(join(data, "journal"))).toEqual([]);
  dying.kill("SIGKILL");
  await new Promise((resolve) => dying.on("close", resolve));
  const third = await openStorage({ folder: data, drainEveryMs: 60_000 });
  await Promise.all([other.drain(), third.drain()]);
  await other.drain();
  const records = await other.records.recent(9);
  expect(records.map(({ id, outcome }) => `${id} ${outcome}`).toSorted()).toEqual(["one failed", "three success", "two success"]);
  const [sums] = await other.records.usage({});
  expect([sums?.requests, sums?.failed, sums?.costNanos]).toEqual([3, 1, 12n]);
  expect(readdirSync(join(data, "journal"))).toEqual([]);
  await third.close();
  await other.close();
});
