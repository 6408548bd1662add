import { expect, test } from "bun:test";
import { Patience } from "./patience.ts";

const noon = Date.UTC(2026, 10, 21, 12);

test("a clock that goes back by an hour makes nobody wait for an hour", () => {
  const patience = new Patience(20, 0.5);
  expect(patience.take("somebody", noon)).toBe(19);
  expect(patience.take("somebody", noon - 3_600_000)).toBe(18);
  expect(patience.take("somebody", noon - 3_600_000 + 2_000)).toBe(18);
});
