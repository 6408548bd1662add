import { expect, test } from "bun:test";
import { resolveStores } from "./resolve-stores.ts";

test.each([
  [{}, { limits: "refuse", budgets: "refuse", localShare: 0.1 }],
  [{ counters: "memory" }, { limits: "refuse", budgets: "refuse", localShare: 0.1 }],
  [{ counters: "redis://a" }, { limits: "local-share", budgets: "refuse", localShare: 0.1 }],
  [{ counters: "postgres://a/b" }, { limits: "local-share", budgets: "refuse", localShare: 0.1 }],
  [
    { counters: "valkeys://a", onLoss: { limits: "refuse" } },
    { limits: "refuse", budgets: "refuse", localShare: 0.1 },
  ],
  [{ onLoss: { budgets: "allow", localShare: 0.5 } }, { limits: "refuse", budgets: "allow", localShare: 0.5 }],
] as const)("what passes while the counters of %j are away", (stores, rules) => {
  expect(resolveStores(stores).onLoss).toEqual(rules);
});
