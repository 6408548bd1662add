import { expect, test } from "bun:test";
import { requestIds } from "./request-ids.ts";

test("ids sort as they were made, also within a millisecond", () => {
  let time = 1_800_000_000_000;
  const next = requestIds(() => time);
  const made: string[] = [];
  for (const count of [1, 2, 5_000, 1, 3]) {
    for (let one = 0; one < count; one++) made.push(next());
    time++;
  }
  expect(made.toSorted()).toEqual(made);
  expect(new Set(made).size).toBe(made.length);
});

test("an id is its time in nine letters, and sixteen of hexadecimal that others do not have in the same millisecond", () => {
  const ids = Array.from({ length: 1_000 }, () => requestIds(() => 1_800_000_000_000)());
  const [first = ""] = ids;
  expect(first).toMatch(/^req_[0-9a-hjkmnp-tv-z]{9}[0-9a-f]{16}$/);
  expect(new Set(ids.map((id) => id.slice(0, 13)))).toEqual(new Set([first.slice(0, 13)]));
  // Either half alone tells processes apart.
  for (const [from, to] of [
    [13, 21],
    [21, 29],
  ])
    expect(new Set(ids.map((id) => id.slice(from, to))).size).toBeGreaterThan(990);
});
