import type { JournalRecord } from "./segment-reader.ts";

/** A record that this process has appended, and where its journal line stands. */
export interface WrittenRecord extends JournalRecord {
  readonly segment: string;
  /** In bytes. */
  readonly start: number;
  readonly end: number;
}

/** So many records make one transaction: a millisecond or two. */
export const partRecords = 500;
/** When the store takes nothing, records wait in the file alone. */
const mostRecords = 5000;
const mostCharacters = 4 * 1024 * 1024;

/**
 * The newest records of this process, neighbours in one segment, so that the drain need not read them back. It only
 * saves work: whatever is not here is in the file. A record goes when a committed position has passed it, not when it
 * was asked for, so that a transaction that fails needs nothing put back.
 */
export class HandOver {
  #records: WrittenRecord[] = [];
  #characters = 0;

  add(record: WrittenRecord): void {
    const last = this.#records.at(-1);
    const follows = last === undefined || (last.end === record.start && last.segment === record.segment);
    if (!follows || this.#records.length >= mostRecords || this.#characters >= mostCharacters) {
      this.#records = [];
      this.#characters = 0;
    }
    this.#records.push(record);
    this.#characters += record.line.length;
  }

  /** Records of the segment from the committed `position` on; none when the file must be read. */
  part(segment: string, position: number): readonly WrittenRecord[] {
    if (this.#records[0]?.segment !== segment) return [];
    this.#forgetUntil(position);
    return this.#records[0]?.start === position ? this.#records.slice(0, partRecords) : [];
  }

  #forgetUntil(position: number): void {
    let passed = 0;
    for (const record of this.#records) {
      if (record.end > position) break;
      this.#characters -= record.line.length;
      passed++;
    }
    this.#records.splice(0, passed);
  }
}
