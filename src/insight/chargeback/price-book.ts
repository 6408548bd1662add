import { Fault, scaleDecimal } from "../../exchange/index.ts";
import type { ChargebackOptions } from "../options.ts";
import type { ChargeEntry, ChargeLine } from "./charge-line.ts";

type InternalPrice = NonNullable<ChargebackOptions["prices"]>[number];

/** One percent is 10,000 of these; a price is the product of two shares. */
const whole = 1_000_000n;
const nanosPerUsd = 1_000_000_000n;

/** A function of the month's cost: straight between its steps. */
interface Curve {
  /** Shares of the markup and of the discount below the first step. */
  readonly markup: bigint;
  readonly discount: bigint;
  /** Ascending. */
  readonly steps: readonly { readonly aboveNanos: bigint; readonly discount: bigint }[];
}

/**
 * What the house charges for what providers are owed. The charge of a team in a month is a function of its cost so far, and a line is
 * charged what that function grows by: so lines add up to what the whole costs, to the nano-dollar, whatever the rounding.
 */
export class PriceBook {
  readonly tags: readonly string[];
  readonly #currency: string;
  /** Newest first; how many thousand-millionths of the currency a dollar is. */
  readonly #rates: readonly { readonly from: string; readonly perUsd: bigint }[];
  readonly #rules: readonly { readonly fits: (entry: ChargeEntry) => boolean; readonly curve: Curve }[];

  constructor({ currency = "USD", rates = [], tags = [], prices = [] }: ChargebackOptions = {}) {
    this.tags = tags;
    this.#currency = currency;
    this.#rates = rates
      .map(({ from, perUsd }) => ({ from, perUsd: scaled(perUsd, 9) }))
      .toSorted((one, other) => (one.from < other.from ? 1 : -1));
    this.#rules = prices.map((price) => ({ fits: fitting(price), curve: curveOf(price) }));
  }

  /** Prices the entries of one month, in their order. @throws Fault `object_conflict` where the currency has no rate yet on a line's day */
  price(entries: readonly ChargeEntry[]): readonly ChargeLine[] {
    const spent = new Map<string, bigint>();
    return entries.map((entry) => {
      const { to, sums } = entry;
      const at = this.#rules.findIndex(({ fits }) => fits(entry));
      const name = JSON.stringify([at, to.organisation, to.team]);
      const before = spent.get(name) ?? 0n;
      const after = before + sums.costNanos;
      spent.set(name, after);
      const curve = this.#rules[at]?.curve;
      const charged = curve ? valueAt(curve, after) - valueAt(curve, before) : sums.costNanos;
      return {
        kind: entry.kind,
        ...to,
        requests: sums.requests,
        unpriced: sums.unpriced,
        inputTokens: String(sums.inputTokens),
        outputTokens: String(sums.outputTokens),
        costNanos: String(sums.costNanos),
        chargedNanos: String(charged),
        currency: this.#currency,
        chargedInCurrency: String(divided(charged * this.#perUsd(to.day), nanosPerUsd)),
      };
    });
  }

  #perUsd(day: string): bigint {
    const rate = this.#rates.find(({ from }) => from <= day);
    if (rate) return rate.perUsd;
    if (this.#currency === "USD") return nanosPerUsd;
    throw new Fault("object_conflict", { message: `chargeback.rates in the config has no rate of ${this.#currency} for ${day}.` });
  }
}

function curveOf({ markupPercent = 0, discountPercent = 0, volume = [] }: InternalPrice): Curve {
  return {
    markup: whole + scaled(markupPercent, 4),
    discount: whole - scaled(discountPercent, 4),
    steps: volume
      .map((step) => ({ aboveNanos: scaled(step.aboveUsd, 9), discount: whole - scaled(step.discountPercent ?? 0, 4) }))
      .toSorted((one, other) => (one.aboveNanos < other.aboveNanos ? -1 : 1)),
  };
}

/** What a cost so far is charged, in nano-dollars, rounded half away from nothing. */
function valueAt({ markup, discount, steps }: Curve, costNanos: bigint): bigint {
  let shares = 0n;
  let from = 0n;
  let share = discount;
  for (const step of steps) {
    if (costNanos <= step.aboveNanos) break;
    shares += (step.aboveNanos - from) * share;
    from = step.aboveNanos;
    share = step.discount;
  }
  shares += (costNanos - from) * share;
  return divided(shares * markup, whole * whole);
}

function divided(value: bigint, by: bigint): bigint {
  return value < 0n ? -((-value * 2n + by) / (by * 2n)) : (value * 2n + by) / (by * 2n);
}

function scaled(value: number, shift: number): bigint {
  const found = scaleDecimal(String(value), shift);
  if (!found?.exact) throw new RangeError(`${value} has too many digits.`);
  return BigInt(found.value);
}

function fitting({ organisations, teams, models }: InternalPrice): (entry: ChargeEntry) => boolean {
  const isOrganisation = matching(organisations);
  const isTeam = matching(teams);
  const isModel = matching(models);
  return ({ to }) => isOrganisation(to.organisation) && isTeam(to.team) && isModel(`${to.provider}/${to.targetModel}`);
}

function matching(globs: readonly string[] | undefined): (text: string) => boolean {
  if (globs === undefined) return () => true;
  const patterns = globs.map((glob) => new RegExp(`^${glob.split("*").map(escaped).join(".*")}$`, "s"));
  return (text) => patterns.some((pattern) => pattern.test(text));
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
