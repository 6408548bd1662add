import { expect, test } from "bun:test";
import { openaiTier } from "./openai-tier.ts";

test("tiers of other providers are told by names that OpenAI's clients know, or not at all", () => {
  expect(["standard", "on_demand", "default", "flex", "priority"].map(openaiTier)).toEqual([
    "default",
    "default",
    "default",
    "flex",
    "priority",
  ]);
  expect(["provisioned", "batch", undefined].map(openaiTier)).toEqual([undefined, undefined, undefined]);
});
