import { checkTrailer, NotHttp } from "./message-head.ts";

const maxLineBytes = 4096;
const maxTrailerBytes = 16 * 1024;
/** Longer stretches are worth a call of their own; shorter ones that came together are copied into one. */
const shortBytes = 4 * 1024;
const joinedBytes = 16 * 1024;
const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const quoted = '"(?:[\\t !#-[\\]-~\\x80-\\xff]|\\\\[\\t -~\\x80-\\xff])*"';
const extensions = `(?:;${token}(?:=(?:${token}|${quoted}))?)*$`;
/** A size with its extensions, without the blanks that RFC 9112 (section 7.1.1) has senders leave out. */
const chunkLine = new RegExp(`^([0-9a-fA-F]{1,8})${extensions}`);
/** Some old servers fill a size up with blanks. */
const paddedChunkLine = new RegExp(`^([0-9a-fA-F]{1,8})[ \\t]*${extensions}`);

/** The value of each byte as a hexadecimal digit; negative where it is none. */
const hexDigits = new Int8Array(256).fill(-1);
for (let value = 0; value < 16; value++) {
  hexDigits[value.toString(16).charCodeAt(0)] = value;
  hexDigits[value.toString(16).toUpperCase().charCodeAt(0)] = value;
}

/** Negative where it is none, or behind the end. */
function hexDigit(bytes: Buffer, at: number): number {
  return at < bytes.length ? (hexDigits[bytes[at] as number] as number) : -1;
}

/** What is there of it, in no more than twice the memory: it may wait for its reader. */
function fitting(room: Buffer, length: number): Buffer {
  const filled = room.subarray(0, length);
  return 2 * length < room.length ? Buffer.from(filled) : filled;
}

type State = "sized" | "until-close" | "chunk-size" | "chunk-data" | "chunk-end" | "trailer" | "done";

/** Takes the pieces of a body. */
export interface BodySink {
  /** Short chunks that came together may be handed on as one. */
  readonly joins?: boolean;
  onBody(bytes: Buffer): void;
}

/**
 * Knows where a body ends, and hands on what is in it: views of the bytes that were given. To a sink that joins, short chunks
 * that came together go on together, copied: it does once what else it would do for each.
 */
export class BodyReader {
  readonly #sink: BodySink;
  readonly #chunkLine: RegExp;
  #state: State;
  /** Bytes of the body, or of the chunk, that are still to come. */
  #left = 0;
  /** A line that is not whole yet. */
  #pending: Buffer | undefined;
  #trailerBytes = 0;
  /** Of the bytes that are being taken, the first stretch that is not handed on yet: none where both are the same. */
  #from = 0;
  #to = 0;
  /** That stretch, and those that followed it; undefined where none did. */
  #joined: Buffer | undefined;
  #joinedLength = 0;

  /** @param framing a length in bytes, or how the end is told; `padded` allows blanks behind the size of a chunk */
  constructor(framing: number | "chunked" | "until-close", sink: BodySink, padded = false) {
    this.#sink = sink;
    this.#chunkLine = padded ? paddedChunkLine : chunkLine;
    if (typeof framing === "number") {
      this.#left = framing;
      this.#state = framing === 0 ? "done" : "sized";
    } else {
      this.#state = framing === "chunked" ? "chunk-size" : framing;
    }
  }

  get done(): boolean {
    return this.#state === "done";
  }

