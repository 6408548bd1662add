import type { Meter } from "../../../src/accounting/index.ts";
import { Fault, type JsonBody, type Piece, type Principal } from "../../../src/exchange/index.ts";
import { draw } from "../../../src/gateway/index.ts";
import type { Choice } from "../../../src/routing/index.ts";
import type { DuplexExchange } from "./additions.ts";
import { eventsOfTexts, type RpcMessage, requestOfTexts, rpcCodec, scanned } from "./json-rpc.ts";
import type { McpGateway, McpSession } from "./mcp-gateway.ts";
import { MessageRequest } from "./message-request.ts";
import { type Passage, type Place, walk } from "./walk.ts";

const encoder = new TextEncoder();

/**
 * A request of an MCP server (sampling, elicitation, roots): the line the other way round. The server asks, the client is
 * the place that answers, and what the line yields is posted to the server. The session's owner pays and is judged.
 */
export class ServerQuestion implements Passage<Place> {
  readonly endpoint: string;
  readonly codec;
  readonly headSent = false;
  readonly retries = 0;
  readonly http: MessageRequest;
  readonly #mcp: McpGateway;
  readonly #session: McpSession;
  readonly #message: RpcMessage;
  readonly #body: JsonBody;
  readonly #spoken = Promise.withResolvers<Uint8Array | undefined>();
  #run: Promise<void> = Promise.resolve();

  constructor(mcp: McpGateway, session: McpSession, parent: DuplexExchange, message: RpcMessage) {
    this.#mcp = mcp;
    this.#session = session;
    this.#message = message;
    this.#body = scanned({ jsonrpc: "2.0", ...message });
    this.endpoint = `mcp.${message.method}`;
    this.codec = rpcCodec(() => message.id);
    this.http = new MessageRequest(parent.http, this.#body.bytes);
  }

  /** The frame for the client; undefined where the question was refused, and the server has been told. */
  begin(): Promise<Uint8Array | undefined> {
    this.#run = this.#serve();
    return this.#spoken.promise;
  }

  /** Nobody reads the stream any more that it was asked on. Does nothing where it was answered. */
  async end(fault: Fault): Promise<void> {
    this.http.cancel(fault);
    await this.#run;
  }

  async #serve(): Promise<void> {
    const chunks: Uint8Array[] = [];
    for await (const part of draw(walk(this.#mcp.gateway, this))) if (part instanceof Uint8Array) chunks.push(part);
    this.#spoken.resolve(undefined);
    try {
      const answer = await this.#mcp.send(this.#session, "POST", Buffer.concat(chunks), AbortSignal.timeout(5_000));
      for await (const _ of answer.body);
    } catch {
      // The server that asked has gone; its own exchange tells so.
    }
  }

  identify(): Principal {
    return this.#session.principal;
  }

  async read(principal: Principal, meter: Meter): Promise<DuplexExchange> {
    const { method, params } = this.#message;
    const sampling = method === "sampling/createMessage";
    const model = sampling ? "client/sampling" : `client/${method}`;
    return {
      id: meter.id,
      kind: sampling ? "model" : "tool",
      surface: "mcp",
      startedAt: meter.startedAt,
      startedTick: meter.startedTick,
      http: this.http,
      signal: this.http.signal,
      principal,
      body: this.#body,
      model,
      stream: false,
      strict: false,
      read: () => requestOfTexts(model, sampling ? [params.systemPrompt, params.messages] : params),
      parent: this.#session.parent,
      asker: "upstream",
    };
  }

  choose(): Choice<Place> {
    // Sampling is a model call, so its tokens are estimated; the client pays for its own model, so no price is known here.
    const price = this.#message.method === "sampling/createMessage" ? { price: undefined, version: "" } : undefined;
    return {
      order: [{ name: "client", weight: 1, target: { provider: "client", model: "client", price } }],
      reason: "the client that listens",
    };
  }

  async call(exchange: DuplexExchange): Promise<{ readonly pieces: AsyncIterable<Piece> }> {
    const { id: _, ...message } = this.#message;
    const answered = Promise.withResolvers<JsonBody>();
    this.#session.waiting.set(exchange.id, answered.resolve);
    // Servers number from 0 each: on the client's side the id is the gateway's own.
    this.#spoken.resolve(encoder.encode(`event: message\ndata: ${JSON.stringify({ jsonrpc: "2.0", id: exchange.id, ...message })}\n\n`));
    return { pieces: this.#answer(answered.promise, exchange) };
  }

  async *#answer(answered: Promise<JsonBody>, { id, signal }: DuplexExchange): AsyncGenerator<Piece> {
    const gone = Promise.withResolvers<never>();
    const leave = () => gone.reject(signal.reason instanceof Fault ? signal.reason : new Fault("client_gone"));
    signal.addEventListener("abort", leave);
    if (signal.aborted) leave();
    try {
      const body = await Promise.race([answered, gone.promise]);
      const message = { ...body.parse(), id: this.#message.id };
      yield { raw: scanned(message).bytes, events: eventsOfTexts(body.get("result")), visible: true, last: true };
    } finally {
      signal.removeEventListener("abort", leave);
      this.#session.waiting.delete(id);
    }
  }
}
