import { type Price, type RateName, scaleDecimal } from "../../exchange/index.ts";

/** Prices of the config: globs over provider/model, and dollars per million tokens by kind. */
export type PriceOverrideOptions = Readonly<Record<string, Readonly<Partial<Record<RateName, string | number>>>>>;

export interface PriceOverrides {
  /** The price that the config sets for a model, instead of the whole price of the catalog. */
  find(provider: string, model: string): Price | undefined;
  /** Prices that cannot be read exactly; they set nothing. */
  readonly problems: readonly string[];
}

/** Kinds priced for one call; all others for a million tokens. */
const perCall: ReadonlySet<string> = new Set<RateName>(["request", "webSearch"]);

/**
 * Compiles the config's prices. The glob with the most characters that are not wildcards wins, the first written of equals.
 * `*` stands for any characters, `/` included; `?` for one. Case does not count.
 */
export function compilePriceOverrides(options: PriceOverrideOptions): PriceOverrides {
  const problems: string[] = [];
  const rules = Object.entries(options)
    .map(([glob, dollars]) => ({ ...compileGlob(glob), price: readPrice(glob, dollars, problems) }))
    .filter(({ price }) => price !== undefined)
    .sort((one, other) => other.weight - one.weight);
  return {
    problems,
    find(provider, model) {
      const name = `${provider}/${model}`;
      return rules.find(({ regex }) => regex.test(name))?.price;
    },
  };
}

function readPrice(glob: string, dollars: PriceOverrideOptions[string], problems: string[]): Price | undefined {
  const rates: Partial<Record<RateName, number>> = {};
  const before = problems.length;
  for (const [name, amount] of Object.entries(dollars) as [RateName, string | number | undefined][]) {
    if (amount === undefined) {
      continue;
    }
    const unit = perCall.has(name) ? { text: "a call", shift: 12, decimals: 12 } : { text: "a million tokens", shift: 6, decimals: 6 };
    const scaled = scaleDecimal(amount, unit.shift);
    if (scaled?.exact === true) {
      rates[name] = scaled.value;
    } else {
      problems.push(
        `prices."${glob}".${name}: ${JSON.stringify(amount)} is not an amount of dollars for ${unit.text} with at most ${unit.decimals} decimals`,
      );
    }
  }
  return problems.length === before ? { rates } : undefined;
}

function compileGlob(glob: string): { readonly regex: RegExp; readonly weight: number } {
  const source = glob
    .replace(/[\\^$.|+()[\]{}]/g, "\\$&")
    .replaceAll(/\*+/g, ".*")
    .replaceAll("?", ".");
  return { regex: new RegExp(`^${source}$`, "is"), weight: glob.replaceAll(/[*?]/g, "").length };
}
