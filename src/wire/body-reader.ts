import { checkTrailer, NotHttp } from "./message-head.ts";

const maxLineBytes = 4096;
const maxTrailerBytes = 16 * 1024;
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

type State = "sized" | "until-close" | "chunk-size" | "chunk-data" | "chunk-end" | "trailer" | "done";

/** Takes the pieces of a body. */
export interface BodySink {
  onBody(bytes: Buffer): void;
}

/** Knows where a body ends, and hands on what is in it: views of the bytes that were given. */
export class BodyReader {
  readonly #sink: BodySink;
  readonly #chunkLine: RegExp;
  #state: State;
  /** Bytes of the body, or of the chunk, that are still to come. */
  #left = 0;
  /** A line that is not whole yet. */
  #pending: Buffer | undefined;
  #trailerBytes = 0;

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
    let rest: Buffer | undefined = bytes;
    while (rest !== undefined && rest.length > 0) {
      switch (this.#state) {
        case "done":
          return rest;
        case "until-close":
          this.#sink.onBody(rest);
          return undefined;
        case "sized":
        case "chunk-data":
          rest = this.#takeData(rest);
          break;
        default:
          rest = this.#takeLine(rest);
      }
    }
    return undefined;
  }

  #takeData(bytes: Buffer): Buffer | undefined {
    const taken = bytes.length <= this.#left ? bytes : bytes.subarray(0, this.#left);
    this.#left -= taken.length;
    if (this.#left === 0) this.#state = this.#state === "chunk-data" ? "chunk-end" : "done";
    this.#sink.onBody(taken);
    return bytes.length === taken.length ? undefined : bytes.subarray(taken.length);
  }

  /** The lines between chunks: a size, the end of a chunk, trailers. */
  #takeLine(piece: Buffer): Buffer | undefined {
    return (this.#pending === undefined && this.#takePlain(piece)) || this.#takeAny(piece);
  }

  /** What nearly all lines are: a few digits, or nothing, in one piece with what follows. */
  #takePlain(bytes: Buffer): Buffer | undefined {
    let at = 0;
    if (this.#state === "chunk-size") {
      let size = 0;
      for (let digit = hexDigits[bytes[0] as number] as number; digit >= 0 && at < 6; digit = hexDigits[bytes[at] as number] as number) {
        size = size * 16 + digit;
        at++;
      }
      if (at === 0 || size === 0 || bytes[at] !== 13 || bytes[at + 1] !== 10) return undefined;
      this.#left = size;
      this.#state = "chunk-data";
    } else {
      if (this.#state !== "chunk-end" || bytes[0] !== 13 || bytes[1] !== 10) return undefined;
      this.#state = "chunk-size";
    }
    return bytes.subarray(at + 2);
  }

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
