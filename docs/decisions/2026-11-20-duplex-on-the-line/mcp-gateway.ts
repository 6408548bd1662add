import {
  Fault,
  type GatewayRequest,
  type Head,
  JsonBody,
  type LeaveSignal,
  type Piece,
  type Principal,
} from "../../../src/exchange/index.ts";
import { respond, WebRequest } from "../../../src/gateway/index.ts";
import { FrameCutter, sseEvents } from "../../../src/protocols/index.ts";
import type { UpstreamAnswer } from "../../../src/providers/index.ts";
import type { Choice } from "../../../src/routing/index.ts";
import type { DuplexExchange } from "./additions.ts";
import { eventsOfTexts, type RpcMessage, readRpc, requestOfTexts, rpcCodec, rpcWriter, scanned } from "./json-rpc.ts";
import { ServerQuestion } from "./mcp-question.ts";
import { type Passage, type Place, type SpikeGateway, walk } from "./walk.ts";

/** An MCP session (revisions up to 2025-11-25): what routing keeps, bound to its owner. No exchange stays open for it. */
export interface McpSession {
  readonly id: string;
  /** The `initialize` that opened it, and that every later exchange names as its parent. */
  readonly parent: string;
  readonly principal: Principal;
  upstreamId: string;
  readonly waiting: Map<string, (answer: JsonBody) => void>;
}

const deadlines = { connectMs: 2_000, firstEventMs: 30_000, idleMs: 30_000, totalMs: 60_000 };
const maxBodyBytes = 4 * 1024 * 1024;
const encoder = new TextEncoder();

/** Serves one MCP server to clients: every HTTP request is an exchange, and so is every request of the server's inside a stream. */
export class McpGateway {
  readonly gateway: SpikeGateway;
  readonly sessions = new Map<string, McpSession>();
  readonly #url: URL;

  constructor(gateway: SpikeGateway, url: string) {
    this.gateway = gateway;
    this.#url = new URL(url);
  }

  async fetch(request: Request): Promise<Response> {
    if (request.method !== "POST" && request.method !== "GET") return new Response(null, { status: 405 });
    const http = new WebRequest(request);
    const passage = new McpPassage(this, http);
    const answer = walk(this.gateway, passage);
    const response = await respond(http, passage.finished(answer));
    return response;
  }

