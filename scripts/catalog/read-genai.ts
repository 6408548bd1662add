import { scaleDecimal } from "../../src/exchange/index.ts";
import type { ModelRecord, PricePattern, PriceRecord, RateRecord } from "../../src/routing/catalog/catalog-format.ts";

/** What we read of the source's records. */
export interface GenaiProvider {
  readonly id: string;
  readonly models: readonly GenaiModel[];
}
interface GenaiModel {
  readonly id: string;
  readonly match: Clause;
  readonly context_window?: number;
  readonly deprecated?: boolean;
  readonly prices: GenaiPrices | readonly { readonly constraint?: Constraint | null; readonly prices: GenaiPrices }[];
}
type Clause =
  | { readonly or: readonly Clause[] }
  | { readonly and: readonly Clause[] }
  | { readonly equals: string }
  | { readonly starts_with: string }
  | { readonly ends_with: string }
  | { readonly contains: string }
  | { readonly regex: string };
type Constraint = { readonly start_date: string } | { readonly start_time: string; readonly end_time: string };
type GenaiPrices = Readonly<
  Record<string, number | { readonly base: number; readonly tiers: readonly { readonly start: number; readonly price: number }[] }>
>;

/** Price key of the source → our key, and the power of ten from its unit to pico-dollars for one. */
const priceKeys: Readonly<Record<string, readonly [keyof RateRecord, number]>> = {
  input_mtok: ["i", 6],
  cache_read_mtok: ["r", 6],
  cache_write_mtok: ["w", 6],
  cache_write_5m_mtok: ["w5", 6],
  cache_write_1h_mtok: ["w60", 6],
  output_mtok: ["o", 6],
  output_reasoning_mtok: ["t", 6],
  input_audio_mtok: ["ia", 6],
  input_image_mtok: ["ii", 6],
  cache_audio_read_mtok: ["ra", 6],
  output_audio_mtok: ["oa", 6],
  output_image_mtok: ["oi", 6],
  requests_kcount: ["q", 9],
  web_searches_kcount: ["s", 9],
};

/** The source's models in its own order, which decides where several match. `suffix` makes `model:suffix` of every name. */
export function readGenai(provider: GenaiProvider, suffix: string): ModelRecord[] {
  return provider.models.map((model) => {
    const price = readPrices(model);
    const patterns = readMatch(model.match, suffix);
    const id = `${model.id}${suffix}`;
    const own = patterns.length === 1 && patterns[0] === `=${id.toLowerCase()}`;
    return {
      id,
      ...(own ? {} : { is: patterns }),
      ...(price === undefined ? {} : { price }),
      ...(model.context_window === undefined ? {} : { context: model.context_window }),
      ...(model.deprecated === true ? { deprecated: 1 as const } : {}),
    };
  });
}

function readMatch(clause: Clause, suffix: string): PricePattern[] {
  if ("or" in clause) {
    const found = clause.or.flatMap((inner) => readMatch(inner, suffix));
    const begins = found.filter((text): text is string => typeof text === "string" && text.startsWith("^"));
    // What another pattern covers anyway says nothing.
    const kept = found.filter(
      (text) =>
        typeof text !== "string" ||
        text.startsWith("^") ||
        !begins.some((start) => text.startsWith("=") && text.slice(1).startsWith(start.slice(1))),
    );
    return [...new Set(kept)];
  }
  const one = readClause(clause);
  if (suffix === "") {
    return [one];
  }
  return typeof one === "string" && one.startsWith("=")
    ? [`${one}${suffix}`]
    : [[...(typeof one === "string" ? [one] : one), `$${suffix}`]];
}

function readClause(clause: Clause): PricePattern {
  if ("and" in clause) {
    return clause.and.flatMap((inner) => readClause(inner));
  }
  if ("equals" in clause) {
    return `=${clause.equals.toLowerCase()}`;
  }
  if ("starts_with" in clause) {
    return `^${clause.starts_with.toLowerCase()}`;
  }
  if ("ends_with" in clause) {
    return `$${clause.ends_with.toLowerCase()}`;
  }
  if ("contains" in clause) {
    return `*${clause.contains.toLowerCase()}`;
  }
  if ("regex" in clause) {
    return `~${clause.regex}`;
  }
  throw new Error(`A match that cannot be one of several conditions: ${JSON.stringify(clause)}`);
}

function readPrices(model: GenaiModel): PriceRecord | undefined {
  const list = Array.isArray(model.prices) ? model.prices : [{ prices: model.prices as GenaiPrices }];
  const [first, ...later] = list;
  const base = readRates(first.prices);
  if (Object.keys(base).length === 0) {
    // The source writes an empty price for free models and for unknown prices; only the name tells them apart.
    return /[:-]free$/.test(model.id) ? { i: 0, o: 0 } : undefined;
  }
  const windows = later.map(({ constraint, prices }: { constraint: Constraint; prices: GenaiPrices }) => ({
    ...readConstraint(constraint),
    ...readRates(prices),
  }));
  return windows.length === 0 ? base : { ...base, windows };
}

function readConstraint(constraint: Constraint): { from?: string; daily?: [number, number] } {
  return "start_date" in constraint
    ? { from: constraint.start_date }
    : { daily: [seconds(constraint.start_time), seconds(constraint.end_time)] };
}

function seconds(time: string): number {
  const [, hours, minutes, rest] = /^(\d\d):(\d\d):(\d\d)Z$/.exec(time) ?? [];
  if (hours === undefined) {
    throw new Error(`A time that is not in UTC: ${time}`);
  }
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(rest);
}

function readRates(prices: GenaiPrices): RateRecord & { above?: [number, RateRecord][] } {
  const rates: RateRecord = {};
  const steps = new Map<number, RateRecord>();
  for (const [key, amount] of Object.entries(prices)) {
    const [short, shift] = priceKeys[key] ?? [];
    if (short === undefined || shift === undefined) {
      continue;
    }
    rates[short] = picos(typeof amount === "number" ? amount : amount.base, shift);
    for (const { start, price } of typeof amount === "number" ? [] : amount.tiers) {
      steps.set(start, { ...steps.get(start), [short]: picos(price, shift) });
    }
  }
  if (steps.size === 0) {
    return rates;
  }
  return { ...rates, above: [...steps].sort(([one], [other]) => one - other) };
}

export function picos(dollars: number, shift: number): number {
  const scaled = scaleDecimal(dollars, shift);
  if (scaled === undefined) {
    throw new Error(`Not a price: ${dollars}`);
  }
  return scaled.value;
}
