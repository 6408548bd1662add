import type { ControlStore } from "./control/control.ts";
import type { CounterStore } from "./counters/counter-store.ts";
import type { Backlog } from "./journal/drain.ts";
import type { Journal } from "./journal/journal.ts";
import type { LedgerStore } from "./ledger/ledger-store.ts";
import type { RecordStore } from "./records/record-store.ts";

/** Everything that is kept, behind narrow interfaces. */
export interface Storage {
  readonly control: ControlStore;
  readonly journal: Journal;
  readonly records: RecordStore;
  /** What was put right afterwards, and the months that were closed. */
  readonly ledger: LedgerStore;
  /** What is left of limits and budgets. */
  readonly counters: CounterStore;
  /** Whether the store of the counters answers. */
  countersUp(): boolean;
  /** Takes over into `records` what the journal holds. @throws when the store cannot be written; nothing is lost then */
  drain(): Promise<void>;
  /** What the journal holds and `records` does not. Reads a folder. */
  backlog(): Backlog;
  /** Ends the journal, drains it and closes the stores. */
  close(): Promise<void>;
}
