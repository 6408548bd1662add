import type { SettledRecord } from "../../../src/storage/index.ts";
import type { OpenedSpike } from "./gateway.ts";

/** What one part of the spike showed. */
export interface Shown {
  readonly title: string;
  readonly claims: readonly Claim[];
}

export interface Claim {
  readonly claim: string;
  readonly holds: boolean;
  readonly seen: string;
}

/** Collects what was seen, so that the page, the printed run and the test say the same. */
export class Claims {
  readonly list: Claim[] = [];

  holds(claim: string, holds: boolean, seen: unknown = holds): void {
    this.list.push({ claim, holds, seen: typeof seen === "string" ? seen : JSON.stringify(seen) });
  }

  equal(claim: string, seen: unknown, wanted: unknown): void {
    this.holds(claim, Bun.deepEquals(seen, wanted), seen);
  }
}

/** Waits for what other sockets do; false where it does not come. */
export async function until(condition: () => boolean, withinMs = 3_000): Promise<boolean> {
  const end = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > end) return false;
    await Bun.sleep(5);
  }
  return true;
}

export function of(spike: OpenedSpike, endpoint: string): SettledRecord[] {
  return spike.records.filter((record) => record.endpoint === endpoint);
}

/** No exchange has two records, and none is left under way. */
export function settledOnce(spike: OpenedSpike): boolean {
  return new Set(spike.records.map((record) => record.id)).size === spike.records.length && spike.engine.underway.size === 0;
}

export function outcomes(records: readonly SettledRecord[]): string[] {
  return records.map(({ outcome, fault }) => (fault === undefined ? outcome : `${outcome}: ${fault}`));
}
