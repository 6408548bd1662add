import { crc32 } from "node:zlib";

/**
 * One line of a journal segment: CRC-32 of what follows in eight hex digits, a space, a record's cells as a JSON array,
 * a line feed. JSON holds no raw line feeds. Lines about the segment itself hold a JSON object.
 */
export class JournalLine {
  /** The line stands at the front of it, `encode` says how long. */
  bytes: Buffer = Buffer.allocUnsafe(16 * 1024);

  encode(text: string): number {
    // Three bytes a UTF-16 unit is the most that UTF-8 takes.
    const needed = text.length * 3 + 10;
    if (needed > this.bytes.length) this.bytes = Buffer.allocUnsafe(needed * 2);
    const end = 9 + this.bytes.write(text, 9, "utf8");
    // Of the text, for each view of a buffer costs more than the sum itself.
    writeHex(this.bytes, crc32(text));
    this.bytes[8] = space;
    this.bytes[end] = lineFeed;
    return end + 1;
  }
}

/**
 * The text of the line in `bytes[start, end)`, line feed excluded; undefined when the checksum does not fit.
 */
export function decodeLine(bytes: Buffer, start: number, end: number): string | undefined {
  if (end - start < 10 || bytes[start + 8] !== space) return undefined;
  const expected = Number.parseInt(bytes.toString("latin1", start, start + 8), 16);
  if (crc32(bytes.subarray(start + 9, end)) !== expected) return undefined;
  return bytes.toString("utf8", start + 9, end);
}

/** The same of a line that is a string already. */
export function textOf(line: string): string | undefined {
  if (line.length < 10) return undefined;
  const text = line.slice(9);
  return crc32(text) === Number.parseInt(line.slice(0, 8), 16) ? text : undefined;
}

const space = 0x20;
export const lineFeed = 0x0a;
const hexDigits = Buffer.from("0123456789abcdef");

function writeHex(bytes: Buffer, value: number): void {
  for (let at = 7; at >= 0; at--) {
    bytes[at] = hexDigits[value & 15] as number;
    value >>>= 4;
  }
}
