import { type Cell, columnAt } from "../records/record-columns.ts";
import type { RecordDetail } from "../settled-record.ts";
import type { SqlValue } from "../sqlite/driver.ts";
import { hourMs, rollupCounts, rollupSums } from "./rollup-columns.ts";

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
  readonly #plain = new RollupSet();
  readonly #tagged = new RollupSet();
  readonly #owners: RecordOwner[] = [];
  /** Requests come in runs of one key and model. */
  #last: Rollup | undefined;

  get rollups(): readonly Rollup[] {
    return this.#plain.all;
  }

  /** The same of the requests that have tags or an end user, once more and finer. */
  get tagged(): readonly Rollup[] {
    return this.#tagged.all;
  }

  /** Of the records that belong to an organisation. */
  get owners(): readonly RecordOwner[] {
    return this.#owners;
  }

  add(cells: readonly Cell[]): void {
    const organisation = text(cells[columnAt.organisation]);
    if (organisation !== "") this.#owners.push([organisation, cells[columnAt.id] as string, cells[columnAt.team] as string | null]);
    const last = this.#last;
    if (last === undefined || !isOf(last.key, cells)) this.#last = this.#plain.at(keyOf(cells));
    const rollup = this.#last as Rollup;
    if (!count(rollup, cells, this.#plain)) this.#last = undefined;
    const metadata = (cells[columnAt.detail] as RecordDetail | null)?.metadata;
    const endUser = text(cells[columnAt.end_user]);
    if (metadata === undefined && endUser === "") return;
    count(this.#tagged.at([...rollup.key, endUser, tagsOf(metadata)]), cells, this.#tagged);
  }

  /** Adds to what a record cost, which is counted already. @param wasUnpriced it had no price before */
  correct(cells: readonly Cell[], deltaNanos: number, wasUnpriced: boolean): void {
    const key = keyOf(cells);
    // Each in a sum of its own: corrections are large, few, and of any sign.
    add(this.#plain.begin(key), deltaNanos, wasUnpriced);
    const metadata = (cells[columnAt.detail] as RecordDetail | null)?.metadata;
    const endUser = text(cells[columnAt.end_user]);
    if (metadata === undefined && endUser === "") return;
    add(this.#tagged.begin([...key, endUser, tagsOf(metadata)]), deltaNanos, wasUnpriced);
  }
}

/** A correction: the cost alone, of a record that is counted already. */
function add(rollup: Rollup, deltaNanos: number, wasUnpriced: boolean): void {
  rollup.sums[costAt] = (rollup.sums[costAt] as number) + deltaNanos;
  if (wasUnpriced) rollup.counts[unpricedAt] = (rollup.counts[unpricedAt] as number) - 1;
}

const costAt = rollupSums.indexOf("cost_nanos");
const unpricedAt = rollupCounts.indexOf("unpriced");

class RollupSet {
  readonly all: Rollup[] = [];
  readonly #open = new Map<string, Rollup>();

  at(key: readonly SqlValue[]): Rollup {
    return this.#open.get(key.join("\n")) ?? this.begin(key);
  }

  begin(key: readonly SqlValue[]): Rollup {
    const rollup = { key, counts: rollupCounts.map(() => 0), sums: rollupSums.map(() => 0) };
    this.#open.set(key.join("\n"), rollup);
    this.all.push(rollup);
    return rollup;
  }
}

function keyOf(cells: readonly Cell[]): SqlValue[] {
  return [
    hourOf(cells),
    text(cells[columnAt.key_id]),
    text(cells[columnAt.team]),
    modelOf(cells),
    text(cells[columnAt.provider]),
    text(cells[columnAt.organisation]),
    text(cells[columnAt.application]),
    text(cells[columnAt.user]),
    text(cells[columnAt.service_account]),
    text(cells[columnAt.target_model]),
  ];
}

/** Whether the cells belong to this key. Written out: it runs once a request. */
function isOf(key: readonly SqlValue[], cells: readonly Cell[]): boolean {
  return (
    key[0] === hourOf(cells) &&
    key[1] === text(cells[columnAt.key_id]) &&
    key[3] === modelOf(cells) &&
    key[9] === text(cells[columnAt.target_model]) &&
    key[4] === text(cells[columnAt.provider]) &&
    key[2] === text(cells[columnAt.team]) &&
    key[5] === text(cells[columnAt.organisation]) &&
    key[6] === text(cells[columnAt.application]) &&
    key[7] === text(cells[columnAt.user]) &&
    key[8] === text(cells[columnAt.service_account])
  );
}

function hourOf(cells: readonly Cell[]): number {
  return Math.floor((cells[columnAt.started_at] as number) / hourMs);
}

/** Names that callers made up would grow the table without bound. */
function modelOf(cells: readonly Cell[]): string {
  return cells[columnAt.fault] === "model_unknown" ? "" : text(cells[columnAt.model]);
}

/** @returns false where a sum would not fit any more and stands in a rollup of its own: the table has room for both */
function count(rollup: Rollup, cells: readonly Cell[], set: RollupSet): boolean {
  const counts = rollup.counts as [number, number, number, number, number, number, number];
  counts[0]++;
  const outcome = cells[columnAt.outcome];
  if (outcome === "success") counts[1]++;
  else if (outcome === "refused") counts[2]++;
  else if (outcome === "failed") counts[3]++;
  else counts[4]++;
  const source = cells[columnAt.usage_source];
  if (source === null) return true;
  if (source === "estimated") counts[5]++;
  if (cells[columnAt.cost_nanos] === null) counts[6]++;
  let fits = true;
  for (let index = 0; index < rollupSums.length; index++) {
    const value = cells[sumAt[index] as number] as number | null;
    if (value === null || value === 0) continue;
    const sum = (rollup.sums[index] as number) + value;
    if (Number.isSafeInteger(sum)) rollup.sums[index] = sum;
    else {
      set.begin(rollup.key).sums[index] = value;
      fits = false;
    }
  }
  return fits;
}

/** Tags of a key are one object for all of its requests. */
const written = new WeakMap<object, string>();

function tagsOf(metadata: RecordDetail["metadata"]): string {
  if (metadata === undefined) return "{}";
  let tags = written.get(metadata);
  if (tags === undefined) {
    const pairs = Object.entries(metadata).sort(([one], [other]) => (one < other ? -1 : 1));
    tags = JSON.stringify(Object.fromEntries(pairs));
    written.set(metadata, tags);
  }
  return tags;
}

const sumAt: readonly number[] = rollupSums.map((name) => columnAt[name]);

function text(cell: Cell | undefined): string {
  return cell === null || cell === undefined ? "" : String(cell);
}
