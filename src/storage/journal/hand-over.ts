import type { Cell } from "../records/record-columns.ts";
import { RollupBatch } from "../rollups/rollup-batch.ts";

/** A record that this process has appended, and where its journal line stands. */
export interface WrittenRecord {
  readonly cells: readonly Cell[];
  readonly segment: string;
  /** In bytes. */
  readonly start: number;
  readonly end: number;
}

/** Neighbours in one segment. */
export interface WrittenPart {
  readonly segment: string;
  readonly start: number;
  readonly end: number;
  readonly records: number;
  readonly sums: RollupBatch;
}

/** So many records make one transaction: a millisecond or two. */
export const partRecords = 500;
/** As many as come in a second to the busiest process. When the store takes nothing, records wait in the file alone. */
const mostParts = 40;

/**
 * What is known of the newest records of this process, summed part by part, so that the drain has to read their lines but
 * not to understand them. The records themselves are not kept: thousands of them would outlive every collection of young
 * garbage, which costs more than reading them back. It only saves work: whatever is not here is in the file. A part goes when
 * a committed position has passed it, not when it was asked for, so that a transaction that fails needs nothing put back.
 */
export class HandOver {
  #parts: Part[] = [];

  /** Where this process writes. */
  newestSegment: string | undefined;

  add(record: WrittenRecord): void {
    this.newestSegment = record.segment;
    const last = this.#parts.at(-1);
    if (last?.takes(record)) {
      last.add(record);
      return;
    }
    if (this.#parts.length === mostParts) this.#parts.shift();
    this.#parts.push(new Part(record));
  }

  /** Whether records came since the newest part was asked for. */
  get waits(): boolean {
    return this.#parts.at(-1)?.isOpen === true;
  }

  /** The part of the segment that begins at the committed `position`; undefined when the file must be read. */
  part(segment: string, position: number): WrittenPart | undefined {
    this.#parts = this.#parts.filter((part) => part.segment !== segment || part.end > position);
    const found = this.#parts.find((part) => part.segment === segment && part.start === position);
    found?.close();
    return found;
  }

  /** Where the first part behind `position` begins: so far the file must be read. */
  nextStart(segment: string, position: number): number | undefined {
    return this.#parts.find((part) => part.segment === segment && part.start > position)?.start;
  }

  /** The part cannot be used: the file must be read. */
  drop(part: WrittenPart): void {
    this.#parts = this.#parts.filter((other) => other !== part);
  }
}

class Part implements WrittenPart {
  readonly segment: string;
  readonly start: number;
  end: number;
  records = 0;
  readonly sums = new RollupBatch();
  isOpen = true;

  constructor(first: WrittenRecord) {
    this.segment = first.segment;
    this.start = first.start;
    this.end = first.start;
    this.add(first);
  }

  takes({ segment, start }: WrittenRecord): boolean {
    return this.isOpen && segment === this.segment && start === this.end && this.records < partRecords;
  }

  add({ cells, end }: WrittenRecord): void {
    this.sums.add(cells);
    this.end = end;
    this.records++;
  }

  /** It is being taken over: what comes is another part. */
  close(): void {
    this.isOpen = false;
  }
}
