import type { UnitName, Usage } from "./usage.ts";

/**
 * Money is integers. Costs are nano-dollars (10^-9 dollars) in a bigint: 10^12 tokens of the dearest model still fit 64 bits,
 * a number would be inexact from 9 million dollars on. Rates are pico-dollars (10^-12 dollars) for one token, request or
 * search in a number: providers publish dollars per million tokens with at most six decimals, and 0.000001 dollars per
 * million tokens is exactly one pico-dollar per token.
 */
export type RateName =
  | "input"
  | "cacheRead"
  | "cacheWrite"
  | "cacheWrite5m"
  | "cacheWrite30m"
  | "cacheWrite1h"
  | "cacheWrite12h"
  | "output"
  | "reasoning"
  | "inputAudio"
  | "inputImage"
  | "cacheReadAudio"
  | "outputAudio"
  | "outputImage"
  | "request"
  | "webSearch"
  | UnitName;

/** Rates that people read in dollars each, not per million. */
export const ratesOfOne: ReadonlySet<RateName> = new Set(["request", "webSearch", "image", "audioSecond", "search"]);

/** Pico-dollars per token, or per unit; `request` and `webSearch` per call. Absent means not priced by itself, see `fallbackRate`. */
export type Rates = Readonly<Partial<Record<RateName, number>>>;

export interface Price {
  readonly rates: Rates;
  /**
   * Rates for long prompts, thresholds ascending: with more input tokens than `inputTokens`, cached ones included, the whole
   * request is charged at `rates`, not only the part above. Each holds every rate, not the differences.
   */
  readonly above?: readonly { readonly inputTokens: number; readonly rates: Rates }[];
  /** Prices of service tiers that differ from the standard one, by the name that the provider gives back (`batch`, `flex`, `priority`). */
  readonly tiers?: Readonly<Record<string, Price>>;
  /** Prices that hold at certain times only; the last one that holds wins, otherwise the price itself. */
  readonly windows?: readonly PriceWindow[];
}

export interface PriceWindow {
  /** From this moment on, milliseconds since the epoch. */
  readonly fromMs?: number;
  /** Every day between these seconds since midnight UTC; may pass midnight. */
  readonly daily?: { readonly fromSeconds: number; readonly untilSeconds: number };
  readonly price: Price;
}

export interface Cost {
  readonly nanos: bigint;
  /** What was used but has no price of its own: `webSearch`, or `tier:priority` charged at the standard rates. */
  readonly missing?: readonly string[];
}

/** Where a kind has no rate of its own it is charged as the kind that it is a part of. */
const fallbackRate: Readonly<Partial<Record<RateName, RateName>>> = {
  cacheRead: "input",
  cacheWrite: "input",
  cacheWrite5m: "cacheWrite",
  cacheWrite30m: "cacheWrite",
  cacheWrite1h: "cacheWrite",
  cacheWrite12h: "cacheWrite",
  inputAudio: "input",
  inputImage: "input",
  cacheReadAudio: "cacheRead",
  reasoning: "output",
  outputAudio: "output",
  outputImage: "output",
};

const dearerTiers: ReadonlySet<string> = new Set(["priority", "fast", "scale", "ultrafast"]);
const picosPerNano = 1000;

/** One line of a bill: how many of a kind, at how many pico-dollars each. */
export interface CostLine {
  readonly name: RateName;
  readonly count: number;
  readonly picos: number;
}

/** The rate that a kind is charged at; undefined where neither it nor what it is a part of has one. */
export function rateOf(rates: Rates, name: RateName): number | undefined {
  for (let at: RateName | undefined = name; at !== undefined; at = fallbackRate[at]) {
    const rate = rates[at];
    if (rate !== undefined) {
      return rate;
    }
  }
  return undefined;
}

