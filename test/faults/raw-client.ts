import { connect, type Socket } from "node:net";
import type { ScriptedDialect } from "../upstreams/scripted-dialect.ts";
import { clientKey } from "./gateway-process.ts";

/** What a client got, byte by byte: no HTTP library stands between, so nothing is mended or hidden. */
export interface RawAnswer {
  /** 0 where no head came. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The message was whole by its own framing: all announced bytes, or the last chunk. */
  readonly whole: boolean;
  /** Who ended it: nobody within the time, the end of the message, the connection, or the client, who had seen enough. */
  readonly ended: "whole" | "closed" | "reset" | "left" | "never";
}

export interface RawRequest {
  readonly port: number;
  readonly dialect: ScriptedDialect;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly withinMs?: number;
  /** The client leaves when such text has come: it need not see how the connection ends. */
  readonly leavesAt?: RegExp;
}

/** The beginning of an error inside a stream, in any dialect. */
export const errorInBand = /^(event: (error|response\.failed)|data: \{"error":)[^\n]*\n(data: .*\n)?\n/m;

export const clientPaths: Readonly<Record<ScriptedDialect, string>> = {
  "openai-chat": "/v1/chat/completions",
  "openai-responses": "/v1/responses",
  "anthropic-messages": "/v1/messages",
};

/** The smallest honest request of a dialect. `text` is what the user says. */
export function bodyFor(dialect: ScriptedDialect, model: string, stream: boolean, text = "hi"): Record<string, unknown> {
  const said = dialect === "openai-responses" ? { input: text } : { messages: [{ role: "user", content: text }] };
  return { model, stream, ...said, ...(dialect === "anthropic-messages" && { max_tokens: 100 }) };
}

/** The request's bytes on the wire. */
export function wireOf({ port, dialect, body, headers }: RawRequest): string {
  return postOf(port, clientPaths[dialect], body, headers);
}

export function postOf(port: number, path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): string {
  const text = JSON.stringify(body);
  const own = { host: `127.0.0.1:${port}`, authorization: `Bearer ${clientKey}`, "content-type": "application/json", ...headers };
  const lines = Object.entries(own).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${path} HTTP/1.1\r\n${lines.join("")}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}

/** Connects, and asks; the caller reads, or doesn't, and leaves when it likes. */
export function openRequest(request: RawRequest): Socket {
  const socket = connect({ port: request.port, host: "127.0.0.1", noDelay: true });
  socket.write(wireOf(request));
  return socket;
}

/** Asks and reads until the message is whole or the connection ends. */
export function ask(request: RawRequest): Promise<RawAnswer> {
  return readFrom(openRequest(request), request);
}

/** Reads what comes until the message is whole or the connection ends. */
export function readFrom(socket: Socket, request: Pick<RawRequest, "withinMs" | "leavesAt"> = {}): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const reader = new EndFinder();
    const finish = (ended: RawAnswer["ended"]) => {
      clearTimeout(timer);
      socket.removeAllListeners("data").removeAllListeners("close");
      socket.destroy();
      resolve(readMessage(reader.bytes(), ended));
    };
    const timer = setTimeout(() => finish("never"), request.withinMs ?? 30_000);
    let reset = false;
    socket.on("error", () => {
      reset = true;
    });
    socket.on("data", (chunk: Buffer) => {
      if (reader.take(chunk)) finish("whole");
      else if (request.leavesAt?.test(chunk.toString())) finish("left");
    });
    socket.on("close", () => finish(reset ? "reset" : "closed"));
  });
}

/** Says when a message is whole without reading all of it again with every chunk. */
class EndFinder {
  readonly #chunks: Buffer[] = [];
  #received = 0;
  #head = "";
  /** Of the whole message; undefined until it is known, or where the message is chunked. */
  #length: number | undefined;

  take(chunk: Buffer): boolean {
    this.#chunks.push(chunk);
    this.#received += chunk.length;
    if (!this.#head.includes("\r\n\r\n")) {
      this.#head += chunk.subarray(0, 64 * 1024).toString("latin1");
      const headEnd = this.#head.indexOf("\r\n\r\n");
      const length = headEnd < 0 ? undefined : /\r\ncontent-length: *(\d+)/i.exec(this.#head.slice(0, headEnd))?.[1];
      if (length !== undefined) this.#length = headEnd + 4 + Number(length);
    }
    if (this.#length !== undefined) return this.#received >= this.#length;
    const tail = Buffer.concat(this.#chunks.slice(-5)).subarray(-5).toString("latin1");
    return tail === "0\r\n\r\n" && readMessage(this.bytes(), "whole").whole;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}

export function readMessage(bytes: Buffer, ended: RawAnswer["ended"]): RawAnswer {
  const headEnd = bytes.indexOf("\r\n\r\n");
  if (headEnd < 0) return { status: 0, headers: {}, body: Buffer.alloc(0), whole: false, ended };
  const [first = "", ...lines] = bytes.subarray(0, headEnd).toString("latin1").split("\r\n");
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const rest = bytes.subarray(headEnd + 4);
  const status = Number(first.split(" ")[1]);
  if (headers["transfer-encoding"] !== "chunked") {
    const length = Number(headers["content-length"] ?? -1);
    return { status, headers, body: rest, whole: rest.length === length, ended };
  }
  return { status, headers, ...readChunked(rest), ended };
}

function readChunked(bytes: Buffer): { body: Buffer; whole: boolean } {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return { body: Buffer.concat(parts), whole: false };
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString("latin1"), 16);
    const next = lineEnd + 2 + size + 2;
    if (size === 0) return { body: Buffer.concat(parts), whole: bytes.length === next };
    parts.push(bytes.subarray(lineEnd + 2, Math.min(lineEnd + 2 + size, bytes.length)));
    if (next > bytes.length) return { body: Buffer.concat(parts), whole: false };
    at = next;
  }
}
