import { closeSync, fdatasync, fdatasyncSync, ftruncateSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "../../exchange/index.ts";
import { cellsOf } from "../records/record-columns.ts";
import type { SettledRecord } from "../settled-record.ts";
import { makePrivateFolder } from "../sqlite/open-database.ts";
import type { WrittenRecord } from "./hand-over.ts";
import { JournalLine } from "./journal-line.ts";
import { createSegment, segmentEnd, syncFolder } from "./journal-segment.ts";
import { type OpenSlots, writtenSlots } from "./slots.ts";
import { Underway } from "./underway.ts";

/** What must be written before a response may end. */
export interface Journal {
  /**
   * Writes the record. When it returns undefined, the record is kept; a promise resolves when it is.
   * @throws Fault `journal_failed`, at once or by the promise
   */
  append(record: SettledRecord): Promise<void> | undefined;
  /**
   * An upstream is about to be asked. When the process dies before `settled`, the record is kept, unless another with its id was
   * appended.
   *
   * @returns what `settled` wants @throws Fault `journal_failed`
   */
  begin(record: SettledRecord): number;
  /** What was begun has its record. */
  settled(begun: number): void;
  /** Whether records can be written now. Looks no more than once a second. */
  takes(): boolean;
  /** Ends the journal in order. Later appends are refused. */
  close(): Promise<void>;
}

export interface FileJournalOptions {
  readonly folder: string;
  /** `os`: survives the death of the process. `disk`: survives a power cut too; appends that arrive together share one sync. */
  readonly mode?: "os" | "disk";
  readonly segmentBytes?: number;
  /** Default: each slot is written by a call of its own. */
  readonly openSlots?: OpenSlots;
  /** How a file's bytes come onto the disk. Default: `fdatasync`. */
  readonly sync?: (fd: number, done: (error: Error | null) => void) => void;
  /** Called after each append. */
  readonly onAppend?: (written: WrittenRecord) => void;
}

/** Some hundred records. */
const roomBytes = 64 * 1024;
const lookEveryMs = 1_000;

/** A journal in segment files, each written by one process only. */
export class FileJournal implements Journal {
  readonly #folder: string;
  readonly #disk: boolean;
  readonly #segmentBytes: number;
  readonly #onAppend: FileJournalOptions["onAppend"];
  readonly #toDisk: NonNullable<FileJournalOptions["sync"]>;
  readonly #line = new JournalLine();
  readonly #underway: Underway;
  #fd: number | undefined;
  #segment = "";
  /** Bytes of whole lines in the open segment. */
  #length = 0;
  #closed = false;
  /** A record could not be written: until there is room again nobody asks an upstream for what could not be recorded. */
  #failed = false;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #syncing = false;
  #waiting: Waiter[] = [];

  constructor(options: FileJournalOptions) {
    this.#folder = options.folder;
    this.#disk = options.mode === "disk";
    this.#segmentBytes = options.segmentBytes ?? 16 * 1024 * 1024;
    this.#onAppend = options.onAppend;
    this.#toDisk = options.sync ?? fdatasync;
    this.#underway = new Underway(options.folder, options.openSlots ?? writtenSlots);
    makePrivateFolder(this.#folder);
  }

  append(record: SettledRecord): Promise<void> | undefined {
    let written: WrittenRecord;
    try {
      if (this.#closed) throw new Error("The journal is closed.");
      const cells = cellsOf(record);
      const fd = this.#fd ?? this.#open();
      const start = this.#length;
      this.#write(fd, JSON.stringify(cells));
      written = { cells, segment: this.#segment, start, end: this.#length };
      if (this.#length >= this.#segmentBytes && !this.#disk) this.#seal();
    } catch (error) {
      this.#failed = true;
      throw journalFault(error);
    }
    this.#onAppend?.(written);
    return this.#disk ? this.#synced() : undefined;
  }

  begin(record: SettledRecord): number {
    try {
      if (this.#failed) this.#tryRoom();
      return this.#underway.begin(record);
    } catch (error) {
      throw journalFault(error);
    }
  }

  settled(begun: number): void {
    this.#underway.end(begun);
  }

  /** A full disk is found although nobody asks for anything, and so is that it has room again. */
  takes(): boolean {
    const now = performance.now();
    if (!this.#closed && now - this.#lookedAt >= lookEveryMs) {
      this.#lookedAt = now;
      try {
        this.#tryRoom();
      } catch {
        this.#failed = true;
      }
    }
    return !this.#closed && !this.#failed;
  }

  async close(): Promise<void> {
    this.#closed = true;
    // A file must not be closed under a sync that is on its way.
    while (this.#syncing) await this.#synced();
    if (this.#fd !== undefined) this.#seal();
    this.#underway.close();
  }

  /** @throws the system's own error where there is no room for many records yet */
  #tryRoom(): void {
    const path = join(this.#folder, `room-${process.pid}.tmp`);
    try {
      writeFileSync(path, Buffer.alloc(roomBytes), { mode: 0o600 });
      this.#failed = false;
    } finally {
      rmSync(path, { force: true });
    }
  }

  #open(): number {
    const { fd, name } = createSegment(this.#folder);
    this.#fd = fd;
    this.#segment = name;
    this.#length = 0;
    if (this.#disk) syncFolder(this.#folder);
    return fd;
  }

  #write(fd: number, text: string): void {
    const length = this.#line.encode(text);
    try {
      let written = writeSync(fd, this.#line.bytes, 0, length);
      while (written < length) written += writeSync(fd, this.#line.bytes, written, length - written);
    } catch (error) {
      this.#cutPartialLine(fd, (error as NodeJS.ErrnoException).code === "ENOSPC");
      throw error;
    }
    this.#length += length;
  }

  /** A line that was written in part must not run into the next one. */
  #cutPartialLine(fd: number, diskFull: boolean): void {
    try {
      ftruncateSync(fd, this.#length);
    } catch {
      // The drain skips the partial line by its checksum.
      diskFull = false;
    }
    // A full disk may have room again; whatever else is wrong with the file, the next one may be better.
    if (diskFull) return;
    // Who waits for a sync of it would wait for the next file's.
    settle(this.#waiting.splice(0), new Error("The file that holds the record was left."));
    this.#leave(fd);
  }

  #leave(fd: number): void {
    if (this.#fd === fd) this.#fd = undefined;
    if (!this.#syncing) closeSync(fd);
  }

  #seal(): void {
    const fd = this.#fd as number;
    try {
      this.#write(fd, segmentEnd);
    } catch {
      // The records before it are whole: without its last line the segment is only kept until the next start.
    }
    if (this.#fd !== fd) return;
    try {
      if (this.#disk) fdatasyncSync(fd);
    } finally {
      this.#leave(fd);
    }
  }

  #synced(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#sync();
    });
  }

  /** One sync at a time; whoever arrives meanwhile shares the next one. */
  #sync(): void {
    if (this.#syncing || this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    try {
      if (this.#fd !== undefined && this.#length >= this.#segmentBytes) this.#seal();
    } catch (error) {
      settle(waiting, error);
      return;
    }
    // A segment that was sealed was synced then.
    if (this.#fd === undefined) settle(waiting, null);
    else this.#syncInBackground(this.#fd, waiting);
  }

  #syncInBackground(fd: number, waiting: readonly Waiter[]): void {
    this.#syncing = true;
    this.#toDisk(fd, (error) => {
      this.#syncing = false;
      // After a failed sync the next one may claim success for pages that were lost, of those too who wrote meanwhile: write elsewhere.
      if (error !== null) {
        this.#leave(fd);
        settle(this.#waiting.splice(0), error);
      }
      settle(waiting, error);
      this.#sync();
    });
  }
}

interface Waiter {
  resolve(): void;
  reject(fault: Fault): void;
}

function settle(waiting: readonly Waiter[], error: unknown): void {
  for (const waiter of waiting) {
    if (error === null) waiter.resolve();
    else waiter.reject(journalFault(error));
  }
}

function journalFault(cause: unknown): Fault {
  return new Fault("journal_failed", { cause });
}
