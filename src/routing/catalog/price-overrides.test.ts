import { describe, expect, test } from "bun:test";
import { costOf, usageOf } from "../../exchange/index.ts";
import { compilePriceOverrides } from "./price-overrides.ts";

describe("prices of the config", () => {
  test("are exact, from numbers and from text", () => {
    const { find, problems } = compilePriceOverrides({ "mock/*": { input: 0.075, output: "1.25", cacheRead: 0.0028, webSearch: 0.01 } });
    expect(problems).toEqual([]);
    expect(find("mock", "any/thing")).toEqual({ rates: { input: 75_000, output: 1_250_000, cacheRead: 2_800, webSearch: 10_000_000_000 } });
  });

  test("make a model free where they say 0", () => {
    const price = compilePriceOverrides({ "local/*": { input: 0, output: 0 } }).find("local", "llama");
    expect(costOf(usageOf({ inputUncached: 5, cacheRead: 5, output: 5 }), price)?.nanos).toBe(0n);
  });

  test("go by the glob that says most, whatever the order", () => {
    const { find } = compilePriceOverrides({ "*": { input: 1 }, "a/gpt-?": { input: 3 }, "a/*": { input: 2 } });
    expect(find("b", "x")?.rates.input).toBe(1_000_000);
    expect(find("a", "x")?.rates.input).toBe(2_000_000);
    expect(find("a", "GPT-5")?.rates.input).toBe(3_000_000);
    expect(find("a", "gpt-55")?.rates.input).toBe(2_000_000);
  });

  test("take dots and brackets in names as they are", () => {
    const { find } = compilePriceOverrides({ "a/m.1(x)": { input: 1 } });
    expect(find("a", "m.1(x)")).toBeDefined();
    expect(find("a", "mz1(x)")).toBeUndefined();
  });

  test("are told when they are no exact amounts, and then set nothing", () => {
    const { find, problems } = compilePriceOverrides({ "a/*": { input: -1, output: "0.00000001" }, "b/*": { input: "cheap" } });
    expect(problems).toHaveLength(3);
    expect(problems[0]).toBe('prices."a/*".input: -1 is not an amount of dollars for a million tokens with at most 6 decimals');
    expect(find("a", "x")).toBeUndefined();
  });
});
