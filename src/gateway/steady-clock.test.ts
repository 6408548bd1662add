import { expect, test } from "bun:test";
import { steadyClock } from "./steady-clock.ts";

function machine() {
  const at = { wall: Date.UTC(2026, 10, 21, 12), tick: 5_000 };
  const steady = steadyClock(
    () => Math.trunc(at.wall),
    () => at.tick,
  );
  const pass = (ms: number) => {
    at.wall += ms;
    at.tick += ms;
  };
  return { at, steady, pass };
}

test("it goes as time does, however often it is looked at", () => {
  const { steady, pass } = machine();
  const began = steady();
  for (let look = 0; look < 100_000; look++) {
    pass(0.1);
    steady();
  }
  expect(Math.abs(steady() - began - 10_000)).toBeLessThanOrEqual(1);
});

test("a clock that is put back stops nothing, and one that is put on again does not count twice for long", () => {
  const { at, steady, pass } = machine();
  const began = steady();
  at.wall -= 3_600_000;
  pass(10_000);
  expect(steady() - began).toBe(10_000);
  pass(10_000);
  expect(steady() - began).toBe(20_000);
});

test("the time that the machine slept has passed", () => {
  const { at, steady, pass } = machine();
  const began = steady();
  at.wall += 7_200_000;
  expect(steady() - began).toBe(7_200_000);
  pass(5);
  expect(steady() - began).toBe(7_200_005);
});

test("a clock that is moved by a little every second never makes it go back", () => {
  const { at, steady, pass } = machine();
  let before = steady();
  for (let second = 0; second < 10_000; second++) {
    pass(1_000);
    at.wall += second % 2 === 0 ? -400 : 350;
    const now = steady();
    expect(now).toBeGreaterThanOrEqual(before + 1_000);
    before = now;
  }
});
