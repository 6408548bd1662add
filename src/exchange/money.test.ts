import { describe, expect, test } from "bun:test";
import { costOf, formatUsd, type Price, priceAt, type RateName, type Rates, rateOf, scaleDecimal } from "./money.ts";
import { type Usage, usageOf } from "./usage.ts";

describe("costOf", () => {
  const price: Price = { rates: { input: 250_000, cacheRead: 25_000, output: 2_000_000 } };

  test("charges each kind at its rate", () => {
    const usage = usageOf({ inputUncached: 100, cacheRead: 40, output: 7 });
    expect(costOf(usage, price)?.nanos).toBe(25_000n + 1_000n + 14_000n);
  });

  test("is undefined, not 0, without a price", () => {
    expect(costOf(usageOf({ output: 1 }), undefined)).toBeUndefined();
    expect(costOf(usageOf({ output: 1 }), { rates: { input: 5 } })).toBeUndefined();
  });

  test("is 0 where the price says 0, and where nothing was used", () => {
    expect(costOf(usageOf({ inputUncached: 9, output: 9 }), { rates: { input: 0, output: 0 } })?.nanos).toBe(0n);
    expect(costOf(usageOf({}), { rates: { input: 5 } })?.nanos).toBe(0n);
  });

  test("rounds once, half up, after the sum", () => {
    const rates = { input: 250, output: 250 };
    expect(costOf(usageOf({ inputUncached: 1 }), { rates })?.nanos).toBe(0n);
    expect(costOf(usageOf({ inputUncached: 1, output: 1 }), { rates })?.nanos).toBe(1n);
  });

  test("charges a kind without a rate as the kind that it is a part of", () => {
    const usage = usageOf({ cacheWrite1h: 10, cacheRead: 10, output: 5, reasoning: 5, outputAudio: 0 });
    expect(costOf(usage, { rates: { input: 1_000, output: 2_000 } })?.nanos).toBe(30n);
    expect(costOf(usage, { rates: { input: 1_000, cacheWrite: 3_000, output: 2_000 } })?.nanos).toBe(50n);
    expect(costOf(usage, { rates: { input: 1_000, output: 2_000, reasoning: 1_000 } })?.nanos).toBe(25n);
  });

  test("charges audio and pictures apart where they have rates of their own", () => {
    const usage = usageOf({
      inputUncached: 60,
      cacheRead: 40,
      inputAudio: 50,
      cacheReadAudio: 30,
      inputImage: 10,
      output: 20,
      outputAudio: 5,
    });
    const rates = { input: 1_000, cacheRead: 100, inputAudio: 10_000, cacheReadAudio: 5_000, output: 2_000, outputAudio: 20_000 };
    expect(costOf(usage, { rates })?.nanos).toBe(20n * 10n + 40n + 30n * 5n + 1n + 15n * 2n + 5n * 20n);
  });

  test("takes the long-prompt rates for the whole request, from one token over the threshold", () => {
    const long: Price = { rates: { input: 1_000, output: 1_000 }, above: [{ inputTokens: 100, rates: { input: 2_000, output: 3_000 } }] };
    expect(costOf(usageOf({ inputUncached: 60, cacheRead: 40, output: 1 }), long)?.nanos).toBe(101n);
    expect(costOf(usageOf({ inputUncached: 60, cacheRead: 41, output: 1 }), long)?.nanos).toBe(205n);
  });

  test("takes the price of the service tier that answered, and says when a dearer one has none", () => {
    const tiered: Price = { ...price, tiers: { flex: { rates: { input: 125_000, output: 1_000_000 } } } };
    expect(costOf(usageOf({ inputUncached: 8, tier: "flex" }), tiered)).toEqual({ nanos: 1_000n });
    expect(costOf(usageOf({ inputUncached: 8, tier: "default" }), tiered)).toEqual({ nanos: 2_000n });
    expect(costOf(usageOf({ inputUncached: 8, tier: "priority" }), tiered)).toEqual({ nanos: 2_000n, missing: ["tier:priority"] });
  });

  test("adds fees for the request and for searches, and says when searches have no price", () => {
    const usage = usageOf({ inputUncached: 1, webSearches: 2 });
    expect(costOf(usage, { rates: { input: 1_000, request: 5_000, webSearch: 10_000 } })).toEqual({ nanos: 26n });
    expect(costOf(usage, { rates: { input: 1_000 } })).toEqual({ nanos: 1n, missing: ["webSearch"] });
  });

  test("is exact for 10^12 tokens of a dear model", () => {
    const usage = usageOf({ inputUncached: 1e12, output: 1e12 - 1 });
    expect(costOf(usage, { rates: { input: 150_000_001, output: 600_000_001 } })?.nanos).toBe(750_000_001_999_400_000n);
  });
});

