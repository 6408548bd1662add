import type { JournalRecord } from "../journal/segment-reader.ts";
import type { RollupBatch } from "../rollups/rollup-batch.ts";

/** Neighbours in a file of the journal, in bytes. Names of files never come back, on whichever node they were made. */
export interface Stretch {
  readonly file: string;
  /** All before it was taken over. */
  readonly start: number;
  readonly end: number;
}

/**
 * Where the drain puts records. Each method does all of its work or none; what is kept is kept once, whoever keeps it, from however many
 * processes, and wherever they are killed.
 */
export interface RecordSink {
  /** For people. */
  readonly name: string;
  /** Others write to it from other machines, and each process takes over what is its own. */
  readonly isElsewhere: boolean;
  /** Up to where the file was taken over. */
  positionOf(file: string): Promise<number>;
  /**
   * Adds the records that are not there yet, and their sums, and moves the position to the end. Does nothing where the position is
   * another one by now, or the file was taken over to its end and is gone.
   */
  keep(stretch: Stretch, records: readonly JournalRecord[], isThere: () => boolean): Promise<void>;
  /** The same of records whose sums are known. @returns false where some are there already: they have to be looked at one by one */
  keepSummed(stretch: Stretch, lines: readonly string[], sums: RollupBatch, isThere: () => boolean): Promise<boolean>;
  /** What was kept outlives a power cut from here on. */
  secure(): Promise<void>;
  /** The file is gone. */
  forget(file: string): Promise<void>;
}
