import { expect, test } from "bun:test";
import type { Cell } from "../records/record-columns.ts";
import { columnAt, recordColumns } from "../records/record-columns.ts";
import { HandOver, type WrittenPart, type WrittenRecord } from "./hand-over.ts";

function cells(output: number): Cell[] {
  const row: Cell[] = recordColumns.map(() => null);
  row[columnAt.started_at] = 0;
  row[columnAt.outcome] = "success";
  row[columnAt.usage_source] = "reported";
  row[columnAt.output] = output;
  return row;
}

function written(segment: string, start: number, output = 1): WrittenRecord {
  return { cells: cells(output), segment, start, end: start + 10 };
}

function handOverOf(...records: WrittenRecord[]): HandOver {
  const handOver = new HandOver();
  for (const record of records) handOver.add(record);
  return handOver;
}

const span = (part: WrittenPart | undefined) => part && [part.start, part.end, part.records];

test("a part is given until a position has passed it", () => {
  const handOver = handOverOf(written("a", 0), written("a", 10), written("a", 20));
  expect(span(handOver.part("a", 0))).toEqual([0, 30, 3]);
  expect(span(handOver.part("a", 0))).toEqual([0, 30, 3]);
  expect(handOver.part("a", 10)).toBeUndefined();
  expect(handOver.part("a", 30)).toBeUndefined();
  expect(handOver.part("a", 0)).toBeUndefined();
});

test("what comes while a part is being taken over is another part", () => {
  const handOver = handOverOf(written("a", 0, 5));
  const first = handOver.part("a", 0);
  handOver.add(written("a", 10, 7));
  expect([span(first), span(handOver.part("a", 10))]).toEqual([
    [0, 10, 1],
    [10, 20, 1],
  ]);
  expect(first?.sums.rollups[0]?.sums).toContain(5);
});

test("nothing is given for another segment, before the first record, or within a part", () => {
  const handOver = handOverOf(written("a", 50), written("a", 60));
  expect([handOver.part("b", 50), handOver.part("a", 0), handOver.part("a", 60)]).toEqual([undefined, undefined, undefined]);
  expect(span(handOver.part("a", 50))).toEqual([50, 70, 2]);
});

test("a part never spans a gap or two segments", () => {
  expect(span(handOverOf(written("a", 0), written("a", 20)).part("a", 0))).toEqual([0, 10, 1]);
  const next = handOverOf(written("a", 0), written("b", 0));
  expect([span(next.part("a", 0)), span(next.part("b", 0))]).toEqual([
    [0, 10, 1],
    [0, 10, 1],
  ]);
});

test("parts and their number are bounded: the oldest goes, and the file has it", () => {
  const handOver = new HandOver();
  for (let at = 0; at < 20_001; at++) handOver.add(written("a", at * 10));
  expect(handOver.part("a", 0)).toBeUndefined();
  expect([handOver.nextStart("a", 0), handOver.nextStart("b", 0)]).toEqual([5_000, undefined]);
  expect(span(handOver.part("a", 5_000))).toEqual([5_000, 10_000, 500]);
  expect([handOver.nextStart("a", 5_000), handOver.nextStart("a", 200_000)]).toEqual([10_000, undefined]);
});

test("sums of a part are those of its records", () => {
  const part = handOverOf(written("a", 0, 3), written("a", 10, 4)).part("a", 0);
  expect(part?.sums.rollups.map(({ counts, sums }) => [counts[0], sums.reduce((sum, value) => sum + value, 0)])).toEqual([[2, 7]]);
});
