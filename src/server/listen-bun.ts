import { edenGC } from "bun:jsc";
import type { Socket } from "bun";
import type { ClientCertificate } from "../exchange/index.ts";
import { outbox, type Sender } from "../wire/index.ts";
import { readClientCertificate } from "./client-certificate.ts";
import type { Accept, ClientHandler, ClientLink, Door } from "./http/client-link.ts";
import { duplicateSocket } from "./listen-bun-shared.ts";
import type { SharedSockets, TlsMaterial, TlsSource } from "./listener.ts";

/** Collects what was made since the last collection, at once. */
export function collectYoung(): void {
  // It takes a millisecond: nothing waits for that.
  outbox.flush();
  edenGC();
}

/** Listens with Bun's own sockets. */
export function openBunDoor(host: string, port: number, accept: Accept, tls?: TlsSource): Door {
  return openDoor({ hostname: host, port, exclusive: true }, accept, tls);
}

/** Accepts from sockets that several processes have, from those that it is told to. */
export function openSharedDoor(sockets: SharedSockets, accept: Accept, tls?: TlsSource): Door {
  const open = new Map<number, Door>();
  let closed = false;
  const follow = (wanted: readonly number[]) => {
    if (closed) return;
    for (const fd of wanted) if (!open.has(fd)) open.set(fd, openDoor({ fd: duplicateSocket(fd) }, accept, tls));
    for (const [fd, door] of open) {
      if (wanted.includes(fd)) continue;
      door.close();
      open.delete(fd);
    }
  };
  sockets.onChange = follow;
  follow(sockets.fds);
  return {
    port: sockets.port,
    close() {
      if (closed) return;
      follow([]);
      closed = true;
      sockets.release();
    },
  };
}

type Place = { readonly hostname: string; readonly port: number; readonly exclusive: true } | { readonly fd: number };

function openDoor(place: Place, accept: Accept, tls: TlsSource | undefined): Door {
  return tls ? openTlsDoor(place, accept, tls) : openPlainDoor(place, accept);
}

/** The runtime listens on a descriptor too; its types do not know it. */
function placed(place: Place): { readonly hostname: string; readonly port: number } {
  return place as { readonly hostname: string; readonly port: number };
}

function openPlainDoor(place: Place, accept: Accept): Door {
  const listener = Bun.listen<BunClient>({
    ...placed(place),
    socket: {
      open(socket) {
        socket.data = new BunClient(socket);
        socket.data.handler = accept(socket.data);
      },
      data: (socket, bytes) => socket.data.read(bytes),
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

/** Each connection takes the material of its moment, so that files that are renewed need no other listener. */
function openTlsDoor(place: Place, accept: Accept, tls: TlsSource): Door {
  const listener = Bun.listen<undefined>({
    ...placed(place),
    socket: {
      open(socket) {
        const material = tls.current();
        socket.upgradeTLS<BunClient | undefined>({ data: undefined, tls: offered(material), socket: overTls(accept, material) });
      },
      // What comes here is still encrypted; the upgraded socket hears of it too. Shaking hands takes long.
      data: (_socket, bytes) => outbox.before(bytes.length),
      error: (socket) => socket.terminate(),
    },
  });
  return { port: listener.port, close: () => listener.stop() };
}

function overTls(accept: Accept, material: TlsMaterial): Bun.SocketHandler<BunClient | undefined> {
  return {
    // Before hands are shaken: whoever does not go on is given up as any other that is silent.
    open(socket) {
      const client = new BunClient(socket as Socket<BunClient>);
      socket.data = client;
      client.handler = accept(client);
    },
    handshake(socket, success) {
      const der = material.clientAuth === "none" ? undefined : socket.getPeerX509Certificate()?.raw;
      const good = success && (der === undefined ? material.clientAuth !== "required" : socket.authorized);
      const client = socket.data;
      if (good && client) client.certificate = der && readClientCertificate(der);
      else gone(socket);
    },
    data: (socket, bytes) => socket.data?.read(bytes),
    drain: (socket) => socket.data?.push(),
    close: (socket) => socket.data?.handler?.onClose(),
    end: (socket) => socket.data?.handler?.onClose(),
    error: gone,
  };
}

function gone(socket: Socket<BunClient | undefined>): void {
  socket.data?.handler?.onClose();
  socket.terminate();
}

/** As ALPN writes it: its length, then the name. */
const http1 = Buffer.from("\x08http/1.1");

function offered({ cert, key, clientCa, clientAuth }: TlsMaterial): Bun.TLSOptions {
  const asks = clientAuth !== "none";
  return {
    cert,
    key,
    ...(clientCa !== undefined && { ca: clientCa }),
    requestCert: asks,
    rejectUnauthorized: clientAuth === "required",
    ALPNProtocols: http1,
  };
}

class BunClient implements ClientLink, Sender {
  handler: ClientHandler | undefined;
  certificate: ClientCertificate | undefined;
  readonly #socket: Socket<BunClient>;
  /** What the socket has not taken yet. */
  #unsent: Buffer[] = [];
  /** Messages that wait for the end of the turn; while there are some, nothing is unsent. */
  waiting = 0;
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

  get settled(): boolean {
    return this.flushed && this.waiting === 0;
  }

  read(bytes: Buffer): void {
    outbox.before(bytes.length);
    this.handler?.onData(bytes);
  }

  write(bytes: Buffer, from: number, to: number, more = false): void {
    if (this.#unsent.length === 0 && outbox.take(this, bytes, from, to, more)) return;
    this.#sendWaiting();
    this.#send(bytes, from, to);
  }

  sendNow(bytes: Buffer, from: number, to: number): void {
    this.#send(bytes, from, to);
    if (!this.flushed) this.handler?.onFull();
  }

  #sendWaiting(): void {
    if (this.waiting > 0) outbox.flush();
  }

  #send(bytes: Buffer, from: number, to: number): void {
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
    this.#sendWaiting();
    this.#ending = true;
    if (this.flushed) this.#socket.shutdown();
  }

  destroy(): void {
    this.handler = undefined;
    this.#sendWaiting();
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