/** The price that holds at a moment. */
export function priceAt(price: Price, atMs: number): Price {
  const windows = price.windows;
  if (windows === undefined) {
    return price;
  }
  const second = Math.floor(atMs / 1000) % 86_400;
  for (let index = windows.length - 1; index >= 0; index -= 1) {
    const window = windows[index]!;
    if ((window.fromMs === undefined || atMs >= window.fromMs) && (window.daily === undefined || isWithin(window.daily, second))) {
      return window.price;
    }
  }
  return price;
}

function isWithin(daily: { readonly fromSeconds: number; readonly untilSeconds: number }, second: number): boolean {
  const { fromSeconds, untilSeconds } = daily;
  return fromSeconds <= untilSeconds ? second >= fromSeconds && second < untilSeconds : second >= fromSeconds || second < untilSeconds;
}

/**
 * What a usage costs: each kind's count times its rate, summed exactly in pico-dollars and rounded once, half up, to
 * nano-dollars. Undefined, never 0, where tokens were used that the price says nothing about.
 *
 * @param lines where given, takes the lines of the bill
 */
export function costOf(usage: Usage, price: Price | undefined, lines?: CostLine[]): Cost | undefined {
  if (price === undefined) {
    return undefined;
  }
  const tier = usage.tier === undefined ? undefined : price.tiers?.[usage.tier];
  const rates = ratesFor(tier ?? price, usage);
  const sum = new PicoSum(rates, lines);
  addInput(sum, usage);
  const reasoning = rates.reasoning === undefined ? 0 : Math.min(usage.reasoning, usage.output);
  const audio = rates.outputAudio === undefined ? 0 : Math.min(usage.outputAudio, usage.output - reasoning);
  const image = rates.outputImage === undefined ? 0 : Math.min(usage.outputImage, usage.output - reasoning - audio);
  sum.add("reasoning", reasoning);
  sum.add("outputAudio", audio);
  sum.add("outputImage", image);
  sum.add("output", usage.output - reasoning - audio - image);
  const units = usage.units && addUnits(sum, usage.units);
  if (sum.unpriced && !units) {
    return undefined;
  }
  sum.add("request", rates.request === undefined ? 0 : 1);
  const missing: string[] = [];
  if (usage.webSearches > 0 && rates.webSearch === undefined) {
    missing.push("webSearch");
  } else {
    sum.add("webSearch", usage.webSearches);
  }
  if (tier === undefined && usage.tier !== undefined && dearerTiers.has(usage.tier)) {
    missing.push(`tier:${usage.tier}`);
  }
  return missing.length === 0 ? { nanos: sum.nanos() } : { nanos: sum.nanos(), missing };
}

/**
 * Some prices are per token and some per unit, and answers may tell both: a kind that the price does not know is unpriced only
 * where nothing else of the call is priced. @returns true where a unit was
 */
function addUnits(sum: PicoSum, units: NonNullable<Usage["units"]>): boolean {
  let priced = false;
  let unknown = false;
  for (const [name, count] of Object.entries(units) as [UnitName, number][]) {
    if (sum.knows(name)) priced = true;
    else if (count > 0) unknown = true;
    if (sum.knows(name)) sum.add(name, count);
  }
  if (unknown && !priced && sum.empty) sum.unpriced = true;
  return priced;
}

function addInput(sum: PicoSum, usage: Usage): void {
  const cachedAudio = Math.min(usage.cacheReadAudio, usage.cacheRead);
  const audio = Math.min(Math.max(usage.inputAudio - cachedAudio, 0), usage.inputUncached);
  const image = Math.min(usage.inputImage, usage.inputUncached - audio);
  sum.add("inputAudio", audio);
  sum.add("inputImage", image);
  sum.add("input", usage.inputUncached - audio - image);
  sum.add("cacheReadAudio", cachedAudio);
  sum.add("cacheRead", usage.cacheRead - cachedAudio);
  sum.add("cacheWrite", usage.cacheWrite);
  sum.add("cacheWrite5m", usage.cacheWrite5m);
  sum.add("cacheWrite30m", usage.cacheWrite30m);
  sum.add("cacheWrite1h", usage.cacheWrite1h);
  sum.add("cacheWrite12h", usage.cacheWrite12h);
}