  /** The other side has closed. @returns whether the body was whole */
  close(): boolean {
    if (this.#state === "until-close") this.#state = "done";
    return this.#state === "done";
  }

  /** @returns what stands behind the end of the body. @throws NotHttp */
  take(bytes: Buffer): Buffer | undefined {
    let at = 0;
    try {
      while (at < bytes.length) {
        switch (this.#state) {
          case "done":
            return bytes.subarray(at);
          case "until-close":
            this.#sink.onBody(at === 0 ? bytes : bytes.subarray(at));
            return undefined;
          case "sized":
          case "chunk-data":
            at = this.#takeData(bytes, at);
            break;
          default:
            at = this.#takeLine(bytes, at);
        }
      }
      return undefined;
    } finally {
      // Also where what follows is not HTTP: what came before it did come.
      this.#handOn(bytes);
    }
  }

  /** @returns where what was taken ends */
  #takeData(bytes: Buffer, at: number): number {
    const end = Math.min(bytes.length, at + this.#left);
    this.#left -= end - at;
    if (this.#left === 0) this.#state = this.#state === "chunk-data" ? "chunk-end" : "done";
    if (this.#sink.joins === true && end - at <= shortBytes) {
      this.#join(bytes, at, end);
    } else {
      this.#handOn(bytes);
      this.#sink.onBody(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end));
    }
    return end;
  }

  #join(bytes: Buffer, at: number, end: number): void {
    if (this.#from === this.#to) {
      this.#from = at;
      this.#to = end;
      return;
    }
    if (this.#joined === undefined) {
      this.#joined = Buffer.allocUnsafeSlow(Math.min(joinedBytes, bytes.length - this.#from));
      this.#joinedLength = bytes.copy(this.#joined, 0, this.#from, this.#to);
    }
    if (this.#joinedLength + end - at > this.#joined.length) {
      this.#handOn(bytes);
      this.#from = at;
      this.#to = end;
    } else {
      this.#joinedLength += bytes.copy(this.#joined, this.#joinedLength, at, end);
    }
  }

  #handOn(bytes: Buffer): void {
    const from = this.#from;
    const to = this.#to;
    if (from === to) return;
    const joined = this.#joined;
    this.#from = 0;
    this.#to = 0;
    this.#joined = undefined;
    if (joined !== undefined) this.#sink.onBody(fitting(joined, this.#joinedLength));
    else this.#sink.onBody(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to));
  }

  /** The lines between chunks: a size, the end of a chunk, trailers. @returns where what was taken ends */
  #takeLine(bytes: Buffer, at: number): number {
    const end = this.#pending === undefined ? this.#takePlain(bytes, at) : at;
    return end > at ? end : bytes.length - (this.#takeAny(bytes.subarray(at))?.length ?? 0);
  }

  /** What nearly all lines are: a few digits, or nothing, in one piece with what follows. @returns where it ends; `from` where it is another */
  #takePlain(bytes: Buffer, from: number): number {
    let at = from;
    if (this.#state === "chunk-size") {
      let size = 0;
      for (let digit = hexDigit(bytes, at); digit >= 0 && at < from + 6; digit = hexDigit(bytes, at)) {
        size = size * 16 + digit;
        at++;
      }
      if (at === from || size === 0 || bytes[at] !== 13 || bytes[at + 1] !== 10) return from;
      this.#left = size;
      this.#state = "chunk-data";
    } else {
      if (this.#state !== "chunk-end" || bytes[at] !== 13 || bytes[at + 1] !== 10) return from;
      this.#state = "chunk-size";
    }
    return at + 2;
  }

  /** @returns what follows the line: the end of `piece` */
  #takeAny(piece: Buffer): Buffer | undefined {
    const bytes = this.#pending === undefined ? piece : Buffer.concat([this.#pending, piece]);
    this.#pending = undefined;
    const end = bytes.indexOf("\r\n", 0, "latin1");
    if (end < 0 || end > maxLineBytes) {
      if (bytes.length > maxLineBytes) throw new NotHttp("a line between chunks is too long");
      if (this.#state === "chunk-end" && bytes[0] !== 13) throw new NotHttp("a chunk is longer than it said");
      this.#pending = bytes;
      return undefined;
    }
    if (this.#state === "trailer") this.#readTrailer(bytes.subarray(0, end + 2));
    else this.#readLine(end === 0 ? "" : bytes.toString("latin1", 0, end));
    return bytes.subarray(end + 2);
  }

  /** @param line with its CRLF */
  #readTrailer(line: Buffer): void {
    if (line.length === 2) {
      this.#state = "done";
      return;
    }
    this.#trailerBytes += line.length;
    if (this.#trailerBytes > maxTrailerBytes) throw new NotHttp("the trailers are too large");
    // Nobody here asks for trailers, but what is none may be a request to somebody else.
    checkTrailer(line);
  }

  #readLine(line: string): void {
    if (this.#state === "chunk-end") {
      if (line !== "") throw new NotHttp("a chunk is longer than it said");
      this.#state = "chunk-size";
    } else {
      const digits = this.#chunkLine.exec(line)?.[1];
      if (digits === undefined) throw new NotHttp("no valid chunk size");
      this.#left = Number.parseInt(digits, 16);
      this.#state = this.#left === 0 ? "trailer" : "chunk-data";
    }
  }
}
