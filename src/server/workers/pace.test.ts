import { expect, test } from "bun:test";
import { Pace } from "./pace.ts";

const at = (busy: number, lagMs = 0, inFlight = 5) => ({ busy, lagMs, inFlight });

/** How many there are after so many seconds of the same work, which they share evenly. */
function after(seconds: number, pace: Pace, work: number, count: number): number {
  let now = count;
  for (let second = 0; second < seconds; second++) now = pace.next(Array.from({ length: now }, () => at(Math.min(1, work / now))));
  return now;
}

test("grows with the work within seconds, to one for each core at most, and no further than the work needs", () => {
  expect(after(2, new Pace(4), 1, 1)).toBe(1);
  expect(after(3, new Pace(4), 1, 1)).toBe(2);
  expect(after(60, new Pace(4), 1, 1)).toBe(2);
  expect(after(60, new Pace(4), 9, 1)).toBe(4);
});

test("a moment of work is no reason to grow, and a moment of rest none to shrink", () => {
  const pace = new Pace(4);
  for (let second = 0; second < 100; second++) expect(pace.next([at(second % 3 === 0 ? 0.1 : 1)])).toBe(1);
  const resting = new Pace(4);
  for (let second = 0; second < 500; second++) expect(resting.next([at(second % 50 === 0 ? 0.6 : 0), at(0)])).toBe(2);
});

test("shrinks after a minute that fewer would have borne easily, one by one, to one", () => {
  expect(after(59, new Pace(4), 0.2, 4)).toBe(4);
  expect(after(60, new Pace(4), 0.2, 4)).toBe(3);
  expect(after(600, new Pace(4), 0.2, 4)).toBe(1);
});

test("what made it grow does not make it shrink again: it settles", () => {
  for (let work = 0.05; work < 4; work += 0.05) {
    const pace = new Pace(4);
    const settled = after(1_000, pace, work, 1);
    expect(after(1_000, pace, work, settled)).toBe(settled);
  }
});

test("grows where workers are late although other programs have the core", () => {
  const pace = new Pace(4);
  for (let second = 0; second < 2; second++) expect(pace.next([at(0.4, 300)])).toBe(1);
  expect(pace.next([at(0.4, 300)])).toBe(2);
});
