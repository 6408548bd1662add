import type { RecordStore } from "../../storage/index.ts";
import type { InvoiceLine } from "./invoice.ts";

export interface ReconcileOptions {
  /** As the config names it. */
  readonly provider: string;
  /** Milliseconds since the epoch, whole days in UTC; `until` is not part of it. */
  readonly from: number;
  readonly until: number;
  /** How far a day and model may differ: the larger of both counts. */
  readonly toleranceNanos: bigint;
  /** Millionths of what the provider says. */
  readonly tolerancePpm: bigint;
  /** What the provider calls models that the gateway knows by other names. */
  readonly models?: ReadonlyMap<string, string>;
}

/** A day and a model on which the two do not agree. Amounts in nano-dollars. */
export interface Variance {
  readonly day: string;
  readonly model: string;
  readonly why: "differs" | "only theirs" | "only ours";
  readonly theirs: bigint;
  readonly ours: bigint;
  /** Requests of ours whose usage was estimated, or that have no price: the likely reasons. */
  readonly estimated: number;
  readonly unpriced: number;
}

export interface Reconciled {
  readonly compared: number;
  readonly theirs: bigint;
  readonly ours: bigint;
  readonly variances: readonly Variance[];
  /** Lines of the invoice outside of the time that was asked for. */
  readonly outside: number;
  /** Where nothing of that time is recorded with the provider: those that something is recorded with. */
  readonly recordedProviders?: readonly string[];
}

/** Holds a provider's invoice against what was recorded, day by day and model by model. */
export async function reconcile(
  invoice: readonly InvoiceLine[],
  options: ReconcileOptions,
  records: Pick<RecordStore, "usage">,
): Promise<Reconciled> {
  const { provider, from, until, models } = options;
  const pairs = new Map<string, Variance>();
  const change = (day: string, model: string, fields: (before: Variance) => Partial<Variance>): void => {
    const name = `${day} ${model}`;
    const before = pairs.get(name) ?? { day, model, why: "differs", theirs: 0n, ours: 0n, estimated: 0, unpriced: 0 };
    pairs.set(name, { ...before, ...fields(before) });
  };
  const rows = await records.usage({ since: from, until, by: ["day", "provider", "targetModel"] });
  const recorded = new Set(rows.flatMap(({ group }) => group.provider || []));
  for (const row of rows) {
    if (row.group.provider !== provider) continue;
    const { costNanos, estimated, unpriced } = row;
    if (costNanos === 0n && unpriced === 0) continue;
    change(row.group.day ?? "", row.group.targetModel ?? "", () => ({ ours: costNanos, estimated, unpriced }));
  }
  let outside = 0;
  for (const { day, model, costNanos } of invoice) {
    const at = Date.parse(day);
    if (at < from || at >= until) outside++;
    else change(day, models?.get(model) ?? model, ({ theirs }) => ({ theirs: theirs + costNanos }));
  }
  const all = [...pairs.values()];
  const sum = (of: "theirs" | "ours") => all.reduce((total, pair) => total + pair[of], 0n);
  const variances = all
    .filter((pair) => isOff(pair, options))
    .map((pair) => ({ ...pair, why: pair.theirs === 0n ? ("only ours" as const) : pair.ours === 0n ? ("only theirs" as const) : pair.why }))
    .toSorted((one, other) => (`${one.day} ${one.model}` < `${other.day} ${other.model}` ? -1 : 1));
  const found = { compared: all.length, theirs: sum("theirs"), ours: sum("ours"), variances, outside };
  return recorded.has(provider) ? found : { ...found, recordedProviders: [...recorded].toSorted() };
}

function isOff({ theirs, ours }: Variance, { toleranceNanos, tolerancePpm }: ReconcileOptions): boolean {
  const off = absolute(theirs - ours);
  const share = (absolute(theirs) * tolerancePpm) / 1_000_000n;
  return off > (share > toleranceNanos ? share : toleranceNanos);
}

function absolute(value: bigint): bigint {
  return value < 0n ? -value : value;
}
