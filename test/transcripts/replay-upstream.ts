import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Dialect, isObject, type Json, parseJson, type RecordedAnswer } from "./exchange.ts";
import { fieldsIn, partsOf } from "./files/form-parts.ts";

/** How a streamed body is cut into chunks; the gateway must not care. */
export type Slicing =
  | { readonly by: "frame" }
  | { readonly by: "byte" }
  /** Pieces of 1 to 97 bytes, the same for the same seed. */
  | { readonly by: "seed"; readonly seed: number };

export interface ReplayCase {
  readonly dialect: Dialect;
  readonly answer: RecordedAnswer;
  readonly slicing?: Slicing;
}

/** What the gateway sent. */
export interface Arrival {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Of a form its fields. */
  readonly json: Json | undefined;
}

export interface ReplayUpstream {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Registers an answer; ask for the model `<any>@case-<id>`, or below `/case/<id>`. */
  add(replay: ReplayCase): string;
  /** The requests that came for a case, oldest first. */
  arrivals(id: string): readonly Arrival[];
  close(): Promise<void>;
}

const pathEndings: Readonly<Record<Dialect, RegExp>> = {
  "openai-chat": /\/chat(\/completions)?$/,
  "openai-responses": /\/responses$/,
  "anthropic-messages": /\/messages$|\/model\/[^/]+\/invoke(-with-response-stream)?$/,
  "openai-embeddings": /\/embeddings$/,
  "gemini-generate": /\/models\/[^/]+:(generateContent|streamGenerateContent)$/,
  "gemini-interactions": /\/interactions$/,
  "bedrock-converse": /\/model\/[^/]+\/converse(-stream)?$/,
  "cohere-chat": /\/v2\/chat$/,
  "ollama-chat": /\/api\/chat$/,
  "cohere-embed": /\/(v2\/embed|invoke)$/,
  "gemini-embed": /\/models\/[^/]+:embedContent$/,
  "gemini-batch-embed": /\/models\/[^/]+:batchEmbedContents$/,
  "ollama-embed": /\/api\/embed$/,
  "cohere-rerank": /\/(v2\/rerank|invoke)$/,
  "jina-rerank": /\/rerank$/,
  "openai-completions": /\/completions$/,
  "ollama-generate": /\/api\/generate$/,
  "openai-moderations": /\/moderations$/,
  "openai-compact": /\/responses\/compact$/,
  "openai-input-tokens": /\/input_tokens$/,
  "anthropic-count-tokens": /\/count_tokens$/,
  "gemini-count-tokens": /\/models\/[^/]+:countTokens$/,
  "bedrock-count-tokens": /\/model\/[^/]+\/count-tokens$/,
  "bedrock-invoke": /\/model\/[^/]+\/invoke(-with-response-stream)?$/,
  "openai-images": /\/images\/generations$/,
  "openai-image-edits": /\/images\/edits$/,
  "openai-image-variations": /\/images\/variations$/,
  "openai-transcriptions": /\/audio\/transcriptions$/,
  "openai-translations": /\/audio\/translations$/,
  "openai-speech": /\/audio\/speech$/,
};

const neverReplayed =
  /^(content-length|content-encoding|transfer-encoding|connection|keep-alive|content-security-policy|set-cookie|alt-svc|date)$/;

/** An upstream on 127.0.0.1 that gives recorded answers: status, headers and bytes as they were. */
export async function openReplayUpstream(): Promise<ReplayUpstream> {
  const cases = new Map<string, ReplayCase>();
  const arrivals = new Map<string, Arrival[]>();
  const server = createServer((request, response) => {
    readAll(request)
      .then((body) => {
        const path = request.url ?? "";
        const form = partsOf(request.headers["content-type"], body);
        const value = form === undefined ? parseJson(new TextDecoder().decode(body)) : fieldsIn(form);
        const json = isObject(value) ? value : undefined;
        const id = caseOf(path, json);
        const replay = id === undefined ? undefined : cases.get(id);
        if (id === undefined || replay === undefined) return refuse(response, `no case for ${path} with model ${String(json?.model)}`);
        const arrival = { path, headers: plainHeaders(request), body, json };
        arrivals.set(id, [...(arrivals.get(id) ?? []), arrival]);
        if (!pathEndings[replay.dialect].test(path.split("?")[0] ?? ""))
          return refuse(response, `${path} is not a path of ${replay.dialect}`);
        return send(response, replay);
      })
      .catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    add(replay) {
      const id = String(cases.size + 1);
      cases.set(id, replay);
      return id;
    },
    arrivals: (id) => arrivals.get(id) ?? [],
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function caseOf(path: string, json: Json | undefined): string | undefined {
  return (
    /^\/case\/(\d+)\//.exec(path)?.[1] ?? /(?:^|@)case-(\d+)$/.exec(String(json?.model))?.[1] ?? /(?:@|%40)case-(\d+)[/:]/.exec(path)?.[1]
  );
}

function plainHeaders(request: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
}

async function readAll(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

/** Says loudly that the test, or the gateway's routing, is wrong: 418 stands for nothing else here. */
function refuse(response: ServerResponse, message: string): void {
  response.writeHead(418, { "content-type": "application/json" });
  response.end(JSON.stringify({ error: { message: `replay upstream: ${message}`, type: "replay_mismatch" } }));
}

async function send(response: ServerResponse, replay: ReplayCase): Promise<void> {
  const { answer } = replay;
  const headers = Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !neverReplayed.test(name)));
  const framed = /eventstream|ndjson/.test(headers["content-type"] ?? "");
  const streamed = (framed || /^\s*(event|data|:) ?/.test(new TextDecoder().decode(answer.body.subarray(0, 32)))) && answer.status < 400;
  headers["content-type"] ??= streamed ? "text/event-stream" : "application/json";
  if (!streamed) {
    response.writeHead(answer.status, { ...headers, "content-length": String(answer.body.length) });
    response.end(answer.body);
    return;
  }
  response.writeHead(answer.status, headers);
  for (const chunk of slices(answer.body, replay.slicing ?? { by: "frame" })) {
    if (response.destroyed) return;
    if (!response.write(chunk)) await new Promise((resolve) => response.once("drain", resolve).once("close", resolve));
    if (replay.slicing !== undefined) await new Promise((resolve) => setImmediate(resolve));
  }
  response.end();
}

/** The body in the pieces that the slicing asks for; joined they are the body. */
export function* slices(body: Uint8Array, slicing: Slicing): Generator<Uint8Array> {
  let at = 0;
  let state = slicing.by === "seed" ? slicing.seed : 0;
  while (at < body.length) {
    let end = at + 1;
    if (slicing.by === "seed") {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      end = at + 1 + ((state >>> 16) % 97);
    } else if (slicing.by === "frame") {
      end = frameEnd(body, at);
    }
    yield body.subarray(at, end);
    at = end;
  }
}

/** Events end with an empty line, lines of JSON with the line, and binary messages tell their length. */
function frameEnd(body: Uint8Array, from: number): number {
  if (body[from] === 0) return Math.min(body.length, from + Math.max(16, new DataView(body.buffer, body.byteOffset + from).getUint32(0)));
  const isLine = body[from] === 0x7b;
  for (let at = from + 1; at < body.length; at++) {
    if (body[at] !== 0x0a) continue;
    const before = body[at - 1] === 0x0d ? body[at - 2] : body[at - 1];
    if (isLine || before === 0x0a) return at + 1;
  }
  return body.length;
}
