import { BodyReader, type BodySink } from "./body-reader.ts";
import { contentLength, endOfHead, MessageHead, NotHttp, view } from "./message-head.ts";

export interface RequestHead {
  readonly method: string;
  /** As it came: no decoding, no dot segments resolved. */
  readonly path: string;
  /** Without its question mark. */
  readonly query: string;
  readonly headers: MessageHead;
  /** Whether the connection may carry another request after this one. */
  readonly keepAlive: boolean;
  /** HTTP/1.0 knows no chunks. */
  readonly chunksKnown: boolean;
  /** The client waits for a word before it sends the body. */
  readonly expectsContinue: boolean;
  /** In bytes; undefined where it is told by chunks. */
  readonly bodyLength: number | undefined;
}

/** Takes what the parser finds: a head, the pieces of the body as views of the bytes that were given, the end. */
export interface RequestHandler extends BodySink {
  onRequest(head: RequestHead): void;
  onBodyEnd(): void;
}

const maxHeadBytes = 32 * 1024;
const requestLine = /^[A-Z]{1,24} [\x21-\x7e]+ HTTP\/1\.[01]$/;
const versionLength = " HTTP/1.1".length;

/** Reads requests from a connection, one at a time, strictly. Pure: no sockets, no clock. */
export class RequestParser {
  readonly #handler: RequestHandler;
  /** A head that is not whole yet. */
  #pending: Buffer | undefined;
  #body: BodyReader | undefined;

  constructor(handler: RequestHandler) {
    this.#handler = handler;
  }

  /** A request has begun and its head is not whole. */
  get inHead(): boolean {
    return this.#pending !== undefined;
  }

  /** A request's body is not whole. */
  get inBody(): boolean {
    return this.#body !== undefined;
  }

  /**
   * Reads until a request is whole.
   * @returns what stands behind it: bytes of the next one, which is for the caller to keep until this one is answered
   * @throws NotHttp
   */
  take(bytes: Uint8Array): Buffer | undefined {
    let rest: Buffer | undefined = view(bytes);
    if (this.#body === undefined) rest = this.#takeHead(rest);
    if (rest === undefined || this.#body === undefined) return rest;
    rest = this.#body.take(rest);
    if (this.#body.done) this.#endBody();
    return rest;
  }

  #endBody(): void {
    this.#body = undefined;
    this.#handler.onBodyEnd();
  }

  /** @returns what stands behind the head; undefined where the head is not whole */
  #takeHead(piece: Buffer): Buffer | undefined {
    const before = this.#pending;
    let bytes = before === undefined ? piece : Buffer.concat([before, piece]);
    // Empty lines before a request are forgiven (RFC 9112, section 2.2).
    while (bytes[0] === 0x0d && bytes[1] === 0x0a) bytes = bytes.subarray(2);
    const end = endOfHead(bytes, Math.max(0, (before?.length ?? 0) - 3));
    if (end < 0 || end > maxHeadBytes) {
      if (bytes.length > maxHeadBytes) throw new NotHttp("the head is too large", 431);
      // Something that is not HTTP at all, such as TLS, may never end its head.
      if (!mayBegin(bytes)) throw new NotHttp("no request line");
      this.#pending = bytes.length === 0 ? undefined : bytes;
      return undefined;
    }
    this.#pending = undefined;
    const head = readRequest(MessageHead.read(bytes, 0, end));
    const framing = head.bodyLength ?? "chunked";
    if (framing !== 0) this.#body = new BodyReader(framing, this.#handler);
    this.#handler.onRequest(head);
    if (framing === 0) this.#handler.onBodyEnd();
    return bytes.length === end + 2 ? undefined : bytes.subarray(end + 2);
  }
}

/** A request begins with its method in capitals; before it may stand an empty line, of which half is here. */
function mayBegin(bytes: Buffer): boolean {
  const first = bytes[0];
  return first === undefined || (first === 0x0d && bytes.length === 1) || (first >= 0x41 && first <= 0x5a);
}

function readRequest(headers: MessageHead): RequestHead {
  const line = headers.startLine;
  if (!requestLine.test(line)) throw notARequest(line);
  const space = line.indexOf(" ");
  const method = line.slice(0, space);
  const target = line.slice(space + 1, -versionLength);
  const host = headers.single("host");
  const chunksKnown = line.endsWith("1");
  const pathAndQuery = target.startsWith("/") ? target : otherForm(method, target, host);
  // What a browser cuts off, or takes for a slash, a server before this one may too.
  if (/[#\\]/.test(pathAndQuery)) throw new NotHttp("no valid request target");
  const question = pathAndQuery.indexOf("?");
  return {
    method,
    path: question < 0 ? pathAndQuery : pathAndQuery.slice(0, question),
    query: question < 0 ? "" : pathAndQuery.slice(question + 1),
    headers,
    keepAlive: chunksKnown && headers.get("connection")?.toLowerCase().includes("close") !== true,
    chunksKnown,
    expectsContinue: chunksKnown && expectation(headers),
    bodyLength: framingOf(headers, chunksKnown),
  };
}

function notARequest(line: string): NotHttp {
  if (/^[A-Z].* HTTP\/[0-9.]+$/.test(line) && !/ HTTP\/1\.[01]$/.test(line))
    return new NotHttp("only HTTP/1.1 and HTTP/1.0 are spoken", 505);
  return new NotHttp("no request line");
}

/**
 * Clients of a proxy name the whole address (RFC 9112, section 3.2.2), which then counts before the Host header: the two must agree.
 * @throws NotHttp
 */
function otherForm(method: string, target: string, host: string | undefined): string {
  if (target === "*" && method === "OPTIONS") return target;
  const [, scheme = "", authority, rest = ""] = /^(https?):\/\/([^/?#\\@]+)([/?].*)?$/i.exec(target) ?? [];
  if (authority === undefined) throw new NotHttp("no valid request target");
  const usualPort = scheme.toLowerCase() === "http" ? /:80$/ : /:443$/;
  const plain = (name: string) => name.toLowerCase().replace(usualPort, "");
  if (host === undefined || plain(authority) !== plain(host)) throw new NotHttp("the request target and the host header differ");
  return rest.startsWith("/") ? rest : `/${rest}`;
}

function expectation(headers: MessageHead): boolean {
  const expected = headers.get("expect");
  if (expected === undefined) return false;
  if (expected.toLowerCase() !== "100-continue") throw new NotHttp("an unknown expectation", 417);
  return true;
}

/** @returns a length, or undefined for chunks. @throws NotHttp where two readers could see two ends */
function framingOf(headers: MessageHead, chunksKnown: boolean): number | undefined {
  const length = contentLength(headers);
  const coding = headers.get("transfer-encoding");
  if (coding === undefined) return length ?? 0;
  if (length !== undefined) throw new NotHttp("both a content-length and a transfer-encoding");
  if (!chunksKnown) throw new NotHttp("a transfer-encoding in HTTP/1.0");
  if (coding.toLowerCase() !== "chunked") throw new NotHttp("an unknown transfer coding", 501);
  return undefined;
}
