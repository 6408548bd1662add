import { expect, test } from "bun:test";
import { nearest } from "./nearest.ts";

test.each([
  ["api_key", ["apiKey", "apiBase"], "apiKey"],
  ["base-url", ["baseUrl", "region"], "baseUrl"],
  ["fallbcak", ["weighted", "fallback"], "fallback"],
  ["time", ["timeouts", "targets"], "timeouts"],
  ["zzzz", ["alpha", "beta"], undefined],
  ["x", [], undefined],
])("%s of %p is nearest to %p", (word, candidates, expected) => {
  expect(nearest(word, candidates)).toBe(expected);
});
