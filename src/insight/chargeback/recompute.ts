import { costOf, type Price, priceAt } from "../../exchange/index.ts";
import type { Correction, LedgerStore, RecordStore, SettledRecord } from "../../storage/index.ts";

/** The price of a model at a provider, as it is known now. */
export type PriceOf = (provider: string, model: string) => { readonly price: Price | undefined; readonly version: string };

export interface RecomputeOptions {
  /** Milliseconds since the epoch; `until` is not part of it. */
  readonly from: number;
  readonly until: number;
  readonly reason: string;
  /** Only says what would be written. */
  readonly dryRun?: boolean;
}

export interface Recomputed {
  /** Records that used something. */
  readonly seen: number;
  readonly corrected: number;
  /** There is no price for them now either. */
  readonly unpriced: number;
  /** Nano-dollars that all corrections add up to. */
  readonly deltaNanos: bigint;
}

const atOnce = 500;

/**
 * What the records of a time cost by the prices of now, as corrections beside them: a record stays as it was settled, and its corrections
 * say what it costs since. Twice in a row, the second writes nothing.
 */
export async function recompute(
  options: RecomputeOptions,
  tools: { readonly records: Pick<RecordStore, "recent">; readonly ledger: LedgerStore; readonly priceOf: PriceOf; now(): number },
): Promise<Recomputed> {
  const { records, ledger, priceOf, now } = tools;
  const sum = { seen: 0, corrected: 0, unpriced: 0, deltaNanos: 0n };
  for await (const page of pagesBetween(records, options)) {
    const earlier = Map.groupBy(await ledger.corrections(page.map(({ id }) => id)), ({ recordId }) => recordId);
    const found: Correction[] = [];
    for (const record of page) {
      const { usage, provider, targetModel, costNanos, id, startedAt } = record;
      if (usage === undefined || provider === undefined || targetModel === undefined) continue;
      sum.seen++;
      const { price, version } = priceOf(provider, targetModel);
      const cost = price && costOf(usage, priceAt(price, startedAt));
      if (cost === undefined) {
        sum.unpriced++;
        continue;
      }
      const before = earlier.get(id) ?? [];
      const charged = before.reduce((total, { deltaNanos }) => total + BigInt(deltaNanos), BigInt(costNanos ?? 0));
      const delta = cost.nanos - charged;
      // A first price of nothing is still a price.
      if (delta === 0n && (costNanos !== undefined || before.length > 0)) continue;
      const number = before.length + 1;
      found.push({ recordId: id, number, madeAt: now(), deltaNanos: safe(delta), priceVersion: version, reason: options.reason });
      sum.deltaNanos += delta;
    }
    sum.corrected += options.dryRun ? found.length : await ledger.correct(found);
  }
  return sum;
}

/** The records that began between two moments, newest first, some hundred at a time. */
export async function* pagesBetween(
  records: Pick<RecordStore, "recent">,
  { from, until }: Pick<RecomputeOptions, "from" | "until">,
): AsyncGenerator<readonly SettledRecord[], void> {
  for (let before: string | undefined; ; ) {
    const page = await records.recent(atOnce, before);
    before = page.at(-1)?.id;
    if (before === undefined) return;
    const within = page.filter(({ startedAt }) => startedAt >= from && startedAt < until);
    if (within.length > 0) yield within;
    // Ids sort by time: behind a page that holds nothing young enough there is nothing.
    if (page.every(({ startedAt }) => startedAt < from)) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function safe(nanos: bigint): number {
  const number = Number(nanos);
  if (!Number.isSafeInteger(number))
    throw new RangeError("A correction of more than nine million dollars for one request is no correction.");
  return number;
}
