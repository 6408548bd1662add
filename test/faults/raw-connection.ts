import { connect, type Socket } from "node:net";
import { sleep } from "./promise.ts";

/** One answer of a connection that may carry several. */
export interface Message {
  readonly status: number;
  /** The first line and the header lines, as they came. */
  readonly head: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** By its own framing: all announced bytes, or the last chunk. */
  readonly whole: boolean;
}

/** How a connection has ended for the client; `open` where nobody has ended it yet. */
export type Ending = "open" | "closed" | "reset";

export interface ReadOptions {
  /** Answers to HEAD have no body, whatever their length says. */
  readonly bodiless?: boolean;
  readonly withinMs?: number;
}

/** A TCP connection on which a test says exactly what it likes, and sees every byte that comes back. */
export class RawConnection {
  readonly socket: Socket;
  #ending: Ending = "open";
  readonly #chunks: Buffer[] = [];

  /** @param port of the gateway on this machine. */
  constructor(port: number) {
    this.socket = connect({ port, host: "127.0.0.1", noDelay: true });
    this.socket.on("data", (chunk: Buffer) => this.#chunks.push(chunk));
    this.socket.on("error", () => {
      this.#ending = "reset";
    });
    this.socket.on("close", () => {
      if (this.#ending === "open") this.#ending = "closed";
    });
  }

  get ending(): Ending {
    return this.#ending;
  }

  /** Everything that has come, as Latin-1. */
  get text(): string {
    return Buffer.concat(this.#chunks).toString("latin1");
  }

  send(data: string | Uint8Array): void {
    this.socket.write(typeof data === "string" ? Buffer.from(data, "latin1") : data);
  }

  /** Sends pieces of so many bytes, each in a segment of its own as far as the system allows. */
  async sendSliced(data: string, pieceBytes: number): Promise<void> {
    const bytes = Buffer.from(data, "latin1");
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      this.send(bytes.subarray(at, at + pieceBytes));
      await sleep(0);
    }
  }

  /** Waits for so many whole answers, or for the end of the connection: then what there is. */
  async answers(count: number, { bodiless = false, withinMs = 10_000 }: ReadOptions = {}): Promise<Message[]> {
    await this.#until(() => splitMessages(this.text, bodiless).filter(({ whole }) => whole).length >= count, withinMs);
    return splitMessages(this.text, bodiless);
  }

  /** The one answer that is expected next. */
  async answer(options: ReadOptions = {}): Promise<Message> {
    const [first] = await this.answers(1, options);
    if (!first) throw new Error(`No answer came; the connection is ${this.#ending}.`);
    return first;
  }

  /** Waits until the text has come, or the connection has ended. */
  async untilText(text: string, withinMs = 10_000): Promise<void> {
    await this.#until(() => this.text.includes(text), withinMs);
  }

  /** Waits for the end of the connection. */
  async end(withinMs = 10_000): Promise<Ending> {
    await this.#until(() => false, withinMs);
    return this.#ending;
  }

  destroy(): void {
    this.socket.destroy();
  }

  async #until(isSo: () => boolean, withinMs: number): Promise<void> {
    const until = performance.now() + withinMs;
    while (!isSo() && this.#ending === "open" && performance.now() < until) await sleep(2);
  }
}

/** The answers in what a client got, one behind the other; interim ones (1xx) are messages of their own. */
export function splitMessages(text: string, bodiless = false): Message[] {
  const messages: Message[] = [];
  for (let at = 0; at < text.length; ) {
    const headEnd = text.indexOf("\r\n\r\n", at);
    if (headEnd < 0) {
      messages.push({ status: 0, head: text.slice(at), headers: {}, body: "", whole: false });
      break;
    }
    const head = text.slice(at, headEnd);
    const [first = "", ...lines] = head.split("\r\n");
    const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]));
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1] ?? 0);
    const { body, end, whole } = bodyAt(
      text,
      headEnd + 4,
      status < 200 || status === 204 || status === 304 || bodiless ? { "content-length": "0" } : headers,
    );
    messages.push({ status, head, headers, body, whole });
    at = end;
  }
  return messages;
}

interface Body {
  readonly body: string;
  /** Where the next answer begins. */
  readonly end: number;
  readonly whole: boolean;
}

function bodyAt(text: string, start: number, headers: Readonly<Record<string, string>>): Body {
  if (headers["transfer-encoding"] === "chunked") return chunksAt(text, start);
  const length = Number(headers["content-length"] ?? Number.NaN);
  if (Number.isNaN(length)) return { body: text.slice(start), end: text.length, whole: false };
  const end = Math.min(text.length, start + length);
  return { body: text.slice(start, end), end, whole: end === start + length };
}

function chunksAt(text: string, start: number): Body {
  let body = "";
  for (let at = start; ; ) {
    const match = /^([0-9a-f]+)\r\n/.exec(text.slice(at, at + 16));
    const size = Number.parseInt(match?.[1] ?? "", 16);
    const from = at + (match?.[0].length ?? 0);
    if (!match || text.length < from + size + 2) return { body, end: text.length, whole: false };
    body += text.slice(from, from + size);
    at = from + size + 2;
    if (size === 0) return { body, end: at, whole: true };
  }
}
