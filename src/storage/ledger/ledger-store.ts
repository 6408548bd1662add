import type { Scope } from "../scope.ts";

/** A line that puts right what a record cost: the record stays as it was. */
export interface Correction {
  readonly recordId: string;
  /** The first of a record is 1. */
  readonly number: number;
  /** Milliseconds since the epoch. */
  readonly madeAt: number;
  /** Nano-dollars, a safe integer; less than nothing where it was charged too much. */
  readonly deltaNanos: number;
  /** Of the price that the record costs by from here on. */
  readonly priceVersion: string;
  readonly reason: string;
}

/** A month whose lines never change again. */
export interface FrozenMonth {
  /** `2026-11`, of the calendar in UTC. */
  readonly month: string;
  readonly closedAt: number;
  readonly closedBy: string;
  readonly lines: number;
  /** The tags that its lines are told apart by. */
  readonly tags: readonly string[];
  /** SHA-256 in hexadecimal of the lines, a line feed behind each. */
  readonly hash: string;
  /** Nano-dollars. */
  readonly costNanos: bigint;
}

/** A line of a frozen month: JSON, with whose it is beside it. */
export interface FrozenLine {
  readonly organisation: string;
  readonly team: string;
  readonly line: string;
}

/** What was put right afterwards, and what was closed. Lines are added and never changed. */
export interface LedgerStore {
  /** Of these records, in the order of their numbers. */
  corrections(recordIds: readonly string[]): Promise<readonly Correction[]>;
  /**
   * Adds corrections, and to the sums of the hour of their records. One whose number is taken, or whose record is not there, is left out.
   * @returns how many were added
   */
  correct(corrections: readonly Correction[]): Promise<number>;
  /** Oldest first. */
  months(): Promise<readonly FrozenMonth[]>;
  /** In the order in which they were frozen; within reach only. */
  lines(month: string): Promise<readonly FrozenLine[]>;
  /** @returns false where the month is frozen already; nothing is written then */
  freeze(month: FrozenMonth, lines: readonly FrozenLine[]): Promise<boolean>;
  /** The same, seen from a scope: to it, the lines of others are not there. */
  within(scope: Scope): Pick<LedgerStore, "lines" | "months">;
}
