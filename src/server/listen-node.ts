import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Fault, type GatewayRequest, type Head, type LeaveSignal, Leaving } from "../exchange/index.ts";
import type { Answer } from "../gateway/index.ts";
import { refusedHost } from "./host-guard.ts";
import type { Listener, ListenOptions } from "./listener.ts";

/** The listener on Node's own server: the second adapter of the same boundary. */
export async function listenNode(options: ListenOptions): Promise<Listener> {
  const { gateway, host, hosts } = options;
  const server = createServer({ requestTimeout: 0, headersTimeout: 10_000, maxHeaderSize: 16 * 1024 }, (incoming, response) => {
    const http = new NodeRequest(incoming, response);
    const refusal = refusedHost({ host: http.header("host"), origin: http.header("origin") }, host, hosts());
    void send(refusal ? gateway.refuse(http, refusal) : gateway.answer(http), http, response);
  });
  server.listen(options.port, host);
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : options.port,
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

/** Writes as fast as the client reads. An answer that fails half-way destroys the connection, so that nobody takes it for whole. */
async function send(answer: Answer, http: NodeRequest, response: ServerResponse): Promise<void> {
  const left = new Promise<void>((resolve) => http.signal.addEventListener("abort", resolve));
  try {
    const { status, headers, stream } = (await answer.next()).value as Head;
    response.writeHead(status, headers);
    if (stream) response.flushHeaders();
    for await (const chunk of answer) {
      if (!response.write(chunk as Uint8Array)) await Promise.race([once(response, "drain"), left]);
      if (http.signal.aborted && response.destroyed) break;
    }
    response.end();
  } catch {
    // The line has told, recorded and logged what happened.
    response.destroy();
  }
}
