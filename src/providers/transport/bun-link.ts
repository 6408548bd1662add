import { connect, type Socket as NodeSocket } from "node:net";
import type { Socket, SocketHandler } from "bun";
import { outbox, type Sender } from "../../wire/index.ts";
import { connectError, type SystemSockets, systemSockets } from "./bun-system-sockets.ts";
import type { Link, LinkHandler, LinkTarget, Runtime } from "./link.ts";
import { openLink as openNodeLink } from "./node-link.ts";

/** The system doubles it for its own records; a piece that the runtime hands on is not larger than that. */
const narrowBytes = 32 * 1024;
/** Below TLS nobody listens, so that the runtime hands on what was unpacked only. */
const unheard: SocketHandler<BunLink> = { drain: () => undefined };

/**
 * A connection by `Bun.connect` cannot be given up while it is being made. So one to an address begins with the system's own calls,
 * and the runtime gets its descriptor; where they are not known or refused at once, and for names, it begins with `node:net`, and the runtime's own socket
 * below is taken over. Either costs less for each piece than `node:net` does throughout, and less for TLS.
 */
export function bunRuntime(): Runtime {
  const system = systemSockets();
  return {
    openLink(target, handler) {
      const descriptor = system?.connect?.(target.host, target.port, target.narrow ? narrowBytes : undefined);
      if (descriptor !== undefined) return new BunLink(target, handler, system, descriptor);
      const opening = connect({ host: target.host, port: target.port, noDelay: true });
      if (socketBelow(opening) !== undefined) return new BunLink(target, handler, system, opening);
      opening.destroy();
      return openNodeLink(target, handler);
    },
    collect: () => Bun.gc(true),
  };
}

/** The runtime's own socket below one of `node:net`; undefined where a version of the runtime keeps it elsewhere. */
export function socketBelow(socket: NodeSocket): Socket<unknown> | undefined {
  const handle = "_handle" in socket ? socket._handle : undefined;
  if (typeof handle !== "object" || handle === null) return undefined;
  return "reload" in handle && "upgradeTLS" in handle ? (handle as Socket<unknown>) : undefined;
}

