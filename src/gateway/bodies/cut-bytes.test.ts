import { expect, test } from "bun:test";
import { CutBytes } from "./cut-bytes.ts";
import { MemoryRoom } from "./memory-room.ts";

const text = (cut: CutBytes) => Buffer.from(cut.bytes).toString();

test("keeps copies of the first bytes, and counts all", () => {
  const room = new MemoryRoom(100_000);
  const cut = new CutBytes(10, room);
  const chunk = Buffer.from("abcdef");
  cut.add(chunk);
  chunk.fill(0);
  expect([text(cut), cut.length, cut.truncated]).toEqual(["abcdef", 6, false]);
  cut.add(Buffer.from("ghijkl"));
  cut.add(Buffer.from("m"));
  expect([text(cut), cut.length, cut.truncated]).toEqual(["abcdefghij", 13, true]);
});

test("takes no more memory than there is room, and gives all of it back", () => {
  const room = new MemoryRoom(10_000);
  const cuts = [1, 2, 3, 4].map(() => new CutBytes(1_000_000, room));
  for (let times = 0; times < 100; times++) for (const cut of cuts) cut.add(Buffer.alloc(1000));
  expect(room.used).toBeLessThanOrEqual(10_000);
  expect(cuts.map(({ truncated, length }) => [truncated, length])).toEqual(Array(4).fill([true, 100_000]));
  // What is behind a gap is not kept: a cut body is a beginning.
  for (const cut of cuts) expect(cut.bytes.length % 1000).toBe(0);
  for (const cut of cuts) cut.release();
  for (const cut of cuts) cut.release();
  expect(room.used).toBe(0);
});
