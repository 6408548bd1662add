import { connect, type Socket } from "node:net";
import type { DialectId } from "../../src/exchange/index.ts";
import { clientKey } from "./gateway-process.ts";

/** What a client got, byte by byte: no HTTP library stands between, so nothing is mended or hidden. */
export interface RawAnswer {
  /** 0 where no head came. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The message was whole by its own framing: all announced bytes, or the last chunk. */
  readonly whole: boolean;
  /** Who ended it: nobody within the time, the end of the message, or the connection. */
  readonly ended: "whole" | "closed" | "reset" | "never";
}

export interface RawRequest {
  readonly port: number;
  readonly dialect: DialectId;
  readonly body: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly withinMs?: number;
}

export const clientPaths: Readonly<Record<DialectId, string>> = {
  "openai-chat": "/v1/chat/completions",
  "openai-responses": "/v1/responses",
  "anthropic-messages": "/v1/messages",
};

/** The smallest honest request of a dialect. `text` is what the user says. */
export function bodyFor(dialect: DialectId, model: string, stream: boolean, text = "hi"): Record<string, unknown> {
  const said = dialect === "openai-responses" ? { input: text } : { messages: [{ role: "user", content: text }] };
  return { model, stream, ...said, ...(dialect === "anthropic-messages" && { max_tokens: 100 }) };
}

/** The request's bytes on the wire. */
export function wireOf({ port, dialect, body, headers = {} }: RawRequest): string {
  const text = JSON.stringify(body);
  const own = { host: `127.0.0.1:${port}`, authorization: `Bearer ${clientKey}`, "content-type": "application/json", ...headers };
  const lines = Object.entries(own).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST ${clientPaths[dialect]} HTTP/1.1\r\n${lines.join("")}content-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}

/** Connects, and asks; the caller reads, or doesn't, and leaves when it likes. */
export function openRequest(request: RawRequest): Socket {
  const socket = connect({ port: request.port, host: "127.0.0.1", noDelay: true });
  socket.write(wireOf(request));
  return socket;
}

/** Asks and reads until the message is whole or the connection ends. */
export function ask(request: RawRequest): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const socket = openRequest(request);
    const chunks: Buffer[] = [];
    const finish = (ended: RawAnswer["ended"]) => {
      clearTimeout(timer);
      socket.removeAllListeners("data").removeAllListeners("close");
      socket.destroy();
      resolve(readMessage(Buffer.concat(chunks), ended));
    };
    const timer = setTimeout(() => finish("never"), request.withinMs ?? 30_000);
    let reset = false;
    socket.on("error", () => {
      reset = true;
    });
    socket.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      if (endsMessage(chunks)) finish("whole");
    });
    socket.on("close", () => finish(reset ? "reset" : "closed"));
  });
}

/** Cheap: looks closer only where the last bytes could be an end. */
function endsMessage(chunks: readonly Buffer[]): boolean {
  const tail = Buffer.concat(chunks.slice(-2));
  const first = chunks[0] as Buffer;
  const headEnd = first.indexOf("\r\n\r\n");
  if (headEnd >= 0) {
    const length = /\r\ncontent-length: *(\d+)/i.exec(first.subarray(0, headEnd).toString("latin1"))?.[1];
    if (length !== undefined) return chunks.reduce((sum, chunk) => sum + chunk.length, 0) >= headEnd + 4 + Number(length);
  }
  return tail.subarray(-5).toString("latin1") === "0\r\n\r\n" && readMessage(Buffer.concat(chunks), "whole").whole;
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
