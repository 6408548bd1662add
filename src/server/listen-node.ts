import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import type { ClientCertificate } from "../exchange/index.ts";
import { readClientCertificate } from "./client-certificate.ts";
import type { Accept, ClientHandler, ClientLink, Door } from "./http/client-link.ts";
import type { TlsMaterial, TlsSource } from "./listener.ts";

/** Listens with Node's own sockets: the second adapter of the same boundary. */
export async function openNodeDoor(host: string, port: number, accept: Accept, tls?: TlsSource): Promise<Door> {
  const server = tls ? tlsServer(accept, tls) : createServer({ noDelay: true }, (socket) => take(socket, accept));
  server.listen(port, host);
  await once(server, "listening");
  const address = server.address();
  return { port: typeof address === "object" && address ? address.port : port, close: () => void server.close() };
}

function tlsServer(accept: Accept, tls: TlsSource): ReturnType<typeof createTlsServer> {
  const server = createTlsServer({ noDelay: true, handshakeTimeout: handshakeMs, ...offered(tls.current()) }, (socket) => {
    const shown = socket.getPeerCertificate().raw as Buffer | undefined;
    // One that is shown must be good, also where none need be.
    if (shown !== undefined && !socket.authorized) socket.destroy();
    else take(socket, accept, shown && readClientCertificate(shown));
  });
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  tls.onChange = () => server.setSecureContext(offered(tls.current()));
  return server;
}

const handshakeMs = 10_000;

function offered({ cert, key, clientCa, clientAuth }: TlsMaterial): TlsOptions {
  return {
    cert,
    key,
    ...(clientCa !== undefined && { ca: clientCa }),
    requestCert: clientAuth !== "none",
    rejectUnauthorized: clientAuth === "required",
    ALPNProtocols: ["http/1.1"],
  };
}

function take(socket: Socket, accept: Accept, certificate?: ClientCertificate): void {
  const client = new NodeClient(socket, certificate);
  const handler = accept(client);
  client.handler = handler;
  socket.on("data", (bytes) => client.handler?.onData(bytes as Buffer));
  socket.on("drain", () => client.handler?.onDrain());
  // Without allowHalfOpen the runtime answers an end of the other side with ours.
  socket.on("end", () => client.handler?.onClose());
  socket.on("error", () => client.handler?.onClose());
  socket.on("close", () => client.handler?.onClose());
}

class NodeClient implements ClientLink {
  handler: ClientHandler | undefined;
  readonly certificate: ClientCertificate | undefined;
  readonly #socket: Socket;

  constructor(socket: Socket, certificate: ClientCertificate | undefined) {
    this.#socket = socket;
    this.certificate = certificate;
  }

  get peer(): string | undefined {
    return this.#socket.remoteAddress;
  }

  get flushed(): boolean {
    return !this.#socket.writableNeedDrain;
  }

  get settled(): boolean {
    return this.#socket.writableLength === 0;
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