describe("priceAt", () => {
  const day: Price = { rates: { input: 2 } };
  const night: Price = { rates: { input: 1 } };
  const later: Price = { rates: { input: 3 } };

  test("takes the last window that holds", () => {
    const price: Price = { rates: { input: 9 }, windows: [{ fromMs: Date.UTC(2026, 5, 1), price: later }] };
    expect(priceAt(price, Date.UTC(2026, 4, 31))).toBe(price);
    expect(priceAt(price, Date.UTC(2026, 5, 1))).toBe(later);
  });

  test("knows windows of the day, past midnight too", () => {
    const price: Price = { ...day, windows: [{ daily: { fromSeconds: 22 * 3600, untilSeconds: 6 * 3600 }, price: night }] };
    expect(priceAt(price, Date.UTC(2026, 0, 1, 23))).toBe(night);
    expect(priceAt(price, Date.UTC(2026, 0, 1, 5, 59))).toBe(night);
    expect(priceAt(price, Date.UTC(2026, 0, 1, 6))).toBe(price);
  });
});

describe("decimals", () => {
  test("are read exactly, from numbers and from text", () => {
    expect(scaleDecimal(0.075, 6)).toEqual({ value: 75_000, exact: true });
    expect(scaleDecimal("1.25", 6)).toEqual({ value: 1_250_000, exact: true });
    expect(scaleDecimal(7.5e-8, 12)).toEqual({ value: 75_000, exact: true });
    expect(scaleDecimal("0.0000001", 6)).toEqual({ value: 0, exact: false });
    expect(scaleDecimal(".5", 0)).toEqual({ value: 1, exact: false });
  });

  test("refuses what is no amount", () => {
    for (const text of ["", ".", "-1", "NaN", "Infinity", "1,5", "0x10", "1e400", "9".repeat(30)]) {
      expect(scaleDecimal(text, 6)).toBeUndefined();
    }
  });

  test("of dollars lose no digit", () => {
    expect(formatUsd(0n)).toBe("0");
    expect(formatUsd(42_000n)).toBe("0.000042");
    expect(formatUsd(1_500_000_000n)).toBe("1.5");
    expect(formatUsd(-1n)).toBe("-0.000000001");
  });
});

test("100,000 random usages and prices cost what plain bigint arithmetic says", () => {
  const random = randomFrom(20_261_120);
  let differences = 0;
  for (let round = 0; round < 100_000; round += 1) {
    const usage = randomUsage(random);
    const price = randomPrice(random);
    if (costOf(usage, price)?.nanos !== plainCost(usage, price)) {
      differences += 1;
    }
  }
  expect(differences).toBe(0);
});

/** Mulberry32: the same numbers for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Small counts mostly, up to 10^12. */
function randomCount(random: () => number, max = 1e12): number {
  return random() < 0.3 ? 0 : Math.floor(Math.min(max, 10 ** (random() * 12.1)) * random());
}

