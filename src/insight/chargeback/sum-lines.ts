import type { ChargeLine } from "./charge-line.ts";

/** Lines of one group, added up. Nano-dollars, and thousand-millionths of the currency. */
export interface LineSums {
  readonly group: Readonly<Record<string, string>>;
  readonly currency: string;
  readonly requests: number;
  readonly costNanos: bigint;
  readonly chargedNanos: bigint;
  readonly charged: bigint;
}

/** @param by names of a line's fields, or `tag:` and the name of a tag */
export function sumLines(lines: readonly ChargeLine[], by: readonly string[]): readonly LineSums[] {
  const sums = new Map<string, LineSums>();
  for (const line of lines) {
    const group = Object.fromEntries(by.map((name) => [name, fieldOf(line, name)]));
    const name = JSON.stringify([Object.values(group), line.currency]);
    const before = sums.get(name) ?? { group, currency: line.currency, requests: 0, costNanos: 0n, chargedNanos: 0n, charged: 0n };
    sums.set(name, {
      ...before,
      requests: before.requests + line.requests,
      costNanos: before.costNanos + BigInt(line.costNanos),
      chargedNanos: before.chargedNanos + BigInt(line.chargedNanos),
      charged: before.charged + BigInt(line.chargedInCurrency),
    });
  }
  return [...sums].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, each]) => each);
}

function fieldOf(line: ChargeLine, name: string): string {
  if (name.startsWith("tag:")) return line.tags[name.slice(4)] ?? "";
  const value = Object.hasOwn(line, name) ? line[name as keyof ChargeLine] : "";
  return typeof value === "string" ? value : "";
}
