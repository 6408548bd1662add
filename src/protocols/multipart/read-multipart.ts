import { Fault } from "../../exchange/index.ts";
import { malformedForm, type PartHead, readPartHead } from "./part-head.ts";

const maxParts = 256;
const maxHeadBytes = 8 * 1024;
const maxPreambleBytes = 8 * 1024;
const maxPaddingBytes = 64;
const cr = 0x0d;
const lf = 0x0a;
const dash = 0x2d;
const endOfHead = Buffer.from("\r\n\r\n");
const nothing = Buffer.alloc(0);

/** Takes what the reader finds: a part, its bytes in any number of pieces (views of what was pushed, or not), its end. */
export interface PartHandler {
  onPart(head: PartHead): void;
  onBytes(bytes: Uint8Array): void;
  onPartEnd(): void;
}

type State = "preamble" | "delimiter" | "head" | "body" | "done";

/**
 * Reads multipart/form-data (RFC 7578, RFC 2046 section 5.1) as it comes, strictly and within bounds: at most 256 parts, 8 KB of
 * headers a part, 8 KB before the first. Pure: the parts, and the joined bytes of each, are the same however the input is sliced;
 * of the input no more is held than the headers of one part or the length of a delimiter. What stands behind the last delimiter is
 * not looked at.
 */
export class MultipartReader {
  readonly #handler: PartHandler;
  /** `\r\n--boundary` */
  readonly #delimiter: Buffer;
  #state: State = "preamble";
  /** Bytes that cannot be told yet. */
  #held: Buffer = nothing;
  #parts = 0;
  /** The line end that ends the headers no longer stands before the body's bytes. */
  #opened = false;

  /** @param boundary of the Content-Type, see `boundaryOf` */
  constructor(boundary: string, handler: PartHandler) {
    this.#handler = handler;
    this.#delimiter = Buffer.from(`\r\n--${boundary}`, "latin1");
    // The first delimiter has no line before it that it would end.
    this.#held = Buffer.from("\r\n");
  }

  /** @throws Fault `request_malformed`, `request_unsupported`, `request_too_large`; what was pushed after that is not read */
  push(chunk: Uint8Array): void {
    if (this.#state === "done") return;
    const given = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let rest: Buffer | undefined = this.#held.length === 0 ? given : Buffer.concat([this.#held, given]);
    this.#held = nothing;
    while (rest !== undefined && rest.length > 0) rest = this.#step(rest);
  }

  /** The input is over. @throws Fault `request_malformed` where its last delimiter has not come */
  end(): void {
    if (this.#state !== "done") throw malformedForm("it breaks off before its last boundary");
  }

  /** @returns what is left to be read now; undefined where more must come first */
  #step(bytes: Buffer): Buffer | undefined {
    switch (this.#state) {
      case "preamble":
        return this.#skip(bytes);
      case "delimiter":
        return this.#passDelimiter(bytes);
      case "head":
        return this.#readHead(bytes);
      case "body":
        return this.#readBody(bytes);
      case "done":
        return undefined;
    }
  }

  #skip(bytes: Buffer): Buffer | undefined {
    const at = bytes.indexOf(this.#delimiter);
    if ((at < 0 ? bytes.length : at) > maxPreambleBytes) throw malformedForm("its first boundary does not come");
    if (at < 0) return this.#hold(bytes);
    this.#state = "delimiter";
    return bytes.subarray(at + this.#delimiter.length);
  }

  /** Behind a delimiter stand two dashes, or blanks and the end of its line. Anything else could be read in two ways. */
  #passDelimiter(bytes: Buffer): Buffer | undefined {
    if (bytes[0] === dash) {
      if (bytes.length < 2) return this.#hold(bytes);
      if (bytes[1] !== dash) throw malformedForm("a line begins like the boundary and goes on otherwise");
      this.#state = "done";
      return undefined;
    }
    let at = 0;
    while (bytes[at] === 0x20 || bytes[at] === 0x09) at++;
    if (at > maxPaddingBytes) throw malformedForm("a boundary is followed by too many blanks");
    if (at >= bytes.length || (bytes[at] === cr && at + 1 >= bytes.length)) return this.#hold(bytes);
    if (bytes[at] !== cr || bytes[at + 1] !== lf) throw malformedForm("a line begins like the boundary and goes on otherwise");
    this.#state = "head";
    return bytes.subarray(at + 2);
  }

  #readHead(bytes: Buffer): Buffer | undefined {
    const end = bytes.indexOf(endOfHead);
    if ((end < 0 ? bytes.length : end) > maxHeadBytes) throw malformedForm(`a part has more than ${maxHeadBytes} bytes of headers`);
    if (end < 0) return this.#hold(bytes);
    this.#parts += 1;
    if (this.#parts > maxParts) throw new Fault("request_too_large", { message: `The form has more than ${maxParts} parts.` });
    this.#handler.onPart(readPartHead(bytes.subarray(0, end)));
    this.#state = "body";
    // The line end before the delimiter is no part of the body, also where the body is empty.
    return bytes.subarray(end + 2);
  }

  #readBody(bytes: Buffer): Buffer | undefined {
    const at = bytes.indexOf(this.#delimiter);
    if (at >= 0) {
      this.#pass(bytes, at);
      this.#opened = false;
      this.#handler.onPartEnd();
      this.#state = "delimiter";
      return bytes.subarray(at + this.#delimiter.length);
    }
    const safe = beginOf(bytes, this.#delimiter);
    this.#pass(bytes, safe);
    return this.#hold(bytes.subarray(safe));
  }

  #pass(bytes: Buffer, end: number): void {
    const start = this.#opened ? 0 : 2;
    if (end < start) return;
    this.#opened = true;
    if (end > start) this.#handler.onBytes(bytes.subarray(start, end));
  }

  #hold(bytes: Buffer): undefined {
    // A copy: the few bytes must not keep the chunk that they came in.
    this.#held = Buffer.from(bytes);
    return undefined;
  }
}

/** Where the end of `bytes` could be the beginning of the delimiter; their length where it could not. */
function beginOf(bytes: Buffer, delimiter: Buffer): number {
  const from = Math.max(0, bytes.length - delimiter.length + 1);
  for (let at = bytes.indexOf(cr, from); at >= 0; at = bytes.indexOf(cr, at + 1)) {
    if (bytes.compare(delimiter, 0, bytes.length - at, at) === 0) return at;
  }
  return bytes.length;
}

const boundaryParameter = /;[ \t]*boundary[ \t]*=[ \t]*(?:"([^"]*)"|([^\s;"]+))[ \t]*(?=;|$)/i;
const goodBoundary = /^[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]$/;

/**
 * The boundary that a Content-Type names; undefined where it is no multipart/form-data.
 * @throws Fault `request_malformed` where there is no good one
 */
export function boundaryOf(contentType: string | undefined): string | undefined {
  if (contentType === undefined || !/^[ \t]*multipart\/form-data[ \t]*(?:;|$)/i.test(contentType)) return undefined;
  const match = boundaryParameter.exec(contentType);
  const boundary = match?.[1] ?? match?.[2];
  if (boundary === undefined || !goodBoundary.test(boundary)) throw malformedForm("the Content-Type names no valid boundary");
  return boundary;
}