class BunLink implements Link, Sender {
  /** What the runtime calls. */
  static readonly #ears: SocketHandler<BunLink> = {
    open: (socket) => socket.data.#begins(socket),
    handshake: (socket, good, error) => socket.data.#shaken(good, error),
    data: (socket, bytes) => socket.data.#heard(bytes),
    drain: (socket) => socket.data.#writable(socket),
    error: (socket, error) => socket.data.#fail(error),
    end: (socket) => socket.data.#fail(undefined),
    close: (socket, error) => socket.data.#closed(error),
  };
  readonly #handler: LinkHandler;
  readonly #target: LinkTarget;
  readonly #system: SystemSockets | undefined;
  /** Being made by `node:net`. Nothing is written before `onOpen`: it may have to go over TLS. */
  #opening: NodeSocket | undefined;
  /** Being made by its descriptor. */
  #begun: Socket<BunLink> | undefined;
  /** Of a connection that is being made; else -1. */
  #descriptor = -1;
  #socket: Socket<BunLink> | undefined;
  /** What the socket has not taken yet. */
  #unsent: Uint8Array[] = [];
  /** Messages that wait for the end of the turn; while there are some, nothing is unsent. */
  waiting = 0;
  #over = false;

  constructor(target: LinkTarget, handler: LinkHandler, system: SystemSockets | undefined, making: number | NodeSocket) {
    this.#handler = handler;
    this.#target = target;
    this.#system = system;
    if (typeof making === "number") this.#adopt(making);
    else this.#follow(making);
  }

  /** A question that waits has not left: who is answered meanwhile was answered something else. */
  get flushed(): boolean {
    return this.#unsent.length === 0 && (this.#over || this.waiting === 0);
  }

  write(bytes: Uint8Array, lent = false): void {
    if (this.#over) return;
    if (lent && this.#unsent.length === 0 && outbox.take(this, bytes, 0, bytes.length)) return;
    if (this.waiting > 0) outbox.flush();
    this.#send(bytes, lent);
  }

  sendNow(bytes: Buffer, from: number, to: number): void {
    if (!this.#over) this.#send(bytes.subarray(from, to), true);
  }

  #send(bytes: Uint8Array, lent: boolean): void {
    const taken = this.#unsent.length === 0 ? Math.max(0, this.#socket?.write(bytes) ?? 0) : 0;
    if (taken === bytes.length || this.#over) return;
    const left = bytes.subarray(taken);
    this.#unsent.push(lent ? new Uint8Array(left) : left);
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
    this.#begun?.terminate();
    this.#socket?.terminate();
  }

  keepAwake(awake: boolean): void {
    if (awake) this.#socket?.ref();
    else this.#socket?.unref();
  }

  /** The runtime is told of a socket that is being connected as of one that is connected. */
  #adopt(descriptor: number): void {
    this.#descriptor = descriptor;
    const options = { fd: descriptor, data: this, socket: BunLink.#ears };
    // The runtime's types do not know descriptors here.
    Bun.connect(options as unknown as Bun.TCPSocketConnectOptions<BunLink>).catch((error: unknown) => this.#fail(error));
  }

  #follow(opening: NodeSocket): void {
    this.#opening = opening;
    opening.once("connect", () => {
      const socket = socketBelow(opening) as Socket<BunLink> | undefined;
      if (this.#over || socket === undefined) return;
      this.#opening = undefined;
      if (this.#target.narrow) this.#system?.setWindow(descriptorOf(socket), narrowBytes);
      socket.data = this;
      if (this.#target.tls === undefined) socket.reload({ socket: BunLink.#ears });
      this.#connected(socket);
    });
    opening.on("error", (error) => this.#fail(error));
    opening.once("close", () => this.#fail(undefined));
  }

  #connected(socket: Socket<BunLink>): void {
    const { tls } = this.#target;
    this.#begun = undefined;
    this.#socket = socket;
    if (tls === undefined) {
      this.#handler.onOpen();
      return;
    }
    const ca = tls.certificateAuthorities === undefined ? {} : { ca: tls.certificateAuthorities };
    socket.reload({ socket: unheard });
    // Of an address too: else the certificate would be checked against what the runtime takes the socket's name to be.
    const options = { serverName: tls.serverName, ...ca, ALPNProtocols: "http/1.1" };
    [, this.#socket] = socket.upgradeTLS<BunLink>({ tls: options, data: this, socket: BunLink.#ears });
  }

  #fail(error: unknown): void {
    if (this.#over) return;
    this.destroy();
    this.#handler.onClose(error);
  }

  /** It has checked the chain and the name; it leaves the verdict to us. */
  #shaken(good: boolean, error: Error | null): void {
    if (!good || error !== null) this.#fail(error ?? new Error("the TLS handshake failed"));
    else if (!this.#over) this.#handler.onOpen();
  }

  #heard(bytes: Uint8Array): void {
    outbox.before(bytes.length);
    if (!this.#over) this.#handler.onData(bytes);
  }

  /** The socket can be written to. For the first time: it is connected, or has failed. */
  #writable(socket: Socket<BunLink>): void {
    if (this.#over) return;
    const descriptor = this.#descriptor;
    if (descriptor < 0) {
      this.#push();
      return;
    }
    this.#descriptor = -1;
    const failure = this.#system?.failure(descriptor) ?? 0;
    if (failure === 0) this.#connected(socket);
    else this.#fail(connectError(failure, this.#target.host, this.#target.port));
  }

  #begins(socket: Socket<BunLink>): void {
    if (this.#over) socket.terminate();
    else if (this.#descriptor >= 0) this.#begun = socket;
  }

  /** The runtime may tell of a connection that could not be made as of one that could not be read. */
  #closed(error: Error | undefined): void {
    const number = error !== undefined && "errno" in error && typeof error.errno === "number" ? Math.abs(error.errno) : 0;
    const isConnecting = this.#descriptor >= 0 && number > 0;
    this.#fail(isConnecting ? connectError(number, this.#target.host, this.#target.port) : error);
  }

  /** Sends what has waited for the socket. */
  #push(): void {
    const waited = this.#unsent.length > 0;
    for (let bytes = this.#unsent[0]; bytes !== undefined && !this.#over; bytes = this.#unsent[0]) {
      const taken = this.#socket?.write(bytes) ?? 0;
      if (taken < 0) return;
      if (taken < bytes.length) {
        this.#unsent[0] = bytes.subarray(taken);
        return;
      }
      this.#unsent.shift();
    }
    if (waited && !this.#over) this.#handler.onDrain();
  }
}

function descriptorOf(socket: object): number {
  return "fd" in socket && typeof socket.fd === "number" ? socket.fd : -1;
}