function ratesFor(price: Price, usage: Usage): Rates {
  let rates = price.rates;
  if (price.above !== undefined) {
    const input =
      usage.inputUncached +
      usage.cacheRead +
      usage.cacheWrite +
      usage.cacheWrite5m +
      usage.cacheWrite30m +
      usage.cacheWrite1h +
      usage.cacheWrite12h;
    for (const step of price.above) {
      if (input > step.inputTokens) {
        rates = step.rates;
      }
    }
  }
  return rates;
}

/** An exact sum: numbers while they are exact, bigint from there on. */
class PicoSum {
  readonly #rates: Rates;
  readonly #lines: CostLine[] | undefined;
  #small = 0;
  #large = 0n;
  unpriced = false;

  constructor(rates: Rates, lines: CostLine[] | undefined) {
    this.#rates = rates;
    this.#lines = lines;
  }

  add(name: RateName, count: number): void {
    if (count === 0) {
      return;
    }
    const rate = rateOf(this.#rates, name);
    if (rate === undefined) {
      this.unpriced = true;
      return;
    }
    this.#lines?.push({ name, count, picos: rate });
    const sum = this.#small + count * rate;
    if (sum <= Number.MAX_SAFE_INTEGER) {
      this.#small = sum;
    } else {
      this.#large += BigInt(count) * BigInt(rate);
    }
  }

  knows(name: RateName): boolean {
    return rateOf(this.#rates, name) !== undefined;
  }

  /** Nothing was added. */
  get empty(): boolean {
    return this.#small === 0 && this.#large === 0n;
  }

  nanos(): bigint {
    if (this.#large === 0n) {
      const rest = this.#small % picosPerNano;
      return BigInt((this.#small - rest) / picosPerNano + (rest >= picosPerNano / 2 ? 1 : 0));
    }
    return (this.#large + BigInt(this.#small) + 500n) / 1000n;
  }
}

/** A price that charges nothing, for those who say so: not the same as no price. */
export const freePrice: Price = Object.freeze({
  rates: Object.freeze({ input: 0, output: 0, image: 0, audioSecond: 0, character: 0, search: 0 }),
});

/**
 * A decimal, as `0.075`, `"1.25"` or `7.5e-8`, times 10^`shift`, as an exact integer; `exact` is false where digits had to be
 * rounded off (half up). Undefined where it is not a decimal, is negative, or is too large for a safe integer.
 */
export function scaleDecimal(decimal: string | number, shift: number): { readonly value: number; readonly exact: boolean } | undefined {
  const match = /^\+?(\d{0,40})(?:\.(\d{0,40}))?(?:[eE]([+-]?\d{1,3}))?$/.exec(String(decimal).trim());
  const whole = match?.[1] ?? "";
  const fraction = match?.[2] ?? "";
  if (match === null || whole.length + fraction.length === 0) {
    return undefined;
  }
  const digits = BigInt(whole + fraction);
  const power = Number(match[3] ?? 0) + shift - fraction.length;
  if (digits === 0n || power >= 0) {
    const value = digits === 0n ? 0n : digits * 10n ** BigInt(power);
    return value > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : { value: Number(value), exact: true };
  }
  const divisor = 10n ** BigInt(-power);
  const value = (digits * 2n + divisor) / (divisor * 2n);
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : { value: Number(value), exact: digits % divisor === 0n };
}

/** Nano-dollars as a plain decimal of dollars, as `0.000042` or `-1.5`; no digit is lost. */
export function formatUsd(nanos: bigint): string {
  return decimal(nanos, 9);
}

/** The same of pico-dollars. */
export function usdOfPicos(picos: bigint): string {
  return decimal(picos, 12);
}

function decimal(value: bigint, places: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(places + 1, "0");
  const fraction = digits.slice(-places).replace(/0+$/, "");
  return `${value < 0n ? "-" : ""}${digits.slice(0, -places)}${fraction === "" ? "" : `.${fraction}`}`;
}
