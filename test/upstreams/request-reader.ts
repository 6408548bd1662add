export interface RequestHead {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Cuts a socket's bytes into HTTP/1.1 requests: Content-Length and chunked bodies, one after another. */
export class RequestReader {
  #bytes = Buffer.alloc(0);
  readonly #onRequest: (head: RequestHead, body: string) => void;

  constructor(onRequest: (head: RequestHead, body: string) => void) {
    this.#onRequest = onRequest;
  }

  take(data: Uint8Array): void {
    this.#bytes = this.#bytes.length === 0 ? Buffer.from(data) : Buffer.concat([this.#bytes, data]);
    for (;;) {
      const headEnd = this.#bytes.indexOf("\r\n\r\n");
      if (headEnd < 0) return;
      const head = readHead(this.#bytes.subarray(0, headEnd).toString("latin1"));
      const rest = this.#bytes.subarray(headEnd + 4);
      const chunked = head.headers["transfer-encoding"] === "chunked";
      const body = chunked ? readChunked(rest) : readSized(rest, Number(head.headers["content-length"] ?? 0));
      if (body === undefined) return;
      this.#bytes = rest.subarray(body.taken);
      this.#onRequest(head, body.text);
    }
  }
}

function readHead(text: string): RequestHead {
  const [first = "", ...lines] = text.split("\r\n");
  const [method = "", path = ""] = first.split(" ");
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { method, path, headers };
}

function readSized(bytes: Buffer, length: number): { text: string; taken: number } | undefined {
  return bytes.length < length ? undefined : { text: bytes.subarray(0, length).toString("utf8"), taken: length };
}

function readChunked(bytes: Buffer): { text: string; taken: number } | undefined {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(bytes.subarray(at, lineEnd).toString("latin1"), 16);
    const next = lineEnd + 2 + size + 2;
    if (bytes.length < next) return undefined;
    if (size === 0) return { text: Buffer.concat(parts).toString("utf8"), taken: next };
    parts.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = next;
  }
}
