import type { PriceOptions, TierOptions } from "../../accounting/options.ts";
import { type Price, type RateName, type Rates, ratesOfOne, scaleDecimal } from "../../exchange/index.ts";

/** A written price, in dollars, as it is reckoned with: pico-dollars per token or call, each step and each tier with every rate. */
export function resolvePrice({ tiers, ...standard }: PriceOptions): Price {
  const price = withSteps(standard, {});
  if (tiers === undefined) return price;
  const named = Object.entries(tiers).map(([name, tier]) => [name, withSteps(tier, price.rates)] as const);
  return { ...price, tiers: Object.fromEntries(named) };
}

function withSteps({ above, ...dollars }: TierOptions, onto: Rates): Price {
  let rates = resolveRates(dollars, onto);
  const base = rates;
  if (above === undefined) return { rates };
  const steps = above.map(({ inputTokens, ...step }) => {
    rates = resolveRates(step, rates);
    return { inputTokens, rates };
  });
  return { rates: base, above: steps };
}

function resolveRates(dollars: Readonly<Partial<Record<RateName, number | undefined>>>, onto: Rates): Rates {
  const rates: Partial<Record<RateName, number>> = { ...onto };
  for (const [name, value] of Object.entries(dollars) as [RateName, number | undefined][]) {
    if (value !== undefined) rates[name] = scaleDecimal(value, ratesOfOne.has(name) ? 12 : 6)?.value ?? 0;
  }
  return rates;
}
