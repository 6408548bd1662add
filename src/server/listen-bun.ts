import type { Socket } from "bun";
import type { Accept, ClientHandler, ClientLink, Door } from "./http/client-link.ts";

/** Listens with Bun's own sockets. */
export function openBunDoor(host: string, port: number, accept: Accept): Door {
  const listener = Bun.listen<BunClient>({
    hostname: host,
    port,
    exclusive: true,
    socket: {
      open(socket) {
        socket.data = new BunClient(socket);
        socket.data.handler = accept(socket.data);
      },
      data: (socket, bytes) => socket.data.handler?.onData(bytes),
      drain: (socket) => socket.data.push(),
      close: (socket) => socket.data.handler?.onClose(),
      error: (socket) => {
        socket.data.handler?.onClose();
        socket.terminate();
      },
    },
  });
  return { port: listener.port, close: () => listener.stop() };
}

class BunClient implements ClientLink {
  handler: ClientHandler | undefined;
  readonly #socket: Socket<BunClient>;
  /** What the socket has not taken yet. */
  #unsent: Buffer[] = [];
  #ending = false;

  constructor(socket: Socket<BunClient>) {
    this.#socket = socket;
  }

  get peer(): string | undefined {
    return this.#socket.remoteAddress;
  }

  get flushed(): boolean {
    return this.#unsent.length === 0;
  }

  write(bytes: Buffer, from: number, to: number): void {
    let taken = 0;
    if (this.#unsent.length === 0) {
      taken = this.#socket.write(bytes, from, to - from);
      if (taken < 0 || taken === to - from) return;
    }
    this.#unsent.push(Buffer.from(bytes.subarray(from + taken, to)));
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#ending = true;
    if (this.flushed) this.#socket.shutdown();
  }

  destroy(): void {
    this.handler = undefined;
    // A reset would also drop what the system has taken and the client has not.
    if (this.flushed) this.#socket.close();
    else this.#socket.terminate();
    this.#unsent = [];
  }

  /** The socket takes more. */
  push(): void {
    if (this.#unsent.length === 0) return;
    for (let bytes = this.#unsent[0]; bytes !== undefined; bytes = this.#unsent[0]) {
      const taken = this.#socket.write(bytes);
      if (taken < 0) return;
      if (taken < bytes.length) {
        this.#unsent[0] = bytes.subarray(taken);
        return;
      }
      this.#unsent.shift();
    }
    if (this.#ending) this.#socket.shutdown();
    this.handler?.onDrain();
  }
}
