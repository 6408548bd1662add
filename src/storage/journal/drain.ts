import { closeSync, existsSync, fstatSync, openSync, statSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { Fault } from "../../exchange/index.ts";
import type { RecordSink } from "../records/record-sink.ts";
import { HandOver, partRecords, type WrittenPart, type WrittenRecord } from "./hand-over.ts";
import { isOfOther, listSegments, ownerMayWrite } from "./journal-segment.ts";
import { SegmentReader } from "./segment-reader.ts";
import { deadTables, readTable } from "./underway.ts";

export interface DrainOptions {
  /** The journal's folder. */
  readonly folder: string;
  readonly sink: RecordSink;
  /** How long records wait for company. */
  readonly everyMs?: number;
  /** Told of torn and damaged lines, and of trouble with the store. */
  readonly warn: (message: string) => void;
}

/** What the journal holds and the store does not. */
export interface Backlog {
  readonly bytes: number;
  /** Milliseconds since the oldest of it was written, or nearly so; 0 where there is none. */
  readonly ageMs: number;
}

/** How many bytes of journal make one transaction: some 500 records, a few milliseconds. */
const partBytes = 192 * 1024;
/** A store elsewhere that does not answer is known to be away, and asking it costs nothing. */
const mostWaitMs = { here: 30_000, elsewhere: 2_000 };

/**
 * Takes the journal over into the records. How far it came is kept together with the records, so each is taken once, whoever drains,
 * however many do, and wherever they are killed.
 */
export class Drain {
  readonly #options: DrainOptions;
  readonly #reader = new SegmentReader(partBytes);
  readonly #handOver = new HandOver();
  /** Up to where segments that are still there were taken over, as far as it is known. */
  readonly #reached = new Map<string, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> | undefined;
  /** The oldest record that waits since then, and the oldest one that is being taken over. */
  #waitingSince: number | undefined;
  #takingSince: number | undefined;
  #failures = 0;
  #closed = false;

  constructor(options: DrainOptions) {
    this.#options = options;
    const [oldest] = listSegments(options.folder);
    this.#waitingSince = oldest === undefined ? undefined : ifThere(() => statSync(this.#path(oldest)).birthtimeMs);
  }

  /** This process has written a record. */
  written(record: WrittenRecord): void {
    this.#waitingSince ??= Date.now();
    this.#handOver.add(record);
    this.wake();
  }

  /** There is something to take over. */
  wake(): void {
    if (this.#timer !== undefined || this.#closed) return;
    // After failures the store is asked less and less often.
    const waitMs = (this.#options.everyMs ?? 200) * 2 ** Math.min(this.#failures, 8);
    const most = this.#options.sink.isElsewhere ? mostWaitMs.elsewhere : mostWaitMs.here;
    this.#timer = setTimeout(() => void this.#onTime(), Math.min(waitMs, most));
    this.#timer.unref();
  }

  /** Takes over everything that was written before the call. @throws what the store threw; the journal keeps the records */
  run(): Promise<void> {
    return this.#run(() => true);
  }

  /** The same, but for what another process that lives may still write to. */
  runOfDead(): Promise<void> {
    return this.#run((segment) => !isOfOther(segment));
  }

  /** Takes over the rest. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    try {
      await this.run();
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== "store_unavailable") throw error;
      this.#options.warn(`${this.#options.sink.name} did not take the last records; they wait in the journal for the next start.`);
    }
  }

  /** Of what this process takes over. */
  backlog(now: number = Date.now()): Backlog {
    let bytes = 0;
    for (const segment of listSegments(this.#options.folder).filter((each) => this.#isForThis(each))) {
      const size = ifThere(() => statSync(this.#path(segment)).size) ?? 0;
      bytes += Math.max(0, size - (this.#reached.get(segment) ?? 0));
    }
    const since = Math.min(this.#takingSince ?? now, this.#waitingSince ?? now);
    return { bytes, ageMs: bytes === 0 ? 0 : Math.max(0, now - since) };
  }

  async #onTime(): Promise<void> {
    this.#timer = undefined;
    try {
      await this.#run((segment) => this.#isForThis(segment));
      this.#failures = 0;
    } catch (error) {
      if (this.#closed) return;
      this.#failures++;
      if (this.#failures === 1) {
        this.#options.warn(`${this.#options.sink.name} takes no records for now; the journal keeps them. ${String(error)}`);
      }
      this.wake();
    }
  }

  /** Two that send the same to a store elsewhere would wait for each other; here, whoever is first reads it for all. */
  #isForThis(segment: string): boolean {
    return !this.#options.sink.isElsewhere || !isOfOther(segment);
  }

  async #run(which: (segment: string) => boolean): Promise<void> {
    while (this.#running !== undefined) await this.#running.catch(() => undefined);
    this.#takingSince = this.#waitingSince;
    this.#waitingSince = undefined;
    this.#running = this.#drain(which)
      .catch((error) => {
        this.#waitingSince = this.#takingSince ?? this.#waitingSince;
        throw error;
      })
      .finally(() => {
        this.#takingSince = undefined;
        this.#running = undefined;
      });
    return this.#running;
  }

  async #drain(which: (segment: string) => boolean): Promise<void> {
    for (const segment of listSegments(this.#options.folder).filter(which)) {
      for (;;) {
        const taken = await this.#takePart(segment);
        // What comes while this runs waits for company: a transaction for a handful costs nearly what one for hundreds does.
        if (taken === "nothing") break;
        if (taken === "what there was" && segment === this.#handOver.newestSegment && !this.#closed) {
          // Their own call may have come to nothing meanwhile.
          if (this.#handOver.waits) this.wake();
          break;
        }
        // Requests are served between two transactions.
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    for (const table of deadTables(this.#options.folder)) await this.#takeTable(table);
  }

  /** What was under way when a process died is kept as that, unless it has settled: then its record is there. */
  async #takeTable(table: string): Promise<void> {
    const { sink, warn } = this.#options;
    const path = this.#path(table);
    const records = ifThere(() => readTable(path));
    if (records === undefined) return;
    if (records.length > 0) {
      if ((await sink.positionOf(table)) === 0) await sink.keep({ file: table, start: 0, end: 1 }, records, () => existsSync(path));
      warn(`A process died with ${records.length} requests under way; they are kept as expired.`);
    }
    ifThere(() => unlinkSync(path));
    if (records.length > 0) await sink.forget(table);
  }

  async #takePart(segment: string): Promise<"a part" | "what there was" | "nothing"> {
    const { sink, warn } = this.#options;
    const fd = ifThere(() => openSync(this.#path(segment), "r"));
    if (fd === undefined) return "nothing";
    try {
      // Another drain may have taken all and deleted the file, and with it the position.
      const isThere = () => fstatSync(fd).nlink > 0;
      const position = await sink.positionOf(segment);
      this.#reached.set(segment, position);
      const own = this.#handOver.part(segment, position);
      // Asked before the store is: what comes from here on waits for company. One that the store did not take may have others behind it.
      const next = this.#handOver.nextStart(segment, position);
      if (own !== undefined && (await this.#keepOwn(fd, own, isThere)))
        return own.records < partRecords && next === undefined ? "what there was" : "a part";
      // Asked before reading: what is read after a yes is then all there is.
      const complete = this.#reader.ended(fd) || !ownerMayWrite(segment);
      // No further than to what need not be read: with a piece of that gone, all of it would have to be.
      const part = this.#reader.part(fd, position, next);
      if (part.next > position) {
        await sink.keep({ file: segment, start: position, end: part.next }, part.records, isThere);
        this.#reached.set(segment, part.next);
        if (part.damaged > 0) warn(`${segment} holds ${part.damaged} damaged lines; they were skipped.`);
        return "a part";
      }
      if (complete) await this.#drop(segment, part.rest);
      return "nothing";
    } finally {
      closeSync(fd);
    }
  }

  /** @returns false where the file must be understood line by line */
  async #keepOwn(fd: number, part: WrittenPart, isThere: () => boolean): Promise<boolean> {
    const { segment: file, start, end } = part;
    const lines = this.#reader.ownLines(fd, start, end);
    const isWhole = lines.length === part.records;
    if (isWhole && (await this.#options.sink.keepSummed({ file, start, end }, lines, part.sums, isThere))) {
      this.#reached.set(file, end);
      return true;
    }
    this.#handOver.drop(part);
    return false;
  }

  #path(segment: string): string {
    return join(this.#options.folder, segment);
  }

  /** The file goes before its position does, so that no drain ever takes it for a new one. */
  async #drop(segment: string, tornBytes: number): Promise<void> {
    const { sink, warn } = this.#options;
    await sink.secure();
    const dropped = ifThere(() => {
      unlinkSync(this.#path(segment));
      return true;
    });
    this.#reached.delete(segment);
    if (dropped === undefined) return;
    await sink.forget(segment);
    if (tornBytes > 0) {
      warn(`${segment} ended in ${tornBytes} bytes of a line that was being written when the process died; they were cut off.`);
    }
  }
}

function ifThere<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