  /** @throws Fault `upstream_*` */
  send(
    session: McpSession | undefined,
    method: "GET" | "POST",
    body: Uint8Array | undefined,
    signal: LeaveSignal,
  ): Promise<UpstreamAnswer> {
    const headers = {
      "content-type": "application/json",
      accept: method === "GET" ? "text/event-stream" : "application/json, text/event-stream",
      ...(session?.upstreamId && { "mcp-session-id": session.upstreamId, "mcp-protocol-version": "2025-11-25" }),
    };
    return this.gateway.engine.transport.send({ method, url: this.#url, headers, body, deadlines, privateAllowed: true }, signal);
  }
}

class McpPassage implements Passage<Place> {
  readonly endpoint: string;
  readonly codec = rpcCodec(() => this.#message?.id);
  readonly writer = rpcWriter(this.codec, "");
  readonly headSent = false;
  readonly retries = 0;
  readonly http: GatewayRequest;
  readonly #mcp: McpGateway;
  #message: RpcMessage | undefined;
  #session: McpSession | undefined;
  #status = 200;

  constructor(mcp: McpGateway, http: GatewayRequest) {
    this.#mcp = mcp;
    this.http = http;
    this.endpoint = http.method === "GET" ? "mcp.listen" : "mcp.message";
  }

  identify(): Principal {
    const principal = this.#mcp.gateway.identify(this.http);
    const id = this.http.header("mcp-session-id");
    if (id === undefined) return principal;
    const session = this.#mcp.sessions.get(id);
    // Another's session looks like none.
    if (!session || session.principal.keyId !== principal.keyId) throw new Fault("route_unknown", { message: "There is no such session." });
    this.#session = session;
    return principal;
  }

  async read(principal: Principal, meter: { id: string; startedAt: number; startedTick: number }): Promise<DuplexExchange> {
    const body = this.http.method === "GET" ? scanned({ jsonrpc: "2.0" }) : JsonBody.scan(await this.http.body(maxBodyBytes));
    const message = readRpc(body);
    this.#message = message;
    const tool = message.method === "tools/call" ? String(message.params.name) : (message.method ?? "answer");
    const model = `files/${tool}`;
    return {
      id: meter.id,
      kind: "tool",
      surface: "mcp",
      startedAt: meter.startedAt,
      startedTick: meter.startedTick,
      http: this.http,
      signal: this.http.signal,
      principal,
      body,
      model,
      stream: message.method === "tools/call" || this.http.method === "GET",
      strict: false,
      // An answer is judged by the exchange that it answers.
      read: () => requestOfTexts(model, message.method === "tools/call" ? message.params.arguments : undefined),
      ...(this.#session && { parent: this.#session.parent }),
    };
  }

  choose(): Choice<Place> {
    const target: Place = { provider: "files", model: "mcp", price: undefined };
    return { order: [{ name: "files/mcp", weight: 1, target }], reason: this.#session ? "held by the session" : "only target" };
  }

  async call(exchange: DuplexExchange): Promise<{ readonly pieces: AsyncIterable<Piece> }> {
    const message = this.#message as RpcMessage;
    if (this.http.method === "POST" && message.method === undefined) return { pieces: this.#handOver(message, exchange.body) };
    const post = this.http.method === "POST";
    const answer = await this.#mcp.send(this.#session, post ? "POST" : "GET", post ? exchange.body.bytes : undefined, exchange.signal);
    if (answer.status >= 400) throw new Fault("upstream_rejected", { status: answer.status });
    if (message.method === "initialize") this.#session = this.#opened(exchange, answer);
    this.#status = answer.status === 202 ? 202 : 200;
    return { pieces: exchange.stream ? this.#frames(answer, exchange) : whole(answer) };
  }

  #opened(exchange: DuplexExchange, answer: UpstreamAnswer): McpSession {
    const id = crypto.randomUUID();
    const upstreamId = answer.header("mcp-session-id") ?? "";
    const session: McpSession = { id, parent: exchange.id, principal: exchange.principal, upstreamId, waiting: new Map() };
    this.#mcp.sessions.set(id, session);
    return session;
  }

  /** The client's answer to a question of the server's goes to the exchange that waits for it. */
  async *#handOver(message: RpcMessage, body: JsonBody): AsyncGenerator<Piece> {
    const waiting = this.#session?.waiting.get(String(message.id));
    if (!waiting) throw new Fault("request_malformed", { message: "Nothing waits for this answer.", param: "id" });
    waiting(body);
    this.#status = 202;
    yield { raw: undefined, events: [], visible: true, last: true };
  }

  /** Upstream → client. A request of the server's opens an exchange of its own, asked by the upstream and answered by the client. */
  async *#frames(answer: UpstreamAnswer, exchange: DuplexExchange): AsyncGenerator<Piece> {
    const cutter = new FrameCutter();
    const questions: ServerQuestion[] = [];
    try {
      for await (const chunk of answer.body) {
        const run = cutter.push(chunk);
        let from = 0;
        for (const { data, end } of sseEvents(run)) {
          const raw = run.subarray(from, end);
          from = end;
          const message = data === "" ? undefined : readRpc(JsonBody.scan(encoder.encode(data)));
          if (message?.method !== undefined && message.id !== undefined) {
            const question = new ServerQuestion(this.#mcp, this.#session as McpSession, exchange, message);
            questions.push(question);
            const frame = await question.begin();
            if (frame) yield { raw: frame, events: [], visible: true, last: false };
          } else {
            const last = message?.id !== undefined && message.id === this.#message?.id;
            yield { raw, events: message ? eventsOfTexts(message.result ?? message.params) : [], visible: message !== undefined, last };
            if (last) return;
          }
        }
      }
      // A stream that answers nothing (`GET`) ends well; a call without its result does not.
      if (this.http.method === "POST") throw new Fault("upstream_incomplete");
      yield { raw: undefined, events: [], visible: true, last: true };
    } finally {
      const fault = exchange.signal.aborted ? new Fault("client_gone") : new Fault("upstream_incomplete");
      await Promise.all(questions.map((question) => question.end(fault)));
    }
  }

  /** What the answer's head needs and `write` has no place for: the session's id, and 202 where nothing is answered. */
  async *finished(answer: AsyncGenerator<Head | Uint8Array, void>): AsyncGenerator<Head | Uint8Array, void> {
    for await (const part of answer) {
      if (part instanceof Uint8Array) yield part;
      else {
        const opened = this.#message?.method === "initialize" && this.#session ? { "mcp-session-id": this.#session.id } : undefined;
        yield { ...part, status: part.status === 200 ? this.#status : part.status, headers: { ...part.headers, ...opened } };
      }
    }
  }
}

/** A whole answer, or none; a stream that holds one message is taken as that message. */
async function* whole(answer: UpstreamAnswer): AsyncGenerator<Piece> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of answer.body) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const isStream = answer.header("content-type")?.includes("event-stream") ?? false;
  const data = isStream ? sseEvents(bytes).filter((event) => event.data !== "") : [];
  const raw = isStream ? encoder.encode(data.at(-1)?.data ?? "") : bytes;
  const events = raw.length > 0 ? eventsOfTexts(readRpc(JsonBody.scan(raw)).result) : [];
  yield { raw, events, visible: true, last: true };
}
