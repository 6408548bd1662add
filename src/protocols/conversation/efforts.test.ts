import { describe, expect, test } from "bun:test";
import type { Effort } from "../../exchange/index.ts";
import { budgets, effortFor, fitBudget, nearestEffort } from "./efforts.ts";

const claude: readonly Effort[] = ["low", "medium", "high", "xhigh", "max"];

describe("efforts and budgets", () => {
  test.each(claude)("%s comes back from its own budget", (effort) => {
    expect(effortFor(budgets[effort], claude)).toBe(effort);
  });

  test.each<[number, Effort]>([
    [1, "low"],
    [4096, "low"],
    [4097, "medium"],
    [16_384, "medium"],
    [31_999, "high"],
    [200_000, "high"],
  ])("a budget of %d is %s to models of which nothing is known", (budget, effort) => {
    expect(effortFor(budget)).toBe(effort);
  });

  test.each<[Effort, Effort[], Effort | undefined]>([
    ["high", ["low", "high"], "high"],
    ["medium", ["low", "high"], "low"],
    ["max", ["low", "high"], "high"],
    ["minimal", ["none", "low"], "low"],
    ["none", ["none", "low"], "none"],
    ["none", ["low", "high"], "low"],
    ["low", ["none"], undefined],
    ["low", [], undefined],
  ])("%s of those who take %j is %p", (wanted, taken, expected) => {
    expect(nearestEffort(wanted, taken)).toBe(expected);
  });

  test.each([
    [2048, 4096, undefined, { budget: 2048, maxTokens: 4096 }],
    [1, 4096, undefined, { budget: 1024, maxTokens: 4096 }],
    [8192, 1000, undefined, { budget: 8192, maxTokens: 9192 }],
    [8192, 1000, 8500, { budget: 8192, maxTokens: 8500 }],
    [8192, 4096, 8192, { budget: 4096, maxTokens: 8192 }],
    [8192, 1000, 1500, undefined],
  ])("a budget of %d beside %p tokens, at most %p", (wanted, maxTokens, ceiling, expected) => {
    expect(fitBudget(wanted, maxTokens, ceiling)).toEqual(expected);
  });
});
