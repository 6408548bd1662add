import { join } from "node:path";
import { type OpenedControl, openControl } from "./control/open-control.ts";
import { openCounters } from "./counters/open-counters.ts";
import { Drain } from "./journal/drain.ts";
import { FileJournal } from "./journal/journal.ts";
import { slotsOfRuntime } from "./journal/slots.ts";
import { openRecords } from "./records/open-records.ts";
import { makePrivateFolder } from "./sqlite/open-database.ts";
import type { Storage } from "./storage.ts";

export interface StorageOptions {
  /** The data folder; made when it is not there. It belongs to the processes of one host. */
  readonly folder: string;
  /** Opened already, and left open at the end. */
  readonly control?: OpenedControl | undefined;
  /** Default `os`. */
  readonly journalMode?: "os" | "disk";
  /** `memory`: forgotten at the end; or the URL of Valkey, Redis or PostgreSQL. Default `sqlite`. */
  readonly counters?: string;
  /** `sqlite`, or the URL of PostgreSQL. Default `sqlite`. */
  readonly records?: string;
  /** How long a call to the server of the counters may take. Default 50. */
  readonly timeoutMs?: number;
  /** How long records wait in the journal for company. Default 200. */
  readonly drainEveryMs?: number;
  readonly segmentBytes?: number;
  /** Told of what an operator should know: torn lines, a store that takes nothing. */
  readonly warn?: (message: string) => void;
}

/**
 * Opens the stores: the journal, and what is not kept elsewhere, in a folder that only its owner can read.
 * @throws Fault `gateway_failed` when the data was written by a newer version
 */
export async function openStorage(options: StorageOptions): Promise<Storage> {
  const warn = options.warn ?? (() => undefined);
  makePrivateFolder(options.folder);
  const opened = options.control ?? (await openControl({ folder: options.folder }));
  const closeControl = () => (options.control ? undefined : opened.close());
  const {
    records,
    ledger,
    sink,
    close: closeRecords,
  } = await openRecords(options.records ?? "sqlite", options.folder, warn).catch((error) => {
    closeControl();
    throw error;
  });

  const {
    counters,
    isUp: countersUp,
    close: closeCounters,
  } = await openCounters({
    where: options.counters ?? "sqlite",
    folder: options.folder,
    timeoutMs: options.timeoutMs ?? 50,
    warn,
  }).catch((error) => {
    closeControl();
    closeRecords();
    throw error;
  });

  const journalFolder = join(options.folder, "journal");
  makePrivateFolder(journalFolder);
  const drain = new Drain({ folder: journalFolder, sink, everyMs: options.drainEveryMs, warn });
  const journal = new FileJournal({
    folder: journalFolder,
    mode: options.journalMode,
    segmentBytes: options.segmentBytes,
    openSlots: await slotsOfRuntime(),
    onAppend: (written) => drain.written(written),
  });
  // What an earlier process left.
  drain.wake();

  return {
    control: opened.control,
    records,
    ledger,
    counters,
    countersUp,
    journal,
    drain: () => drain.run(),
    backlog: () => drain.backlog(),
    close: async () => {
      try {
        await journal.close();
        await drain.close();
      } finally {
        closeRecords();
        closeCounters();
        closeControl();
      }
    },
  };
}
