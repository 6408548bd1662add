import type { Head } from "../../exchange/index.ts";
import type { ClientLink } from "./client-link.ts";

const scratchBytes = 32 * 1024;
/** Eight digits and the end of the line. */
const longestSize = 10;
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/;
const lastChunk = Buffer.from("0\r\n\r\n");

const reasons: Readonly<Record<number, string>> = {
  200: "OK",
  201: "Created",
  204: "No Content",
  304: "Not Modified",
  400: "Bad Request",
  401: "Unauthorized",
  402: "Payment Required",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  409: "Conflict",
  412: "Precondition Failed",
  413: "Content Too Large",
  417: "Expectation Failed",
  421: "Misdirected Request",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  505: "HTTP Version Not Supported",
  529: "Overloaded",
};

/** How the end of an answer's body is told. */
export type AnswerFraming = "length" | "chunks" | "close";

/** Answers as HTTP/1.1 has them, put together in one piece of memory that all connections of a listener share. */
export class AnswerBytes {
  readonly #scratch = Buffer.allocUnsafe(scratchBytes);
  readonly #hsts: () => string | undefined;
  #dateSecond = 0;
  /** The header lines that are the same for all answers of a second. */
  #common = "";

  /** @param hsts what `Strict-Transport-Security` says now; undefined: nothing */
  constructor(hsts: () => string | undefined = () => undefined) {
    this.#hsts = hsts;
  }

  /** A head with its body; without the body itself where `bodiless` (an answer to HEAD). */
  whole(link: ClientLink, { status, headers }: Head, body: Uint8Array, options: { keepAlive: boolean; bodiless: boolean }): void {
    // What has no body by its status may not tell a length of one.
    const length = status === 204 || status === 304 ? "" : `content-length: ${body.length}\r\n`;
    const head = `${this.#head(status, headers, options.keepAlive)}${length}\r\n`;
    const scratch = this.#scratch;
    if (options.bodiless) {
      this.#text(link, head);
    } else if (head.length + body.length <= scratch.length) {
      scratch.write(head, 0, "latin1");
      scratch.set(body, head.length);
      link.write(scratch, 0, head.length + body.length);
    } else {
      this.#text(link, head);
      const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
      link.write(bytes, 0, bytes.length);
    }
  }

  /** The head of a stream, which leaves with its first piece. */
  begin(link: ClientLink, { status, headers }: Head, keepAlive: boolean, framing: AnswerFraming): void {
    this.#text(link, `${this.#head(status, headers, keepAlive)}${framing === "chunks" ? "transfer-encoding: chunked\r\n" : ""}\r\n`, true);
  }

  /** A piece of a stream. @param more something follows at once */
  piece(link: ClientLink, bytes: Uint8Array, framing: AnswerFraming, more = false): void {
    if (bytes.length === 0) return;
    const room = longestSize + bytes.length + 2;
    const out = room <= scratchBytes ? this.#scratch : Buffer.allocUnsafe(room);
    const begin = framing === "chunks" ? writeSize(out, bytes.length) : 0;
    out.set(bytes, begin);
    let end = begin + bytes.length;
    if (framing === "chunks") {
      out[end++] = 0x0d;
      out[end++] = 0x0a;
    }
    link.write(out, 0, end, more);
  }

  /** The end of a stream that is whole. */
  end(link: ClientLink, framing: AnswerFraming): void {
    if (framing === "chunks") link.write(lastChunk, 0, lastChunk.length);
  }

  #head(status: number, headers: Head["headers"], keepAlive: boolean): string {
    const text = `HTTP/1.1 ${status} ${reasons[status] ?? "Other"}\r\n${this.#now()}${fields(headers)}`;
    return keepAlive ? text : `${text}connection: close\r\n`;
  }

  #now(): string {
    const second = Math.floor(Date.now() / 1000);
    if (second !== this.#dateSecond) {
      this.#dateSecond = second;
      const hsts = this.#hsts();
      const date = `date: ${new Date(second * 1000).toUTCString()}\r\n`;
      this.#common = hsts === undefined ? date : `${date}strict-transport-security: ${hsts}\r\n`;
    }
    return this.#common;
  }

  #text(link: ClientLink, text: string, more = false): void {
    const out = text.length <= scratchBytes ? this.#scratch : Buffer.allocUnsafe(text.length);
    link.write(out, 0, out.write(text, 0, "latin1"), more);
  }
}

/** A chunk's size in hexadecimal digits, and the end of its line. @returns where that ends */
function writeSize(out: Buffer, size: number): number {
  let at = 0;
  let digits = 1;
  while (digits < 8 && size >>> (4 * digits) > 0) digits++;
  while (digits > 0) {
    digits--;
    const digit = (size >>> (4 * digits)) & 15;
    out[at++] = digit < 10 ? 0x30 + digit : 0x57 + digit;
  }
  out[at++] = 0x0d;
  out[at++] = 0x0a;
  return at;
}

/** Names are ours; a value that would not stay one line is left out rather than split the answer. */
function fields(headers: Head["headers"]): string {
  let text = "";
  for (const name in headers) {
    const value = headers[name] as string;
    if (headerValue.test(value)) text += `${name}: ${value}\r\n`;
  }
  return text;
}
