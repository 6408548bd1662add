import { connect, createServer, type Socket } from "node:net";

/** Stands before a server and keeps every byte that goes in. */
export interface Tap {
  readonly port: number;
  readonly url: string;
  /** What has come so far, as Latin-1. */
  heard(): string;
  close(): Promise<void>;
}

/** @param behind the port of the server; or, where there is none, what is said to what came */
export async function openTap(behind: number | ((got: Buffer, socket: Socket) => void)): Promise<Tap> {
  const heard: Buffer[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: Buffer) => heard.push(chunk));
    if (typeof behind === "function") {
      socket.on("data", (chunk: Buffer) => behind(chunk, socket));
      return;
    }
    const onward = connect(behind, "127.0.0.1");
    sockets.add(onward);
    onward.on("error", () => socket.resetAndDestroy());
    socket.on("error", () => onward.destroy());
    // Half-closed, cut and reset connections come through as they are.
    onward.on("close", () => socket.destroy());
    socket.on("close", () => onward.destroy());
    socket.pipe(onward);
    onward.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    heard: () => Buffer.concat(heard).toString("latin1"),
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
