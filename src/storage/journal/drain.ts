import { closeSync, fstatSync, openSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { RecordWriter } from "../record-writer.ts";
import type { SqliteDatabase, SqliteStatement } from "../sqlite/driver.ts";
import { HandOver, partRecords, type WrittenPart, type WrittenRecord } from "./hand-over.ts";
import { listSegments, ownerMayWrite } from "./journal-segment.ts";
import { type JournalRecord, SegmentReader } from "./segment-reader.ts";
import { deadTables, readTable } from "./underway.ts";

export interface DrainOptions {
  /** The journal's folder. */
  readonly folder: string;
  /** `records.db`. */
  readonly database: SqliteDatabase;
  /** How long records wait for company. */
  readonly everyMs?: number;
  /** Told of torn and damaged lines, and of trouble with the store. */
  readonly warn: (message: string) => void;
}

/** How many bytes of journal make one transaction: some 500 records, a few milliseconds. */
const partBytes = 192 * 1024;

/**
 * Takes the journal over into `records.db`. How far it came stands in the same transaction as the records, so each is
 * taken once, whoever drains, however many do, and wherever they are killed.
 */
export class Drain {
  readonly #options: DrainOptions;
  readonly #writer: RecordWriter;
  readonly #reader = new SegmentReader(partBytes);
  readonly #handOver = new HandOver();
  readonly #position: SqliteStatement;
  readonly #setPosition: SqliteStatement;
  readonly #dropPosition: SqliteStatement;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> | undefined;
  #failures = 0;
  #closed = false;

  constructor(options: DrainOptions) {
    this.#options = options;
    const { database } = options;
    this.#writer = new RecordWriter(database);
    this.#position = database.prepare("SELECT bytes FROM journal_positions WHERE segment = ?");
    this.#setPosition = database.prepare(
      "INSERT INTO journal_positions (segment, bytes) VALUES (?, ?) ON CONFLICT DO UPDATE SET bytes = excluded.bytes",
    );
    this.#dropPosition = database.prepare("DELETE FROM journal_positions WHERE segment = ?");
  }

  /** This process has written a record. */
  written(record: WrittenRecord): void {
    this.#handOver.add(record);
    this.wake();
  }

  /** There is something to take over. */
  wake(): void {
    if (this.#timer !== undefined || this.#closed) return;
    // After failures the store is asked less and less often, at least every half minute.
    const waitMs = (this.#options.everyMs ?? 200) * 2 ** Math.min(this.#failures, 8);
    this.#timer = setTimeout(() => void this.#onTime(), Math.min(waitMs, 30_000));
    this.#timer.unref();
  }

  /** Takes over everything that was written before the call. @throws what the store threw; the journal keeps the records */
  async run(): Promise<void> {
    while (this.#running !== undefined) await this.#running.catch(() => undefined);
    this.#running = this.#drain().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Takes over the rest. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.run();
  }

  async #onTime(): Promise<void> {
    this.#timer = undefined;
    try {
      await this.run();
      this.#failures = 0;
    } catch (error) {
      if (this.#closed) return;
      this.#failures++;
      if (this.#failures === 1) this.#options.warn(`records.db takes no records for now; the journal keeps them. ${String(error)}`);
      this.wake();
    }
  }

  async #drain(): Promise<void> {
    for (const segment of listSegments(this.#options.folder)) {
      for (;;) {
        const taken = this.#takePart(segment);
        // What comes while this runs waits for company: a transaction for a handful costs nearly what one for hundreds does.
        if (taken === "nothing" || (taken === "what there was" && segment === this.#handOver.newestSegment && !this.#closed)) break;
        // Requests are served between two transactions.
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    for (const table of deadTables(this.#options.folder)) this.#takeTable(table);
  }

  /** What was under way when a process died is kept as that, unless it has settled: then its record is there. */
  #takeTable(table: string): void {
    const path = this.#path(table);
    const records = ifThere(() => readTable(path));
    if (records === undefined) return;
    try {
      this.#options.database.transaction(() => {
        for (const { cells, line } of records) this.#writer.add(cells, line);
        this.#writer.flush();
      });
    } finally {
      this.#writer.forget();
    }
    ifThere(() => unlinkSync(path));
    if (records.length > 0) this.#options.warn(`A process died with ${records.length} requests under way; they are kept as expired.`);
  }

  #takePart(segment: string): "a part" | "what there was" | "nothing" {
    const fd = ifThere(() => openSync(this.#path(segment), "r"));
    if (fd === undefined) return "nothing";
    try {
      const position = this.#positionOf(segment);
      const own = this.#handOver.part(segment, position);
      if (own !== undefined && this.#keepPart(fd, own)) return own.records < partRecords ? "what there was" : "a part";
      // Asked before reading: what is read after a yes is then all there is.
      const complete = this.#reader.ended(fd) || !ownerMayWrite(segment);
      const part = this.#reader.part(fd, position);
      if (part.next > position) {
        this.#keep(fd, segment, position, part.records, part.next);
        if (part.damaged > 0) this.#options.warn(`${segment} holds ${part.damaged} damaged lines; they were skipped.`);
        return "a part";
      }
      if (complete) this.#drop(segment, part.rest);
      return "nothing";
    } finally {
      closeSync(fd);
    }
  }

  /** @returns false where the file must be understood line by line */
  #keepPart(fd: number, part: WrittenPart): boolean {
    const { segment, start, end } = part;
    const lines = this.#reader.ownLines(fd, start, end);
    try {
      if (lines.length !== part.records) throw new NotAsWritten();
      this.#options.database.transaction(() => {
        if (!this.#isNext(fd, segment, start)) return;
        if (!this.#writer.addSummed(lines, part.sums)) throw new NotAsWritten();
        this.#setPosition.run([segment, end]);
      });
      return true;
    } catch (error) {
      if (!(error instanceof NotAsWritten)) throw error;
      this.#handOver.drop(part);
      return false;
    }
  }

  /** False where another drain was here meanwhile: it took this part, or took all and deleted the file. */
  #isNext(fd: number, segment: string, position: number): boolean {
    return this.#positionOf(segment) === position && fstatSync(fd).nlink > 0;
  }

  #path(segment: string): string {
    return join(this.#options.folder, segment);
  }

  #positionOf(segment: string): number {
    return Number(this.#position.get([segment])?.bytes ?? 0);
  }

  #keep(fd: number, segment: string, position: number, records: readonly JournalRecord[], next: number): void {
    try {
      this.#options.database.transaction(() => {
        if (!this.#isNext(fd, segment, position)) return;
        for (const record of records) this.#writer.add(record.cells, record.line);
        this.#writer.flush();
        this.#setPosition.run([segment, next]);
      });
    } finally {
      this.#writer.forget();
    }
  }

  /** The file goes before its position does, so that no drain ever takes it for a new one. */
  #drop(segment: string, tornBytes: number): void {
    const { database, warn } = this.#options;
    // Until a checkpoint, the rows could be lost to a power cut.
    database.exec("PRAGMA wal_checkpoint(PASSIVE)");
    const dropped = ifThere(() => {
      unlinkSync(this.#path(segment));
      return true;
    });
    if (dropped === undefined) return;
    this.#dropPosition.run([segment]);
    if (tornBytes > 0) {
      warn(`${segment} ended in ${tornBytes} bytes of a line that was being written when the process died; they were cut off.`);
    }
  }
}

/** A part of the file is not what this process remembers of it. */
class NotAsWritten extends Error {}

function ifThere<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
