import { BodyReader, type BodySink } from "./body-reader.ts";
import { contentLength, endOfHead, MessageHead, NotHttp, view } from "./message-head.ts";

/** Takes what a parser finds. `onBody` gets views of the bytes that were given. */
export interface AnswerHandler extends BodySink {
  onHead(status: number, head: MessageHead): void;
  onEnd(): void;
}

const maxHeadBytes = 128 * 1024;
const statusLine = /^HTTP\/1\.[01] \d{3}(?: |$)/;
const minorAt = 7;

/** Reads the answer to one request from a connection, strictly. Pure: no sockets, no clock. */
export class AnswerParser {
  /** Whether the connection may carry another request after this answer. */
  reusable = true;
  readonly #handler: AnswerHandler;
  /** A head that is not whole yet. */
  #pending: Buffer | undefined;
  #body: BodyReader | undefined;
  #ended = false;

  constructor(handler: AnswerHandler) {
    this.#handler = handler;
  }

  get done(): boolean {
    return this.#ended;
  }

  /** @throws NotHttp */
  take(bytes: Uint8Array): void {
    let rest: Buffer | undefined = view(bytes);
    while (this.#body === undefined) {
      rest = this.#takeHead(rest);
      if (rest === undefined) return;
    }
    rest = this.#body.take(rest);
    // Nobody asked for more: the rest is dropped, and with it the connection.
    if (rest !== undefined && rest.length > 0) this.reusable = false;
    if (this.#body.done) this.#finish();
  }

  /** The other side has closed. @returns whether the answer was whole */
  close(): boolean {
    if (this.#body?.close()) this.#finish();
    return this.#ended;
  }

  #finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#handler.onEnd();
  }

  /** @returns what stands behind the head; undefined where the head is not whole */
  #takeHead(piece: Buffer): Buffer | undefined {
    const bytes = this.#pending === undefined ? piece : Buffer.concat([this.#pending, piece]);
    const end = endOfHead(bytes);
    if (end < 0 || end > maxHeadBytes) {
      if (bytes.length > maxHeadBytes) throw new NotHttp("the head is too large");
      // Something that is not HTTP at all may never end its head.
      if (bytes.length >= 5 && !bytes.toString("latin1", 0, 5).startsWith("HTTP/")) throw new NotHttp("no status line");
      this.#pending = bytes.length === 0 ? undefined : bytes;
      return undefined;
    }
    this.#pending = undefined;
    this.#readHead(MessageHead.read(bytes, 0, end));
    return bytes.subarray(end + 2);
  }

  #readHead(head: MessageHead): void {
    const line = head.startLine;
    if (!statusLine.test(line)) throw new NotHttp("no status line");
    const status = Number(line.slice(minorAt + 2, minorAt + 5));
    if (status < 200) {
      if (status === 101) throw new NotHttp("an upgrade that nobody asked for");
      return;
    }
    const connection = head.get("connection")?.toLowerCase();
    this.reusable = line[minorAt] === "1" ? connection?.includes("close") !== true : connection?.includes("keep-alive") === true;
    this.#body = new BodyReader(this.#framing(status, head), this.#handler, true);
    this.#handler.onHead(status, head);
  }

  #framing(status: number, head: MessageHead): number | "chunked" | "until-close" {
    const length = contentLength(head);
    const coding = head.get("transfer-encoding");
    if (status === 204 || status === 304) return 0;
    if (coding !== undefined) {
      if (coding.toLowerCase() !== "chunked") throw new NotHttp("an unknown transfer coding");
      if (length !== undefined) this.reusable = false;
      return "chunked";
    }
    if (length !== undefined) return length;
    this.reusable = false;
    return "until-close";
  }
}
