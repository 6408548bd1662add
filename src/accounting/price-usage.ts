import { costOf, type Price, priceAt, type Usage } from "../exchange/index.ts";

export interface PricedUsage {
  /** A safe integer, so that it goes into JSON and into the store as it is. Absent when unpriced. */
  readonly costNanos?: number;
  /** The cost is unknown, which is not the same as nothing. */
  readonly unpriced?: true;
  /** What was used but is not in the cost, or only at the standard rates; `overflow` where the cost is more than 9 million dollars. */
  readonly missing?: readonly string[];
}

const mostNanos = BigInt(Number.MAX_SAFE_INTEGER);

/** What a call cost by the price that held when it began. */
export function priceUsage(usage: Usage, price: Price | undefined, atMs: number): PricedUsage {
  const cost = price === undefined ? undefined : costOf(usage, priceAt(price, atMs));
  if (cost === undefined) {
    return { unpriced: true };
  }
  if (cost.nanos > mostNanos) {
    return { costNanos: Number.MAX_SAFE_INTEGER, missing: [...(cost.missing ?? []), "overflow"] };
  }
  const costNanos = Number(cost.nanos);
  return cost.missing === undefined ? { costNanos } : { costNanos, missing: cost.missing };
}
