import { type Cell, columnAt } from "./record-columns.ts";
import type { SqliteDatabase, SqliteStatement, SqlValue } from "./sqlite/driver.ts";

export const hourMs = 3_600_000;

/** Counts that stand in a rollup behind its six key columns, in the table's order. */
export const rollupCounts = ["requests", "success", "refused", "failed", "cancelled", "estimated", "unpriced"] as const;
/** Sums that may outgrow a float. */
export const rollupSums = ["input_uncached", "cache_read", "cache_write", "output", "reasoning", "cost_nanos"] as const;

const measures = [...rollupCounts, ...rollupSums];

export interface Rollup {
  readonly key: readonly SqlValue[];
  readonly counts: number[];
  /** Exact while below 2^53, which is watched. */
  readonly sums: number[];
}

/** An organisation, the id of a record of it, and the record's team. */
export type RecordOwner = readonly [organisation: string, id: string, team: string | null];

/** Sums of one batch, in memory: as many as there are distinct keys in it. */
export class RollupBatch {
  readonly #all: Rollup[] = [];
  readonly #owners: RecordOwner[] = [];
  readonly #open = new Map<string, Rollup>();
  /** Requests come in runs of one key and model. */
  #last: Rollup | undefined;

  get rollups(): readonly Rollup[] {
    return this.#all;
  }

  /** Of the records that belong to an organisation. */
  get owners(): readonly RecordOwner[] {
    return this.#owners;
  }

  add(cells: readonly Cell[]): void {
    const hour = Math.floor((cells[columnAt.started_at] as number) / hourMs);
    const keyId = text(cells[columnAt.key_id]);
    const team = text(cells[columnAt.team]);
    const provider = text(cells[columnAt.provider]);
    const organisation = text(cells[columnAt.organisation]);
    if (organisation !== "") this.#owners.push([organisation, cells[columnAt.id] as string, cells[columnAt.team] as string | null]);
    // Names that callers made up would grow the table without bound.
    const model = cells[columnAt.fault] === "model_unknown" ? "" : text(cells[columnAt.model]);
    const [lastHour, lastKeyId, lastTeam, lastModel, lastProvider, lastOrganisation] = this.#last?.key ?? [];
    const sameKey = hour === lastHour && keyId === lastKeyId && team === lastTeam && organisation === lastOrganisation;
    const same = sameKey && model === lastModel && provider === lastProvider;
    if (!same || this.#last === undefined) this.#last = this.#rollup([hour, keyId, team, model, provider, organisation]);
    this.#count(this.#last, cells);
  }

  #rollup(key: readonly SqlValue[]): Rollup {
    const name = key.join("\n");
    return this.#open.get(name) ?? this.#begin(name, key);
  }

  #begin(name: string, key: readonly SqlValue[]): Rollup {
    const rollup = { key, counts: rollupCounts.map(() => 0), sums: rollupSums.map(() => 0) };
    this.#open.set(name, rollup);
    this.#all.push(rollup);
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
      const sum = (rollup.sums[index] as number) + value;
      if (Number.isSafeInteger(sum)) rollup.sums[index] = sum;
      else this.#overflow(rollup, index, value);
    }
  }

  /** What would not fit goes into a rollup of its own: the table has room for their sum. */
  #overflow({ key }: Rollup, index: number, value: number): void {
    this.#last = undefined;
    this.#begin(key.join("\n"), key).sums[index] = value;
  }
}

/** Adds batches to the table. */
export class RollupWriter {
  readonly #upsert: SqliteStatement;
  readonly #own: SqliteStatement;

  constructor(database: SqliteDatabase) {
    const columns = ["hour", "key_id", "team", "model", "provider", "organisation", ...measures];
    this.#own = database.prepare("INSERT INTO record_owners (organisation, id, team) VALUES (?, ?, ?) ON CONFLICT DO NOTHING");
    this.#upsert = database.prepare(
      `INSERT INTO rollups (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})
       ON CONFLICT DO UPDATE SET ${measures.map((name) => `${name} = ${name} + excluded.${name}`).join(", ")}`,
    );
  }

  /** Call it inside the transaction that keeps the batch's records. */
  write(batch: RollupBatch): void {
    for (const { key, counts, sums } of batch.rollups) this.#upsert.run([...key, ...counts, ...sums]);
    for (const owner of batch.owners) this.#own.run(owner);
  }
}

const sumAt: readonly number[] = rollupSums.map((name) => columnAt[name]);

function text(cell: Cell | undefined): string {
  return cell === null || cell === undefined ? "" : String(cell);
}
