import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Fault, type GatewayRequest, type Head, type LeaveSignal, Leaving } from "../exchange/index.ts";
import { type Answer, draw } from "../gateway/index.ts";
import { refusedHost } from "./host-guard.ts";
import type { Listener, ListenOptions } from "./listener.ts";

/** How long a client may leave the last bytes of a broken answer untaken. */
const untakenMs = 1000;

/** The listener on Node's own server: the second adapter of the same boundary. */
export async function listenNode(options: ListenOptions): Promise<Listener> {
  const { gateway, host, hosts } = options;
  let atWork = 0;
  const server = createServer({ requestTimeout: 0, headersTimeout: 10_000, maxHeaderSize: 16 * 1024 }, (incoming, response) => {
    const http = new NodeRequest(incoming, response);
    atWork++;
    response.once("close", () => atWork--);
    const refusal = refusedHost({ host: http.header("host"), origin: http.header("origin") }, host, hosts());
    void send(refusal ? gateway.refuse(http, refusal) : gateway.answer(http), http, response);
  });
  server.listen(options.port, host);
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : options.port,
    get atWork() {
      return atWork;
    },
    stopAccepting: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
    async close() {
      server.closeAllConnections();
    },
  };
}

class NodeRequest implements GatewayRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly peer: string | undefined;
  readonly #incoming: IncomingMessage;
  readonly #leaving = new Leaving();

  constructor(incoming: IncomingMessage, response: ServerResponse) {
    this.#incoming = incoming;
    this.method = incoming.method ?? "GET";
    const target = incoming.url ?? "/";
    const question = target.indexOf("?");
    this.path = question < 0 ? target : target.slice(0, question);
    this.query = question < 0 ? "" : target.slice(question + 1);
    this.peer = incoming.socket.remoteAddress;
    response.once("close", () => {
      if (!response.writableFinished) this.#leaving.leave();
    });
  }

  get signal(): LeaveSignal {
    return this.#leaving;
  }

  cancel(fault: Fault): void {
    this.#leaving.leave(fault);
  }

  header(name: string): string | undefined {
    const value = this.#incoming.headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  }

  headerNames(): Iterable<string> {
    return Object.keys(this.#incoming.headers);
  }

  async body(limit: number): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let length = 0;
    try {
      for await (const chunk of this.#incoming) {
        length += (chunk as Uint8Array).length;
        if (length > limit) throw new Fault("request_too_large", { message: `The body is larger than ${limit} bytes (maxBodyBytes).` });
        chunks.push(chunk as Uint8Array);
      }
    } catch (error) {
      if (error instanceof Fault) throw error;
      throw new Fault("client_gone", { cause: error });
    }
    return chunks.length === 1 ? (chunks[0] as Uint8Array) : Buffer.concat(chunks);
  }
}

/** Writes as fast as the client reads. An answer that fails half-way breaks the connection off, so that nobody takes it for whole. */
async function send(answer: Answer, http: NodeRequest, response: ServerResponse): Promise<void> {
  try {
    const drawn = draw(answer);
    const { status, headers, body } = (await drawn.next()).value as Head;
    if (body instanceof Uint8Array) response.writeHead(status, { ...headers, "content-length": body.length });
    else response.writeHead(status, headers).flushHeaders();
    for await (const chunk of drawn) {
      if (!response.write(chunk as Uint8Array)) await taken(response, http.signal);
      if (http.signal.aborted && response.destroyed) break;
    }
    response.end();
  } catch {
    // The line has told, recorded and logged what happened.
    breakOff(response);
  }
}

/** Settles when the client has taken what is buffered, or the exchange is over. */
function taken(response: ServerResponse, signal: LeaveSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off("drain", done);
      signal.removeEventListener("abort", done);
      resolve();
    };
    response.once("drain", done);
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}

/** What was written, the error event above all, still arrives; the end that its framing would have does not. */
function breakOff(response: ServerResponse): void {
  const { socket } = response;
  if (socket === null) return void response.destroy();
  socket.setTimeout(untakenMs, () => socket.destroy());
  // Node gathers what is written within one tick: before the next one the last bytes have not reached the socket.
  process.nextTick(() => socket.destroySoon());
}
