import { fstatSync, readSync } from "node:fs";
import { type Cell, columnAt } from "../records/record-columns.ts";
import { decodeLine, lineFeed, textOf } from "./journal-line.ts";
import { segmentEnd } from "./journal-segment.ts";

/** A record as it stands in a journal line. */
export interface JournalRecord {
  readonly cells: readonly Cell[];
  /** The cells as JSON. */
  readonly line: string;
}

export interface SegmentPart {
  readonly records: readonly JournalRecord[];
  /** Where the next part begins. */
  readonly next: number;
  /** Whole lines whose checksum or content is wrong. */
  readonly damaged: number;
  /** Bytes behind `next`: a line that is not whole, or was not read yet. */
  readonly rest: number;
}

/** Reads journal segments part by part, through one buffer. */
export class SegmentReader {
  #bytes: Buffer;

  constructor(partBytes: number) {
    this.#bytes = Buffer.allocUnsafe(partBytes);
  }

  /** The whole lines of `[from, until)`, as many as fit the buffer, at least one where there is one. */
  part(fd: number, from: number, until = Number.POSITIVE_INFINITY): SegmentPart {
    const size = fstatSync(fd).size;
    for (;;) {
      const most = Math.min(this.#bytes.length, until - from);
      const length = from < size ? readSync(fd, this.#bytes, 0, most, from) : 0;
      const part = this.#parse(length, from, size);
      // No whole line up to there: then nothing is known of where one ends.
      if (part.next === from && length === until - from) return this.part(fd, from);
      const longLine = part.next === from && length === this.#bytes.length;
      if (!longLine) return part;
      this.#bytes = Buffer.allocUnsafe(this.#bytes.length * 2);
    }
  }

  #parse(length: number, from: number, size: number): SegmentPart {
    const bytes = this.#bytes;
    const records: JournalRecord[] = [];
    let damaged = 0;
    let at = 0;
    while (at < length) {
      const end = bytes.indexOf(lineFeed, at);
      if (end === -1 || end >= length) break;
      const text = decodeLine(bytes, at, end);
      if (text !== segmentEnd) {
        const record = text === undefined ? undefined : readRecord(text);
        if (record === undefined) damaged++;
        else records.push(record);
      }
      at = end + 1;
    }
    return { records, next: from + at, damaged, rest: Math.max(0, size - from - at) };
  }

  /** The JSON of lines that this process has written; fewer where some are not as they were. */
  ownLines(fd: number, start: number, end: number): string[] {
    const length = end - start;
    const bytes = length <= this.#bytes.length ? this.#bytes : Buffer.allocUnsafe(length);
    const read = readSync(fd, bytes, 0, length, start);
    const lines: string[] = [];
    for (const line of bytes.toString("utf8", 0, read).split("\n")) {
      const text = textOf(line);
      if (text !== undefined) lines.push(text);
    }
    return lines;
  }

  /** Whether the writer closed the segment in order. */
  ended(fd: number): boolean {
    const size = fstatSync(fd).size;
    const lineBytes = segmentEnd.length + 10;
    const length = readSync(fd, this.#bytes, 0, lineBytes, Math.max(0, size - lineBytes));
    return length === lineBytes && decodeLine(this.#bytes, 0, length - 1) === segmentEnd;
  }
}

function readRecord(text: string): JournalRecord | undefined {
  if (!text.startsWith("[")) return undefined;
  const cells = JSON.parse(text) as Cell[];
  if (typeof cells[columnAt.id] !== "string" || typeof cells[columnAt.started_at] !== "number") return undefined;
  return { cells, line: text };
}
