import { isIP } from "node:net";
import type { Socket } from "bun";
import type { Link, LinkHandler, LinkTarget } from "./link.ts";

/** A connection by `Bun.connect`. */
export function openLink(target: LinkTarget, handler: LinkHandler): Link {
  const link = new BunLink(handler, target.tls !== undefined);
  const { host, port, tls } = target;
  const serverName = tls === undefined || isIP(tls.serverName) !== 0 ? {} : { serverName: tls.serverName };
  const ca = tls?.certificateAuthorities === undefined ? {} : { ca: tls.certificateAuthorities };
  const secure = tls === undefined ? {} : { tls: { ...serverName, ...ca, ALPNProtocols: "http/1.1" } };
  Bun.connect({ hostname: host, port, ...secure, socket: link }).catch((error: unknown) => link.fail(error));
  return link;
}

class BunLink implements Link {
  readonly #handler: LinkHandler;
  readonly #secure: boolean;
  #socket: Socket | undefined;
  /** What the socket has not taken yet. */
  #unsent: Uint8Array[] = [];
  #over = false;

  constructor(handler: LinkHandler, secure: boolean) {
    this.#handler = handler;
    this.#secure = secure;
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
    this.#socket?.terminate();
  }

  keepAwake(awake: boolean): void {
    if (awake) this.#socket?.ref();
    else this.#socket?.unref();
  }

  fail(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#socket?.terminate();
    this.#handler.onClose(error);
  }

  /** What follows is what Bun calls. */
  readonly open = (socket: Socket): void => {
    this.#socket = socket;
    if (this.#over) socket.terminate();
    else if (!this.#secure) this.#handler.onOpen();
  };

  /** Bun has checked the chain and the name; it leaves the verdict to us. */
  readonly handshake = (_socket: Socket, good: boolean, error: Error | null): void => {
    if (!good || error !== null) this.fail(error ?? new Error("the TLS handshake failed"));
    else if (!this.#over) this.#handler.onOpen();
  };

  readonly data = (_socket: Socket, bytes: Uint8Array): void => {
    if (!this.#over) this.#handler.onData(bytes);
  };

  readonly drain = (): void => this.#push();

  readonly error = (_socket: Socket, error: Error): void => this.fail(error);

  readonly connectError = (_socket: Socket, error: Error): void => this.fail(error);

  readonly end = (): void => this.fail(undefined);

  readonly close = (_socket: Socket, error?: Error): void => this.fail(error);

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
