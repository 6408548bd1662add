/** Takes what a parser finds. `onData` gets views of the bytes that were given. */
export interface AnswerHandler {
  onHead(status: number, headers: ReadonlyMap<string, string>): void;
  onData(bytes: Uint8Array): void;
  onEnd(): void;
}

/** The bytes are not HTTP/1.1 as RFC 9112 has it. */
export class NotHttp extends Error {}

const maxHeadBytes = 128 * 1024;
const maxHeaders = 512;
const maxChunkLineBytes = 4096;
const statusLine = /^HTTP\/1\.([01]) (\d{3})(?: |$)/;
const headerName = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const empty = new Uint8Array(0);

type State = "head" | "sized" | "until-close" | "chunk-size" | "chunk-data" | "chunk-end" | "trailer" | "done";

/**
 * Reads answers of HTTP/1.1 from a connection, strictly: what two readers could take differently (two lengths, folded or
 * nameless headers, an unknown transfer coding, bare line feeds) is refused. Pure: no sockets, no clock.
 */
export class AnswerParser {
  /** Whether the connection may carry another request after this answer. */
  reusable = true;
  readonly #handler: AnswerHandler;
  #state: State = "head";
  /** Bytes of a head or a line that is not whole yet. */
  #pending: Uint8Array = empty;
  /** Bytes of the body, or of the chunk, that are still to come. */
  #left = 0;

  constructor(handler: AnswerHandler) {
    this.#handler = handler;
  }

  get done(): boolean {
    return this.#state === "done";
  }

  /** @throws NotHttp */
  take(bytes: Uint8Array): void {
    let rest: Buffer | undefined = view(this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]));
    this.#pending = empty;
    while (rest !== undefined && rest.length > 0) {
      switch (this.#state) {
        case "head":
          rest = this.#takeHead(rest);
          break;
        case "sized":
        case "chunk-data":
          rest = this.#takeBody(rest);
          break;
        case "until-close":
          this.#handler.onData(rest);
          return;
        case "done":
          // Nobody asked for more: the rest is dropped, and with it the connection.
          this.reusable = false;
          return;
        default:
          rest = this.#takeLine(rest);
      }
    }
  }

  /** The other side has closed. @returns whether the answer was whole */
  close(): boolean {
    if (this.#state === "until-close") this.#finish();
    return this.#state === "done";
  }

  #finish(): void {
    this.#state = "done";
    this.#handler.onEnd();
  }

  #takeHead(bytes: Buffer): Buffer | undefined {
    const end = bytes.indexOf("\r\n\r\n");
    if (end < 0 || end > maxHeadBytes) {
      if (bytes.length > maxHeadBytes) throw new NotHttp("the head is too large");
      // Something that is not HTTP at all may never end its head.
      if (bytes.length >= 5 && !bytes.toString("latin1", 0, 5).startsWith("HTTP/")) throw new NotHttp("no status line");
      this.#pending = bytes;
      return undefined;
    }
    this.#readHead(bytes.toString("latin1", 0, end));
    return bytes.subarray(end + 4);
  }

  #readHead(text: string): void {
    const lines = text.split("\r\n");
    const match = statusLine.exec(lines[0] ?? "");
    if (match === null) throw new NotHttp("no status line");
    const status = Number(match[2]);
    const headers = readHeaders(lines);
    if (status < 200) {
      if (status === 101) throw new NotHttp("an upgrade that nobody asked for");
      return;
    }
    const connection = headers.get("connection")?.toLowerCase();
    this.reusable = match[1] === "1" ? connection?.includes("close") !== true : connection?.includes("keep-alive") === true;
    this.#frameBody(status, headers.get("content-length"), headers.get("transfer-encoding"));
    this.#handler.onHead(status, headers);
    if (this.#state === "sized" && this.#left === 0) this.#finish();
  }

  #frameBody(status: number, length: string | undefined, coding: string | undefined): void {
    if (length !== undefined && !/^\d{1,15}$/.test(length)) throw new NotHttp("no valid content-length");
    if (status === 204 || status === 304) {
      this.#state = "sized";
      this.#left = 0;
    } else if (coding !== undefined) {
      if (coding.toLowerCase() !== "chunked") throw new NotHttp("an unknown transfer coding");
      this.#state = "chunk-size";
      if (length !== undefined) this.reusable = false;
    } else if (length !== undefined) {
      this.#state = "sized";
      this.#left = Number(length);
    } else {
      this.#state = "until-close";
      this.reusable = false;
    }
  }

  #takeBody(bytes: Buffer): Buffer | undefined {
    const taken = bytes.length <= this.#left ? bytes : bytes.subarray(0, this.#left);
    this.#left -= taken.length;
    this.#handler.onData(taken);
    if (this.#left > 0) return undefined;
    if (this.#state === "chunk-data") this.#state = "chunk-end";
    else this.#finish();
    return bytes.length === taken.length ? undefined : bytes.subarray(taken.length);
  }

  /** The lines between chunks: a size, the end of a chunk, trailers. */
  #takeLine(bytes: Buffer): Buffer | undefined {
    const end = bytes.indexOf("\r\n");
    if (end < 0 || end > maxChunkLineBytes) {
      if (bytes.length > maxChunkLineBytes) throw new NotHttp("a chunk's size is too long");
      if (this.#state === "chunk-end" && bytes[0] !== 13) throw new NotHttp("a chunk is longer than it said");
      this.#pending = bytes;
      return undefined;
    }
    const line = bytes.toString("latin1", 0, end);
    if (this.#state === "trailer") {
      if (line === "") this.#finish();
    } else if (this.#state === "chunk-end") {
      if (line !== "") throw new NotHttp("a chunk is longer than it said");
      this.#state = "chunk-size";
    } else {
      this.#left = readChunkSize(line);
      this.#state = this.#left === 0 ? "trailer" : "chunk-data";
    }
    return bytes.subarray(end + 2);
  }
}

function view(bytes: Uint8Array): Buffer {
  return bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function readChunkSize(line: string): number {
  const match = /^([0-9a-fA-F]{1,8})[ \t]*(?:;|$)/.exec(line);
  if (match?.[1] === undefined) throw new NotHttp("no valid chunk size");
  return Number.parseInt(match[1], 16);
}

function readHeaders(lines: readonly string[]): Map<string, string> {
  if (lines.length > maxHeaders) throw new NotHttp("too many headers");
  const headers = new Map<string, string>();
  for (let index = 1; index < lines.length; index += 1) {
    const line = lines[index] ?? "";
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0)).toLowerCase();
    if (!headerName.test(name) || /[\r\n\0]/.test(line)) throw new NotHttp("a header line that is none");
    const value = line.slice(colon + 1).trim();
    const before = headers.get(name);
    if (before !== undefined && name === "content-length") throw new NotHttp("two content-lengths");
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return headers;
}
