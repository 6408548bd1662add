import type { Socket as NodeSocket } from "node:net";
import type { Socket } from "bun";
import { connectedEvent, connectSocket } from "./connect-socket.ts";
import type { Link, LinkHandler, LinkTarget, OpenLink } from "./link.ts";
import { linkOver } from "./node-link.ts";
import { receiveWindow } from "./receive-window.ts";

/** The system doubles it for its own records; a piece that the runtime hands on is not larger than that. */
const narrowBytes = 32 * 1024;

/**
 * Connections are made by `node:net` and `node:tls`, because `Bun.connect` cannot be called off, and go on without them:
 * the runtime's own socket below is taken over, which costs less for each piece.
 */
export function linkOpener(): OpenLink {
  let narrow: ReturnType<typeof receiveWindow> | "unknown" = "unknown";
  return (target, handler) => {
    if (target.narrow && narrow === "unknown") narrow = receiveWindow(narrowBytes);
    const opening = connectSocket(target);
    if (rawSocket(opening) === undefined) return linkOver(opening, target, handler);
    return new BunLink(opening, target, handler, target.narrow && narrow !== "unknown" ? narrow : undefined);
  };
}

/** The runtime's own socket below one of `node:net`; undefined where a version of the runtime keeps it elsewhere. */
function rawSocket(socket: NodeSocket): Socket | undefined {
  const handle = "_handle" in socket ? socket._handle : undefined;
  return typeof handle === "object" && handle !== null && "reload" in handle ? (handle as Socket) : undefined;
}

class BunLink implements Link {
  readonly #handler: LinkHandler;
  readonly #narrow: ((descriptor: number) => void) | undefined;
  #opening: NodeSocket | undefined;
  #socket: Socket | undefined;
  /** What the socket has not taken yet. */
  #unsent: Uint8Array[] = [];
  #over = false;

  constructor(opening: NodeSocket, target: LinkTarget, handler: LinkHandler, narrow: ((descriptor: number) => void) | undefined) {
    this.#handler = handler;
    this.#narrow = narrow;
    this.#opening = opening;
    opening.once(connectedEvent(target), () => this.#takeOver(opening));
    opening.on("error", (error) => this.#fail(error));
    opening.once("close", () => this.#fail(undefined));
  }

  get flushed(): boolean {
    return this.#unsent.length === 0;
  }

  write(bytes: Uint8Array): void {
    this.#unsent.push(bytes);
    if (this.#unsent.length === 1) this.#push();
  }

  pause(): void {
    this.#socket?.pause();
  }

  resume(): void {
    this.#socket?.resume();
  }

  destroy(): void {
    this.#over = true;
    this.#unsent = [];
    this.#opening?.destroy();
    this.#socket?.terminate();
  }

  keepAwake(awake: boolean): void {
    if (awake) this.#socket?.ref();
    else this.#socket?.unref();
  }

  #takeOver(opening: NodeSocket): void {
    const socket = rawSocket(opening);
    if (this.#over || socket === undefined) return;
    this.#opening = undefined;
    this.#socket = socket;
    socket.reload({ socket: this });
    this.#narrow?.(descriptorOf(socket));
    this.#handler.onOpen();
  }

  #fail(error: unknown): void {
    if (this.#over) return;
    this.destroy();
    this.#handler.onClose(error);
  }

  /** What follows is what Bun calls. */
  readonly data = (_socket: Socket, bytes: Uint8Array): void => {
    if (!this.#over) this.#handler.onData(bytes);
  };

  readonly drain = (): void => this.#push();

  readonly error = (_socket: Socket, error: Error): void => this.#fail(error);

  readonly end = (): void => this.#fail(undefined);

  readonly close = (_socket: Socket, error?: Error): void => this.#fail(error);

  #push(): void {
    for (let bytes = this.#unsent[0]; bytes !== undefined && !this.#over; bytes = this.#unsent[0]) {
      const taken = this.#socket?.write(bytes) ?? 0;
      if (taken < 0) return;
      if (taken < bytes.length) {
        this.#unsent[0] = bytes.subarray(taken);
        return;
      }
      this.#unsent.shift();
    }
  }
}

function descriptorOf(socket: Socket): number {
  return "fd" in socket && typeof socket.fd === "number" ? socket.fd : -1;
}
