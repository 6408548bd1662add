import { costOf, priceAt } from "../../exchange/index.ts";
import type { RecordStore } from "../../storage/index.ts";
import { type PriceOf, pagesBetween } from "./recompute.ts";

/** What the same tokens would have cost elsewhere, by the model that callers wrote. Nano-dollars. */
export interface Savings {
  readonly model: string;
  /** `provider/model`. */
  readonly insteadOf: string;
  readonly requests: number;
  readonly cost: bigint;
  readonly otherwise: bigint;
}

export interface SavingsOptions {
  readonly from: number;
  readonly until: number;
  /** `provider/model`s that a request for this model could have gone to; the dearest of them for its tokens is what it is held against. */
  otherwise(model: string): readonly { readonly provider: string; readonly model: string }[];
}

/**
 * What was saved by what requests did go to. Each request is priced with its own usage by the prices of its own time, so long prompts, tiers
 * and cached tokens count; tokenizers differ between models, which this leaves out. What has no price on either side is left out too.
 */
export async function savings(
  options: SavingsOptions,
  records: Pick<RecordStore, "recent">,
  priceOf: PriceOf,
): Promise<readonly Savings[]> {
  const found = new Map<string, Savings>();
  for await (const page of pagesBetween(records, options)) {
    for (const { model, usage, costNanos, startedAt } of page) {
      if (usage === undefined || costNanos === undefined) continue;
      let dearest: { readonly name: string; readonly nanos: bigint } | undefined;
      for (const target of options.otherwise(model)) {
        const { price } = priceOf(target.provider, target.model);
        const cost = price && costOf(usage, priceAt(price, startedAt));
        if (cost && (dearest === undefined || cost.nanos > dearest.nanos))
          dearest = { name: `${target.provider}/${target.model}`, nanos: cost.nanos };
      }
      if (dearest === undefined) continue;
      const name = `${model} ${dearest.name}`;
      const before = found.get(name) ?? { model, insteadOf: dearest.name, requests: 0, cost: 0n, otherwise: 0n };
      const { requests, cost, otherwise } = before;
      found.set(name, { ...before, requests: requests + 1, cost: cost + BigInt(costNanos), otherwise: otherwise + dearest.nanos });
    }
  }
  return [...found.values()].toSorted((one, other) => (one.otherwise - one.cost > other.otherwise - other.cost ? -1 : 1));
}
