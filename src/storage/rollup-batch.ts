import { type Cell, columnAt } from "./record-columns.ts";
import type { SqliteDatabase, SqliteStatement, SqlValue } from "./sqlite/driver.ts";

export const hourMs = 3_600_000;

/** Counts that stand in a rollup behind its five key columns, in the table's order. */
export const rollupCounts = ["requests", "success", "refused", "failed", "cancelled", "estimated", "unpriced"] as const;
/** Sums that may outgrow a float. */
export const rollupSums = ["input_uncached", "cache_read", "cache_write", "output", "reasoning", "cost_nanos"] as const;

const measures = [...rollupCounts, ...rollupSums];

interface Rollup {
  readonly key: readonly SqlValue[];
  readonly counts: number[];
  /** Exact while below 2^53, which is watched; then the rollup is written and begins anew. */
  readonly sums: number[];
}

/** Sums of one batch, added to the table in as many statements as there are distinct keys. */
export class RollupBatch {
  readonly #upsert: SqliteStatement;
  readonly #open = new Map<string, Rollup>();
  /** Requests come in runs of one key and model. */
  #last: Rollup | undefined;

  constructor(database: SqliteDatabase) {
    const columns = ["hour", "key_id", "team", "model", "provider", ...measures];
    this.#upsert = database.prepare(
      `INSERT INTO rollups (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})
       ON CONFLICT DO UPDATE SET ${measures.map((name) => `${name} = ${name} + excluded.${name}`).join(", ")}`,
    );
  }

  add(cells: readonly Cell[]): void {
    const hour = Math.floor((cells[columnAt.started_at] as number) / hourMs);
    const keyId = text(cells[columnAt.key_id]);
    const team = text(cells[columnAt.team]);
    const provider = text(cells[columnAt.provider]);
    // Names that callers made up would grow the table without bound.
    const model = cells[columnAt.fault] === "model_unknown" ? "" : text(cells[columnAt.model]);
    const [lastHour, lastKeyId, lastTeam, lastModel, lastProvider] = this.#last?.key ?? [];
    const same = hour === lastHour && keyId === lastKeyId && team === lastTeam && model === lastModel && provider === lastProvider;
    if (!same || this.#last === undefined) this.#last = this.#rollup([hour, keyId, team, model, provider]);
    this.#count(this.#last, cells);
  }

  #rollup(key: readonly SqlValue[]): Rollup {
    const name = key.join("\n");
    let rollup = this.#open.get(name);
    if (rollup === undefined) {
      rollup = { key, counts: rollupCounts.map(() => 0), sums: rollupSums.map(() => 0) };
      this.#open.set(name, rollup);
    }
    return rollup;
  }

  #count(rollup: Rollup, cells: readonly Cell[]): void {
    const counts = rollup.counts as [number, number, number, number, number, number, number];
    counts[0]++;
    const outcome = cells[columnAt.outcome];
    if (outcome === "success") counts[1]++;
    else if (outcome === "refused") counts[2]++;
    else if (outcome === "failed") counts[3]++;
    else counts[4]++;
    const source = cells[columnAt.usage_source];
    if (source === null) return;
    if (source === "estimated") counts[5]++;
    if (cells[columnAt.cost_nanos] === null) counts[6]++;
    for (let index = 0; index < rollupSums.length; index++) {
      const value = cells[sumAt[index] as number] as number | null;
      if (value === null || value === 0) continue;
      if (!Number.isSafeInteger((rollup.sums[index] as number) + value)) this.#write(rollup);
      rollup.sums[index] = (rollup.sums[index] as number) + value;
    }
  }

  /** Adds what was collected to the table; call it inside the batch's transaction. */
  flush(): void {
    for (const rollup of this.#open.values()) this.#write(rollup);
    this.clear();
  }

  /** Forgets what was collected: the transaction was undone. */
  clear(): void {
    this.#open.clear();
    this.#last = undefined;
  }

  #write(rollup: Rollup): void {
    this.#upsert.run([...rollup.key, ...rollup.counts, ...rollup.sums]);
    rollup.counts.fill(0);
    rollup.sums.fill(0);
  }
}

const sumAt: readonly number[] = rollupSums.map((name) => columnAt[name]);

function text(cell: Cell | undefined): string {
  return cell === null || cell === undefined ? "" : String(cell);
}