function randomUsage(random: () => number): Usage {
  const cacheRead = randomCount(random);
  const inputUncached = randomCount(random);
  const output = randomCount(random);
  const cacheReadAudio = randomCount(random, cacheRead);
  const outputAudio = randomCount(random, output);
  const inputAudio = cacheReadAudio + randomCount(random, inputUncached);
  return usageOf({
    inputUncached,
    cacheRead,
    cacheWrite: randomCount(random),
    cacheWrite5m: randomCount(random),
    cacheWrite30m: randomCount(random),
    cacheWrite1h: randomCount(random),
    cacheWrite12h: randomCount(random),
    output,
    reasoning: randomCount(random, output),
    cacheReadAudio,
    inputAudio,
    inputImage: randomCount(random, inputUncached - (inputAudio - cacheReadAudio)),
    outputAudio,
    outputImage: randomCount(random, output - outputAudio),
    webSearches: randomCount(random, 1e6),
    ...(random() < 0.3 && { tier: "flex" }),
  });
}

const rateNames: readonly RateName[] = [
  "input",
  "cacheRead",
  "cacheWrite",
  "cacheWrite5m",
  "cacheWrite30m",
  "cacheWrite1h",
  "cacheWrite12h",
  "output",
  "reasoning",
  "inputAudio",
  "inputImage",
  "cacheReadAudio",
  "outputAudio",
  "outputImage",
  "request",
  "webSearch",
];

function randomRates(random: () => number): Rates {
  const rates: Partial<Record<RateName, number>> = {};
  for (const name of rateNames) {
    const always = name === "input" || name === "output" ? 0.98 : 0.5;
    if (random() < always) rates[name] = Math.floor(random() * 600_000_000);
  }
  return rates;
}

function randomPrice(random: () => number): Price {
  const above =
    random() < 0.3
      ? {
          above: [
            { inputTokens: 200_000, rates: randomRates(random) },
            { inputTokens: 1_000_000, rates: randomRates(random) },
          ],
        }
      : {};
  const tiers = random() < 0.5 ? { tiers: { flex: { rates: randomRates(random) } } } : {};
  return { rates: randomRates(random), ...above, ...tiers };
}

/** The same rules, said the long way: every token one by one in its bin, in bigint only. */
function plainCost(usage: Usage, price: Price): bigint | undefined {
  const chosen = (usage.tier !== undefined && price.tiers?.[usage.tier]) || price;
  const writes = [usage.cacheWrite, usage.cacheWrite5m, usage.cacheWrite30m, usage.cacheWrite1h, usage.cacheWrite12h];
  const input = [usage.inputUncached, usage.cacheRead, ...writes].reduce((sum, count) => sum + BigInt(count), 0n);
  const rates = chosen.above?.findLast((step) => input > BigInt(step.inputTokens))?.rates ?? chosen.rates;
  const bins = new Map<RateName, bigint>();
  const uncachedAudio = BigInt(usage.inputAudio) - BigInt(usage.cacheReadAudio);
  bins.set("inputAudio", uncachedAudio);
  bins.set("inputImage", BigInt(usage.inputImage));
  bins.set("input", BigInt(usage.inputUncached) - uncachedAudio - BigInt(usage.inputImage));
  bins.set("cacheReadAudio", BigInt(usage.cacheReadAudio));
  bins.set("cacheRead", BigInt(usage.cacheRead) - BigInt(usage.cacheReadAudio));
  for (const name of ["cacheWrite", "cacheWrite5m", "cacheWrite30m", "cacheWrite1h", "cacheWrite12h"] as const) {
    bins.set(name, BigInt(usage[name]));
  }
  let left = BigInt(usage.output);
  for (const name of ["reasoning", "outputAudio", "outputImage"] as const) {
    const wanted = rates[name] === undefined ? 0n : BigInt(usage[name]);
    const taken = wanted < left ? wanted : left;
    bins.set(name, taken);
    left -= taken;
  }
  bins.set("output", left);
  let picos = 0n;
  for (const [name, count] of bins) {
    const rate = rateOf(rates, name);
    if (count > 0n && rate === undefined) return undefined;
    picos += count * BigInt(rate ?? 0);
  }
  picos += BigInt(rates.request ?? 0) + BigInt(usage.webSearches) * BigInt(rates.webSearch ?? 0);
  const whole = picos / 1000n;
  return picos % 1000n >= 500n ? whole + 1n : whole;
}
