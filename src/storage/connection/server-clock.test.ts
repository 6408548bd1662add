import { expect, test } from "bun:test";
import { ServerClock } from "./server-clock.ts";

test("a server's clock is known by what it said, also when this machine's is put right", () => {
  let wrongByMs = -7_200_000;
  const clock = new ServerClock(() => Date.now() + wrongByMs);
  expect(clock.aheadMs).toBe(0);
  clock.told(Date.now());
  expect(Math.abs(clock.aheadMs - 7_200_000)).toBeLessThan(50);
  wrongByMs = 0;
  expect(clock.aheadMs).toBe(0);
  wrongByMs = 999_000;
  expect(Math.abs(clock.aheadMs + 999_000)).toBeLessThan(50);
  clock.told(Number.NaN);
  expect(Math.abs(clock.aheadMs + 999_000)).toBeLessThan(50);
});
