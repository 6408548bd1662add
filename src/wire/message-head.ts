/** The bytes are not HTTP/1.1 as RFC 9112 has it. */
export class NotHttp extends Error {
  /** The status that tells a client so. */
  readonly status: number;

  constructor(message: string, status = 400) {
    super(message);
    this.status = status;
  }
}

const maxHeaders = 512;
const colon = 0x3a;
const carriageReturn = 0x0d;
const lineFeed = 0x0a;

/** One mark a byte: may stand in a name (RFC 9110, `token`), may stand in a value. */
const inName = new Uint8Array(256);
const inValue = new Uint8Array(256);
for (const byte of Buffer.from("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")) inName[byte] = 1;
for (let byte = 0; byte < 256; byte++) inValue[byte] = byte === 0x09 || (byte >= 0x20 && byte !== 0x7f) ? 1 : 0;

/**
 * The first line and the headers of a message. Each line was checked; a header is looked for when it is asked for, which
 * costs less than a map of them all.
 */
export class MessageHead {
  readonly startLine: string;
  readonly #text: string;
  /** Three places in the text a header: start and end of its name, end of its line. */
  readonly #places: readonly number[];

  private constructor(startLine: string, text: string, places: readonly number[]) {
    this.startLine = startLine;
    this.#text = text;
    this.#places = places;
  }

  /**
   * Reads `bytes[start, end)`: a start line and header lines, each with its CRLF.
   * @throws NotHttp
   */
  static read(bytes: Buffer, start: number, end: number): MessageHead {
    const text = bytes.toString("latin1", start, end);
    const first = text.indexOf("\r\n");
    return new MessageHead(text.slice(0, first), text, placesOf(bytes, start, start + first + 2, end));
  }

  /** The value under a lower-case name; of several lines, joined by commas. */
  get(name: string): string | undefined {
    let value: string | undefined;
    for (let place = this.#find(name, 0); place >= 0; place = this.#find(name, place + 3)) {
      const one = this.#value(place);
      value = value === undefined ? one : `${value}, ${one}`;
    }
    return value;
  }

  /** The value of a header that must not stand twice. @throws NotHttp */
  single(name: string): string | undefined {
    const place = this.#find(name, 0);
    if (place < 0) return undefined;
    if (this.#find(name, place + 3) >= 0) throw new NotHttp(`two ${name} headers`);
    return this.#value(place);
  }

  /** Lower-case, in the order of the lines. */
  names(): string[] {
    const names: string[] = [];
    for (let place = 0; place < this.#places.length; place += 3) {
      names.push(this.#text.slice(this.#places[place], this.#places[place + 1]).toLowerCase());
    }
    return names;
  }

  #find(name: string, from: number): number {
    const places = this.#places;
    for (let place = from; place < places.length; place += 3) {
      const start = places[place] as number;
      if ((places[place + 1] as number) - start === name.length && this.#isNamed(name, start)) return place;
    }
    return -1;
  }

  #isNamed(name: string, start: number): boolean {
    for (let at = 0; at < name.length; at++) {
      const code = this.#text.charCodeAt(start + at);
      if ((code >= 0x41 && code <= 0x5a ? code | 0x20 : code) !== name.charCodeAt(at)) return false;
    }
    return true;
  }

  #value(place: number): string {
    let from = (this.#places[place + 1] as number) + 1;
    let to = this.#places[place + 2] as number;
    while (from < to && isSpace(this.#text.charCodeAt(from))) from++;
    while (to > from && isSpace(this.#text.charCodeAt(to - 1))) to--;
    return this.#text.slice(from, to);
  }
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** Checks the header lines, and notes where they stand, counted from `origin`. */
function placesOf(bytes: Buffer, origin: number, start: number, end: number): number[] {
  const places: number[] = [];
  let at = start;
  while (at < end) {
    if (places.length === maxHeaders * 3) throw new NotHttp("too many headers", 431);
    const name = at;
    while (inName[bytes[at] as number] === 1) at++;
    const nameEnd = at;
    if (nameEnd === name || bytes[at] !== colon) throw new NotHttp("a header line that is none");
    at++;
    while (inValue[bytes[at] as number] === 1) at++;
    if (bytes[at] !== carriageReturn || bytes[at + 1] !== lineFeed) throw new NotHttp("a header line that is none");
    places.push(name - origin, nameEnd - origin, at - origin);
    at += 2;
  }
  return places;
}

/** A line behind the last chunk has the form of a header. @throws NotHttp */
export function checkTrailer(line: Buffer): void {
  placesOf(line, 0, 0, line.length);
}

/** Where the empty line behind a head begins, if it has come: the index of its CRLF, or -1. */
export function endOfHead(bytes: Buffer, from = 0): number {
  const end = bytes.indexOf("\r\n\r\n", from, "latin1");
  return end < 0 ? -1 : end + 2;
}

/** @throws NotHttp */
export function contentLength(head: MessageHead): number | undefined {
  const text = head.single("content-length");
  if (text === undefined) return undefined;
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 0x30;
    if (digit < 0 || digit > 9) throw new NotHttp("no valid content-length");
    length = length * 10 + digit;
  }
  if (text.length === 0 || text.length > 15) throw new NotHttp("no valid content-length");
  return length;
}

export function view(bytes: Uint8Array): Buffer {
  return bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
