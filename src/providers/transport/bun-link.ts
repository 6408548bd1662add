import { connect, isIP, type Socket as NodeSocket } from "node:net";
import type { Socket, SocketHandler } from "bun";
import { outbox, type Sender } from "../../wire/index.ts";
import { receiveWindow } from "./bun-receive-window.ts";
import type { Link, LinkHandler, LinkTarget, Runtime } from "./link.ts";
import { openLink as openNodeLink } from "./node-link.ts";

/** The system doubles it for its own records; a piece that the runtime hands on is not larger than that. */
const narrowBytes = 32 * 1024;
/** Below TLS nobody listens, so that the runtime hands on what was unpacked only. */
const unheard: SocketHandler = { drain: () => undefined };

type SetWindow = (descriptor: number) => void;

/**
 * Connections begin with `node:net`, because one by `Bun.connect` cannot be given up while it is being made. They go on
 * without it: the runtime's own socket below is taken over, which costs less for each piece, and less for TLS.
 */
export function bunRuntime(): Runtime {
  const narrow = receiveWindow(narrowBytes);
  return {
    openLink(target, handler) {
      const opening = connect({ host: target.host, port: target.port, noDelay: true });
      if (socketBelow(opening) !== undefined) return new BunLink(opening, target, handler, target.narrow ? narrow : undefined);
      opening.destroy();
      return openNodeLink(target, handler);
    },
    collect: () => Bun.gc(true),
  };
}

/** The runtime's own socket below one of `node:net`; undefined where a version of the runtime keeps it elsewhere. */
export function socketBelow(socket: NodeSocket): Socket | undefined {
  const handle = "_handle" in socket ? socket._handle : undefined;
  if (typeof handle !== "object" || handle === null) return undefined;
  return "reload" in handle && "upgradeTLS" in handle ? (handle as Socket) : undefined;
}

class BunLink implements Link, Sender {
  readonly #handler: LinkHandler;
  #opening: NodeSocket | undefined;
  #socket: Socket | undefined;
  /** What the socket has not taken yet. */
  #unsent: Uint8Array[] = [];
  /** Messages that wait for the end of the turn; while there are some, nothing is unsent. */
  waiting = 0;
  #over = false;

  constructor(opening: NodeSocket, target: LinkTarget, handler: LinkHandler, setWindow: SetWindow | undefined) {
    this.#handler = handler;
    this.#opening = opening;
    opening.once("connect", () => this.#takeOver(opening, target.tls, setWindow));
    opening.on("error", (error) => this.#fail(error));
    opening.once("close", () => this.#fail(undefined));
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
    this.#socket?.terminate();
  }

  keepAwake(awake: boolean): void {
    if (awake) this.#socket?.ref();
    else this.#socket?.unref();
  }

  #takeOver(opening: NodeSocket, tls: LinkTarget["tls"], setWindow: SetWindow | undefined): void {
    const socket = socketBelow(opening);
    if (this.#over || socket === undefined) return;
    this.#opening = undefined;
    setWindow?.(descriptorOf(socket));
    if (tls === undefined) {
      this.#socket = socket;
      socket.reload({ socket: this });
      this.#handler.onOpen();
      return;
    }
    const serverName = isIP(tls.serverName) === 0 ? { serverName: tls.serverName } : {};
    const ca = tls.certificateAuthorities === undefined ? {} : { ca: tls.certificateAuthorities };
    socket.reload({ socket: unheard });
    [, this.#socket] = socket.upgradeTLS({ tls: { ...serverName, ...ca, ALPNProtocols: "http/1.1" }, socket: this });
  }

  #fail(error: unknown): void {
    if (this.#over) return;
    this.destroy();
    this.#handler.onClose(error);
  }

  /** What follows is what Bun calls. It has checked the chain and the name; it leaves the verdict to us. */
  readonly handshake = (_socket: Socket, good: boolean, error: Error | null): void => {
    if (!good || error !== null) this.#fail(error ?? new Error("the TLS handshake failed"));
    else if (!this.#over) this.#handler.onOpen();
  };

  readonly data = (_socket: Socket, bytes: Uint8Array): void => {
    outbox.before(bytes.length);
    if (!this.#over) this.#handler.onData(bytes);
  };

  readonly drain = (): void => this.#push();

  readonly error = (_socket: Socket, error: Error): void => this.#fail(error);

  readonly end = (): void => this.#fail(undefined);

  readonly close = (_socket: Socket, error?: Error): void => this.#fail(error);

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

function descriptorOf(socket: Socket): number {
  return "fd" in socket && typeof socket.fd === "number" ? socket.fd : -1;
}
