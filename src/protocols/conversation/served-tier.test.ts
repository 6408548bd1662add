import { expect, test } from "bun:test";
import { googleTier, openaiTier } from "./served-tier.ts";

test("tiers of other providers are told by names that clients know, or not at all", () => {
  const served = ["standard", "on_demand", "default", "flex", "priority", "provisioned", "batch", undefined];
  expect(served.map(openaiTier)).toEqual(["default", "default", "default", "flex", "priority", undefined, undefined, undefined]);
  expect(served.map(googleTier)).toEqual(["standard", "standard", "standard", "flex", "priority", undefined, undefined, undefined]);
});
