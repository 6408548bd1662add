import type { ServerWebSocket } from "bun";
import { Fault, type LeaveSignal } from "../../../src/exchange/index.ts";
import type { Channel } from "./additions.ts";
import { Mailbox } from "./mailbox.ts";

/** Bun's client, by its own type: the one of the DOM can't pause, and takes no headers. */
const ClientSocket = WebSocket as unknown as new (url: string, options?: Bun.WebSocketOptions) => Bun.WebSocket;

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const goodbyes = new Set([1000, 1001, 1005]);

/** The listener's end of a WebSocket. Made before the upgrade, so that a refusal still has a status. */
export class ServedSocket implements Channel {
  readonly #inbox = new Mailbox<Uint8Array>();
  #socket: ServerWebSocket<ServedSocket> | undefined;
  #wake: (() => void) | undefined;
  #waiting: Promise<void> | undefined;
  #gone = false;
  endedWell = false;

  get messages(): AsyncIterable<Uint8Array> {
    return held(this.#inbox, () => this.#socket?.resume());
  }

  get isOpen(): boolean {
    return this.#socket !== undefined;
  }

  opened(socket: ServerWebSocket<ServedSocket>): void {
    this.#socket = socket;
  }

  received(message: string | Uint8Array): void {
    this.#inbox.push(bytesOf(message));
    if (this.#inbox.full) this.#socket?.pause();
  }

  drained(): void {
    this.#wake?.();
    this.#waiting = undefined;
  }

  closed(code: number): void {
    this.#gone = true;
    this.endedWell = goodbyes.has(code);
    this.drained();
    this.#inbox.end();
  }

  async send(message: Uint8Array): Promise<void> {
    while (this.#waiting && !this.#gone) await this.#waiting;
    if (this.#gone || !this.#socket) return;
    const sent = this.#socket.sendText(decoder.decode(message));
    if (sent !== -1) return;
    this.#waiting = new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  close(fault?: Fault): void {
    this.#socket?.close(fault === undefined ? 1000 : 1011, fault?.code);
  }
}

export function connect(url: string, headers: Record<string, string> = {}): Bun.WebSocket {
  return new ClientSocket(url, { headers });
}

/** The transport's end. `Transport.open` would give it, behind the same address guard and deadlines as `send`. */
export function openSocket(url: string, signal: LeaveSignal): Promise<Channel> {
  const socket = connect(url);
  socket.binaryType = "arraybuffer";
  const inbox = new Mailbox<Uint8Array>();
  let endedWell = false;
  const channel: Channel = {
    messages: held(inbox, () => socket.resume()),
    async send(message) {
      if (socket.readyState === WebSocket.OPEN) socket.send(decoder.decode(message));
    },
    close: () => socket.close(1000),
    get endedWell() {
      return endedWell;
    },
  };
  socket.addEventListener("message", ({ data }) => {
    inbox.push(bytesOf(typeof data === "string" ? data : new Uint8Array(data as ArrayBuffer)));
    if (inbox.full) socket.pause();
  });
  return new Promise((resolve, reject) => {
    const leave = () => {
      reject(signal.reason instanceof Fault ? signal.reason : new Fault("client_gone"));
      if (socket.readyState === WebSocket.CONNECTING) socket.close();
    };
    signal.addEventListener("abort", leave);
    socket.addEventListener("open", () => resolve(channel));
    socket.addEventListener("close", ({ code }) => {
      endedWell = goodbyes.has(code);
      inbox.end();
      signal.removeEventListener("abort", leave);
      reject(new Fault("upstream_unreachable"));
    });
  });
}

/** Lets the socket be read again as soon as there is room. */
async function* held(inbox: Mailbox<Uint8Array>, resume: () => void): AsyncGenerator<Uint8Array> {
  for await (const message of inbox) {
    if (!inbox.full) resume();
    yield message;
  }
}

function bytesOf(message: string | Uint8Array): Uint8Array {
  return typeof message === "string" ? encoder.encode(message) : message;
}
