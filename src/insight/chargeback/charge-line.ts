import type { UsageRow } from "../../storage/index.ts";

/** What tells one line of a month from another; `""` stands for none. */
export interface ChargedTo {
  readonly day: string;
  readonly organisation: string;
  readonly team: string;
  readonly application: string;
  readonly user: string;
  readonly serviceAccount: string;
  readonly key: string;
  /** As callers wrote it. */
  readonly model: string;
  readonly provider: string;
  readonly targetModel: string;
  /** Of the tags that the config names, by name. */
  readonly tags: Readonly<Record<string, string>>;
}

/** What is counted in a line. Of corrections all of it may be less than nothing. */
export interface Charged {
  readonly requests: number;
  readonly unpriced: number;
  readonly inputTokens: bigint;
  readonly outputTokens: bigint;
  /** What the provider is owed, in nano-dollars. */
  readonly costNanos: bigint;
}

/** One line before it is priced. */
export interface ChargeEntry {
  readonly kind: "usage" | "correction";
  readonly to: ChargedTo;
  readonly sums: Charged;
}

/** A line of a month as it is kept: integers as text, since JSON has no larger ones. */
export interface ChargeLine extends ChargedTo {
  /** `correction`: what came to be known of a month after it was frozen. */
  readonly kind: "usage" | "correction";
  readonly requests: number;
  readonly unpriced: number;
  readonly inputTokens: string;
  readonly outputTokens: string;
  /** Nano-dollars that the provider is owed. */
  readonly costNanos: string;
  /** Nano-dollars that are charged for it inside the house. */
  readonly chargedNanos: string;
  readonly currency: string;
  /** The same in thousand-millionths of the currency. */
  readonly chargedInCurrency: string;
}

const dimensions = [
  "day",
  "organisation",
  "team",
  "application",
  "user",
  "serviceAccount",
  "key",
  "model",
  "provider",
  "targetModel",
] as const;
export const lineGroups = dimensions;

/** @param tags the tags that the row is summed by */
export function entryOf(row: UsageRow, tags: readonly string[]): ChargeEntry {
  const names = Object.fromEntries(dimensions.map((name) => [name, row.group[name] ?? ""])) as unknown as Omit<ChargedTo, "tags">;
  const values = tags.map((tag) => [tag, row.group[`tag:${tag}`] ?? ""] as const).filter(([, value]) => value !== "");
  return {
    kind: "usage",
    to: { ...names, tags: Object.fromEntries(values) },
    sums: {
      requests: row.requests,
      unpriced: row.unpriced,
      inputTokens: row.inputUncached + row.cacheRead + row.cacheWrite,
      outputTokens: row.output,
      costNanos: row.costNanos,
    },
  };
}

/** The same for lines that may be set off against each other. A month may be frozen in one store and compared in another, which has a sign of its own for NUL. */
export function nameOf(to: ChargedTo): string {
  const tags = Object.entries(to.tags).sort(([one], [other]) => (one < other ? -1 : 1));
  const plain = (_: string, value: unknown) => (typeof value === "string" ? value.replaceAll("\0", "\ufffd") : value);
  return JSON.stringify([...dimensions.map((name) => to[name]), tags], plain);
}

export function sumsOf(line: ChargeLine): Charged {
  return {
    requests: line.requests,
    unpriced: line.unpriced,
    inputTokens: BigInt(line.inputTokens),
    outputTokens: BigInt(line.outputTokens),
    costNanos: BigInt(line.costNanos),
  };
}

export function less(one: Charged, other: Charged): Charged {
  return {
    requests: one.requests - other.requests,
    unpriced: one.unpriced - other.unpriced,
    inputTokens: one.inputTokens - other.inputTokens,
    outputTokens: one.outputTokens - other.outputTokens,
    costNanos: one.costNanos - other.costNanos,
  };
}

export function isNothing({ requests, unpriced, inputTokens, outputTokens, costNanos }: Charged): boolean {
  return requests === 0 && unpriced === 0 && inputTokens === 0n && outputTokens === 0n && costNanos === 0n;
}
