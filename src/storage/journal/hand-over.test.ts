import { expect, test } from "bun:test";
import { HandOver, type WrittenRecord } from "./hand-over.ts";

function written(segment: string, start: number, line = "[]"): WrittenRecord {
  return { cells: [], line, segment, start, end: start + 10 };
}

function handOverOf(...records: WrittenRecord[]): HandOver {
  const handOver = new HandOver();
  for (const record of records) handOver.add(record);
  return handOver;
}

const starts = (records: readonly WrittenRecord[]) => records.map((record) => record.start);

test("records are given until a position has passed them", () => {
  const handOver = handOverOf(written("a", 0), written("a", 10), written("a", 20));
  expect(starts(handOver.part("a", 0))).toEqual([0, 10, 20]);
  expect(starts(handOver.part("a", 0))).toEqual([0, 10, 20]);
  expect(starts(handOver.part("a", 20))).toEqual([20]);
  expect(handOver.part("a", 10)).toEqual([]);
  expect(handOver.part("a", 30)).toEqual([]);
});

test("nothing is given for another segment, before the first record, or within one", () => {
  const handOver = handOverOf(written("a", 50));
  expect([handOver.part("b", 50), handOver.part("a", 0), handOver.part("a", 55)]).toEqual([[], [], []]);
  expect(starts(handOver.part("a", 50))).toEqual([50]);
});

test("what is given never spans a gap or two segments", () => {
  expect(starts(handOverOf(written("a", 0), written("a", 20)).part("a", 0))).toEqual([]);
  expect(starts(handOverOf(written("a", 0), written("b", 10)).part("a", 0))).toEqual([]);
  const next = handOverOf(written("a", 0), written("b", 0));
  expect([starts(next.part("a", 0)), starts(next.part("b", 0))]).toEqual([[], [0]]);
});

test("memory is bounded by records and by characters, and begins anew behind the bound", () => {
  const many = new HandOver();
  for (let at = 0; at < 5001; at++) many.add(written("a", at * 10));
  expect([starts(many.part("a", 0)), starts(many.part("a", 50_000))]).toEqual([[], [50_000]]);
  const long = "x".repeat(2 * 1024 * 1024);
  const large = handOverOf(written("a", 0, long), written("a", 10, long), written("a", 20, long));
  expect([starts(large.part("a", 0)), starts(large.part("a", 20))]).toEqual([[], [20]]);
});
