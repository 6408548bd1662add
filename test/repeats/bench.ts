import { afterAll, afterEach, beforeAll, beforeEach, setSystemTime } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type OpenedGateway, openGateway } from "../../src/gateway/index.ts";
import { openVault } from "../../src/secrets/index.ts";

/** What came to the upstream. */
export interface Seen {
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

export type Scripted = (request: IncomingMessage, response: ServerResponse) => void;

/** Gateways within this process, before an upstream that says how often it was asked. */
export class Bench {
  seen: Seen[] = [];
  /** What the next answers do; then they are ordinary. */
  script: Scripted[] = [];
  /** Holds back every ordinary answer. */
  gate: PromiseWithResolvers<void> | undefined;
  baseUrl = "";
  #server: Server | undefined;
  #opened: OpenedGateway[] = [];
  #folders: string[] = [];

  async start(): Promise<void> {
    const server = createServer((request, response) => void this.#answer(request, response));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    this.baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  }

  stop(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }

  begin(): void {
    this.seen = [];
    this.script = [];
    this.gate = undefined;
  }

  async end(): Promise<void> {
    setSystemTime();
    for (const each of this.#opened.splice(0)) await each.close();
    for (const folder of this.#folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  }

  /** With a folder: as a process of its own has it. */
  async open(config: Record<string, unknown> = {}, folder?: string): Promise<OpenedGateway> {
    const vault = folder === undefined ? undefined : await openVault({ folder, env: {}, guards: {} });
    const gateway = await openGateway({
      config: { ...this.#config(), ...config },
      ...(folder !== undefined && vault && { folder, bodySeals: vault.bodySeals, firstKeys: false }),
    });
    this.#opened.push(gateway);
    return gateway;
  }

  #config() {
    return {
      providers: { mock: this.provider() },
      prices: { "mock/*": { input: 1, output: 1 } },
      keys: ["a", "b"].map((name) => ({ name, value: keyText(name) })),
    };
  }

  /** Asks once. */
  provider(more: object = {}) {
    const dialects = ["openai-embeddings", "openai-transcriptions"];
    return { type: "openai-compatible", dialects, retries: 0, baseUrl: this.baseUrl, ...more };
  }

  newFolder(): string {
    const folder = mkdtempSync(join(tmpdir(), "sluice-repeats-"));
    this.#folders.push(folder);
    return folder;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString("latin1");
    this.seen.push({ headers: request.headers, text });
    const number = this.seen.length;
    const scripted = this.script.shift();
    if (scripted) return scripted(request, response);
    await this.gate?.promise;
    if (request.url?.endsWith("/audio/transcriptions"))
      return json(response, { text: `recording ${number}`, usage: { type: "duration", seconds: 2 } });
    const body = JSON.parse(text) as { stream?: boolean; max_tokens?: number };
    const data = [{ object: "embedding", index: 0, embedding: [number] }];
    if (request.url?.endsWith("/embeddings"))
      return json(response, { object: "list", model: "m", data, usage: { prompt_tokens: 3, total_tokens: 3 } });
    const long = (body.max_tokens ?? 0) > 1_000 ? "x".repeat(body.max_tokens ?? 0) : "";
    if (body.stream === true) return streamed(response, ["one ", "two ", "three", long]);
    const choice = { index: 0, finish_reason: "stop", message: { role: "assistant", content: `answer ${number}${long}` } };
    return json(response, { id: `c${number}`, object: "chat.completion", created: 1, model: "m", choices: [choice], usage });
  }
}

const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

function json(response: ServerResponse, body: unknown): void {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify(body));
}

/** A piece of a streamed answer. */
export function chunk(content: string | undefined, rest: object = {}): string {
  const choices = content === undefined ? [] : [{ index: 0, finish_reason: null, delta: { content } }];
  return `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "m", choices, ...rest })}\n\n`;
}

async function streamed(response: ServerResponse, words: readonly string[]): Promise<void> {
  response.setHeader("content-type", "text/event-stream");
  for (const word of words) {
    response.write(chunk(word));
    await Bun.sleep(5);
  }
  const end = chunk("", { choices: [{ index: 0, finish_reason: "stop", delta: {} }] });
  response.end(`${end}${chunk(undefined, { usage })}data: [DONE]\n\n`);
}

export const refusing =
  (status: number): Scripted =>
  (_request, response) => {
    response.writeHead(status, { "content-type": "application/json" }).end('{"error":{"message":"No.","type":"x"}}');
  };

export const keyText = (name: string) => `sk-sluice-${name}-0123456789abcdef0123456789abcdef`;
export const hello = { model: "mock/m", messages: [{ role: "user", content: "hello" }], max_tokens: 5 };

export interface Asked {
  readonly key?: string | undefined;
  readonly as?: string;
  /** A key of the store instead. */
  readonly bearer?: string;
  readonly path?: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

export function requestOf({ key, as = "a", bearer = keyText(as), path = "/v1/chat/completions", body = hello, signal }: Asked): Request {
  const isForm = body instanceof FormData;
  const headers = {
    authorization: `Bearer ${bearer}`,
    ...(!isForm && { "content-type": "application/json" }),
    ...(key !== undefined && { "idempotency-key": key }),
  };
  const sent = isForm ? body : JSON.stringify(body);
  return new Request(`http://127.0.0.1${path}`, { method: "POST", headers, body: sent, ...(signal && { signal }) });
}

export async function ask(gateway: OpenedGateway, asked: Asked) {
  const answered = await gateway.fetch(requestOf(asked));
  return { status: answered.status, headers: answered.headers, bytes: Buffer.from(await answered.arrayBuffer()) };
}

type Answered = Awaited<ReturnType<typeof ask>>;
export const codeOf = ({ bytes }: Answered) => (JSON.parse(bytes.toString()) as { error: { code: string } }).error.code;
export const isReplay = ({ headers }: Answered) => headers.get("idempotent-replayed") === "true";

export async function recordsOf(gateway: OpenedGateway) {
  await gateway.storage.drain();
  return gateway.storage.records.recent(100);
}

export async function until(isSo: () => boolean): Promise<void> {
  for (const end = performance.now() + 5_000; !isSo(); await Bun.sleep(5))
    if (performance.now() > end) throw new Error("It was not so in time.");
}

/** One for all tests of a file. */
export function useBench(): Bench {
  const bench = new Bench();
  beforeAll(() => bench.start());
  afterAll(() => bench.stop());
  beforeEach(() => bench.begin());
  afterEach(() => bench.end());
  return bench;
}
