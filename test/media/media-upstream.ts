import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A request as the upstream got it; large bodies are counted and hashed, not kept. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly length: number;
  readonly sha256: string;
  /** The first megabyte. */
  readonly body: Buffer;
}

export interface Script {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent one after another, each flushed, with the pause between them. */
  readonly chunks?: readonly (string | Uint8Array)[];
  readonly pauseMs?: number;
  /** Breaks the connection behind the chunks. */
  readonly cut?: boolean;
  /** Reads nothing of the body for so long. */
  readonly stallMs?: number;
  /** Answers before the body has come. */
  readonly early?: boolean;
}

export interface MediaUpstream {
  readonly url: string;
  readonly asked: Asked[];
  /** Requests whose connection ended before the answer had been sent. */
  readonly left: string[];
  /** What is answered, by method and path or by path; a function gets the request. */
  readonly scripts: Map<string, Script | ((asked: Asked, url: string) => Script)>;
  close(): void;
}

const keptBytes = 1024 * 1024;

/** An upstream whose answers the tests write, from what the providers' documentation says. Speaks HTTP by `node:http`. */
export async function startMediaUpstream(): Promise<MediaUpstream> {
  const asked: Asked[] = [];
  const left: string[] = [];
  const scripts: MediaUpstream["scripts"] = new Map();
  let url = "";
  const server = createServer((request, response) => {
    const path = request.url ?? "";
    let done = false;
    response.on("finish", () => (done = true));
    response.on("close", () => {
      if (!done) left.push(path);
    });
    const found = scripts.get(`${request.method} ${path}`) ?? scripts.get(path) ?? scripts.get(path.split("?")[0] ?? "");
    const early = typeof found === "object" && found.early ? found : undefined;
    if (early) void play(response, early);
    const stallMs = typeof found === "object" ? found.stallMs : undefined;
    const begin = () =>
      void read(request).then(
        (got) => {
          asked.push(got);
          const script = typeof found === "function" ? found(got, url) : found;
          if (!early) void play(response, script ?? { status: 404, chunks: [`{"error":{"message":"no script for ${path}"}}`] });
        },
        () => undefined,
      );
    if (stallMs) setTimeout(begin, stallMs);
    else begin();
  });
  server.requestTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    asked,
    left,
    scripts,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function read(request: IncomingMessage): Promise<Asked> {
  const hash = createHash("sha256");
  const kept: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    hash.update(chunk);
    if (length < keptBytes) kept.push(Buffer.from(chunk));
    length += chunk.length;
  }
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  return {
    method: request.method ?? "",
    path: request.url ?? "",
    headers,
    length,
    sha256: hash.digest("hex"),
    body: Buffer.concat(kept).subarray(0, keptBytes),
  };
}

async function play(response: ServerResponse, script: Script): Promise<void> {
  const { status = 200, headers = {}, chunks = [], pauseMs = 0, cut = false } = script;
  response.writeHead(status, { "content-type": "application/json", ...headers });
  for (const chunk of chunks) {
    if (response.destroyed) return;
    response.write(chunk);
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  if (cut) response.destroy();
  else response.end();
}

/** The form that was asked with, read by the runtime's own reader. */
export function formOf({ body, headers }: Asked): Promise<FormData> {
  return new Response(body as unknown as BodyInit, {
    headers: { "content-type": headers["content-type"] ?? "" },
  }).formData() as Promise<FormData>;
}
