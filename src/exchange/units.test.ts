import { expect, test } from "bun:test";
import { costOf, freePrice, type Price } from "./money.ts";
import { usageOf } from "./usage.ts";

const nanos = (price: Price, usage: Parameters<typeof usageOf>[0]) => costOf(usageOf(usage), price)?.nanos;

test("units are charged at their own rates, exactly", () => {
  expect(nanos({ rates: { image: 40_000_000_000 } }, { units: { image: 3 } })).toBe(120_000_000n);
  expect(nanos({ rates: { audioSecond: 100_000_000 } }, { units: { audioSecond: 61 } })).toBe(6_100_000n);
  expect(nanos({ rates: { character: 15_000_000 } }, { units: { character: 1_000 } })).toBe(15_000_000n);
  expect(nanos({ rates: { search: 2_000_000_000 } }, { units: { search: 1 } })).toBe(2_000_000n);
});

test("an answer that tells tokens and units is charged in those that the price knows", () => {
  const both = { inputUncached: 10, output: 100, outputImage: 100, units: { image: 1 } };
  expect(nanos({ rates: { input: 5_000_000, output: 40_000_000 } }, both)).toBe(4_050_000n);
  expect(nanos({ rates: { image: 1_000_000 } }, both)).toBe(1_000n);
});

test("what nothing is known of is unpriced, and what is free is not", () => {
  expect(nanos({ rates: { input: 5 } }, { units: { image: 1 } })).toBeUndefined();
  expect(nanos({ rates: { image: 5 } }, { inputUncached: 3 })).toBeUndefined();
  expect(nanos(freePrice, { units: { image: 1, search: 2 } })).toBe(0n);
});
