import type { Config } from "../config/index.ts";
import { type CostLine, costOf, type Price, priceAt } from "../exchange/index.ts";
import { matchesGlob } from "../policies/index.ts";
import { catalogId } from "../providers/index.ts";
import { openCatalog } from "../routing/index.ts";
import type { SettledRecord } from "../storage/index.ts";

/** What stands behind a record's cost. */
export interface Bill {
  readonly lines: readonly CostLine[];
  /** The prices are still those by which the request was charged. */
  readonly current: boolean;
}

type Prices = Pick<Config, "prices" | "providers">;

/** The lines behind the cost, by the prices of now; undefined where nothing was charged or nothing is known. */
export async function billOf(record: SettledRecord, prices: Prices): Promise<Bill | undefined> {
  const { usage, provider, targetModel, costNanos } = record;
  if (usage === undefined || provider === undefined || targetModel === undefined || costNanos === undefined) return undefined;
  const price = await priceOf(provider, targetModel, prices);
  const lines: CostLine[] = [];
  const cost = price && costOf(usage, priceAt(price, record.startedAt), lines);
  return cost && { lines, current: cost.nanos === BigInt(costNanos) };
}

async function priceOf(provider: string, model: string, { prices, providers }: Prices): Promise<Price | undefined> {
  const written = prices.find(({ pattern }) => matchesGlob(pattern, `${provider}/${model}`));
  if (written !== undefined) return written.price;
  const declared = providers.find(({ name }) => name === provider)?.provider;
  const type = declared ? catalogId(declared) : provider;
  return (await openCatalog()).find(type, model)?.price;
}
