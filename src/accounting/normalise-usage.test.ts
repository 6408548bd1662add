import { describe, expect, test } from "bun:test";
import { noUsage, usageOf } from "../exchange/index.ts";
import { estimateUsage } from "./estimate-usage.ts";
import { maxTokens, normaliseUsage } from "./normalise-usage.ts";
import { priceUsage } from "./price-usage.ts";

describe("normaliseUsage", () => {
  test("gives back a possible usage as it is", () => {
    const usage = usageOf({ inputUncached: 10, cacheRead: 5, inputAudio: 12, output: 7, reasoning: 7, webSearches: 1 });
    expect(normaliseUsage(usage)).toEqual({ usage });
    expect(normaliseUsage(usage).usage).toBe(usage);
  });

  test("puts right what is no count, and names it", () => {
    const lies = usageOf({
      inputUncached: -5,
      cacheRead: Number.NaN,
      output: Number.POSITIVE_INFINITY,
      cacheWrite: 1.5,
      webSearches: 2 ** 40,
      cacheWrite1h: -0,
    });
    const { usage, clamped } = normaliseUsage(lies);
    expect(usage).toEqual(usageOf({ output: maxTokens, cacheWrite: 2, webSearches: 1_000_000 }));
    expect(clamped).toEqual(["inputUncached", "cacheRead", "cacheWrite", "cacheWrite1h", "output", "webSearches"]);
  });

  test("keeps parts within what they are parts of", () => {
    const lies = usageOf({
      inputUncached: 3,
      cacheRead: 2,
      inputAudio: 4,
      inputImage: 9,
      cacheReadAudio: 7,
      output: 5,
      reasoning: 8,
      outputAudio: 4,
      outputImage: 4,
    });
    const { usage, clamped } = normaliseUsage(lies);
    expect(usage).toMatchObject({ inputAudio: 4, inputImage: 1, cacheReadAudio: 2, reasoning: 5, outputAudio: 4, outputImage: 1 });
    expect(clamped).toEqual(["reasoning", "inputImage", "cacheReadAudio", "outputImage"]);
  });

  test("makes a count of what is not even a number", () => {
    const lies = { ...noUsage, output: "12" as unknown as number, inputUncached: 1 };
    expect(normaliseUsage(lies).usage).toEqual(usageOf({ inputUncached: 1 }));
  });
});

describe("estimateUsage", () => {
  const encoder = new TextEncoder();

  test("estimates from bytes, and says so", () => {
    expect(estimateUsage({ requestBytes: 600, answerBytes: 1_000, stream: false })).toEqual(
      usageOf({ source: "estimated", inputUncached: 100, output: 100 }),
    );
    expect(estimateUsage({ requestBytes: 0, answerBytes: 1_000, stream: true }).output).toBe(10);
    expect(estimateUsage({ requestBytes: 0, answerBytes: 1_000, outputBytes: 9, stream: true }).output).toBe(3);
  });

  test("keeps what was reported before the answer broke off", () => {
    const reported = usageOf({ inputUncached: 20, cacheRead: 30, output: 3, tier: "standard" });
    expect(estimateUsage({ reported, requestBytes: 900, answerBytes: 5_000, stream: true })).toEqual({
      ...reported,
      source: "estimated",
      output: 50,
    });
    expect(estimateUsage({ reported, requestBytes: 900, answerBytes: 0, stream: true }).output).toBe(3);
  });

  test("does not take a picture for text", () => {
    const request = encoder.encode(JSON.stringify({ text: "what is this?", image: `data:image/png;base64,${"A0/b".repeat(50_000)}==` }));
    const { inputUncached } = estimateUsage({ requestBytes: request.length, request, answerBytes: 0, stream: false });
    expect(inputUncached).toBeGreaterThan(1_000);
    expect(inputUncached).toBeLessThan(1_050);
  });
});

describe("priceUsage", () => {
  const usage = usageOf({ inputUncached: 1_000, output: 10 });

  test("gives a safe integer of nano-dollars", () => {
    expect(priceUsage(usage, { rates: { input: 250_000, output: 2_000_000 } }, 0)).toEqual({ costNanos: 270_000 });
  });

  test("says unpriced instead of 0", () => {
    expect(priceUsage(usage, undefined, 0)).toEqual({ unpriced: true });
    expect(priceUsage(usage, { rates: {} }, 0)).toEqual({ unpriced: true });
  });

  test("takes the price of the moment", () => {
    const price = { rates: { input: 1_000, output: 0 }, windows: [{ fromMs: 500, price: { rates: { input: 2_000, output: 0 } } }] };
    expect(priceUsage(usage, price, 499).costNanos).toBe(1_000);
    expect(priceUsage(usage, price, 500).costNanos).toBe(2_000);
  });

  test("says when a cost is more than a safe integer holds", () => {
    const lie = usageOf({ output: maxTokens });
    expect(priceUsage(lie, { rates: { output: 75_000_000 } }, 0)).toEqual({ costNanos: Number.MAX_SAFE_INTEGER, missing: ["overflow"] });
  });
});
