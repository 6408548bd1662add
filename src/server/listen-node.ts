import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import type { Accept, ClientHandler, ClientLink, Door } from "./http/client-link.ts";

/** Listens with Node's own sockets: the second adapter of the same boundary. */
export async function openNodeDoor(host: string, port: number, accept: Accept): Promise<Door> {
  const server = createServer({ noDelay: true }, (socket) => {
    const client = new NodeClient(socket);
    const handler = accept(client);
    client.handler = handler;
    socket.on("data", (bytes) => client.handler?.onData(bytes as Buffer));
    socket.on("drain", () => client.handler?.onDrain());
    // Without allowHalfOpen the runtime answers an end of the other side with ours.
    socket.on("end", () => client.handler?.onClose());
    socket.on("error", () => client.handler?.onClose());
    socket.on("close", () => client.handler?.onClose());
  });
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address();
  return { port: typeof address === "object" && address ? address.port : port, close: () => void server.close() };
}

class NodeClient implements ClientLink {
  handler: ClientHandler | undefined;
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  get peer(): string | undefined {
    return this.#socket.remoteAddress;
  }

  get flushed(): boolean {
    return !this.#socket.writableNeedDrain;
  }

  write(bytes: Buffer, from: number, to: number): void {
    // The caller uses its memory again.
    this.#socket.write(Buffer.from(bytes.subarray(from, to)));
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.handler = undefined;
    this.#socket.destroy();
  }
}
