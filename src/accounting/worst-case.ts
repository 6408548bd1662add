import { type Price, type RateName, type Rates, rateOf, type Usage } from "../exchange/index.ts";
import { priceUsage } from "./price-usage.ts";

/** Pico-dollars a token or a request, at the dearest that the price knows. */
interface DearestRates {
  readonly input: number;
  readonly output: number;
  readonly request: number;
}

const inputKinds: readonly RateName[] = [
  ...(["input", "cacheRead", "cacheWrite", "cacheWrite5m", "cacheWrite30m", "cacheWrite1h", "cacheWrite12h"] as const),
  ...(["inputAudio", "inputImage", "cacheReadAudio"] as const),
];
const outputKinds: readonly RateName[] = ["output", "reasoning", "outputAudio", "outputImage"];
const picosPerNano = 1000;

/** What a request may cost at most, before it is sent. Prices are values: each is looked through once. */
export class WorstCase {
  readonly #known = new WeakMap<Price, DearestRates | undefined>();

  /**
   * @param tokens at most so many, of any kind
   * @param foreseen of requests that use units beside tokens
   * @returns nano-dollars; undefined where the price does not say
   */
  cost(
    price: Price,
    tokens: { readonly input: number; readonly output: number },
    foreseen: Usage | undefined,
    atMs: number,
  ): number | undefined {
    const units = foreseen && priceUsage(foreseen, price, atMs).costNanos;
    const rates = this.#rates(price);
    if (!rates) return units;
    const picos = rates.input * tokens.input + rates.output * tokens.output + rates.request;
    return Math.ceil(picos / picosPerNano) + (units ?? 0);
  }

  #rates(price: Price): DearestRates | undefined {
    if (this.#known.has(price)) return this.#known.get(price);
    const all = ratesWithin(price);
    const found = all.some((rates) => rateOf(rates, "input") !== undefined || rateOf(rates, "output") !== undefined);
    const rates = found
      ? { input: dearest(all, inputKinds), output: dearest(all, outputKinds), request: dearest(all, ["request"]) }
      : undefined;
    this.#known.set(price, rates);
    return rates;
  }
}

/** Of long prompts, tiers and times of day too: which of them holds is known at the end only. */
function ratesWithin({ rates, above = [], tiers = {}, windows = [] }: Price): Rates[] {
  const inner = [...Object.values(tiers), ...windows.map(({ price }) => price)];
  return [rates, ...above.map((step) => step.rates), ...inner.flatMap(ratesWithin)];
}

function dearest(all: readonly Rates[], kinds: readonly RateName[]): number {
  return Math.max(0, ...all.flatMap((rates) => kinds.map((kind) => rateOf(rates, kind) ?? 0)));
}
