import { type AddressInfo, createServer, type Socket } from "node:net";

/**
 * An upstream whose answers are larger than itself: for the model `line` one event, or one JSON string, that has no end
 * for so many bytes; for `chunk` one HTTP chunk full of events. Written piece by piece, no faster than it is read.
 */
export async function openMegabytes(bytes: number): Promise<{ readonly url: string; close(): void }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.once("data", async (data: Buffer) => {
      const text = data.toString();
      await answer(socket, /"model": ?"[^"]*chunk"/.test(text), !text.includes('"stream":false'), bytes);
      socket.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

const piece = Buffer.alloc(64 * 1024, "x");
/** An event that every dialect passes over. */
const event = Buffer.from(`event: ping\ndata: {"type":"ping","choices":[],"pad":"${"x".repeat(1_000)}"}\n\n`);
const events = Buffer.concat(new Array<Buffer>(60).fill(event));

async function answer(socket: Socket, inEvents: boolean, streamed: boolean, bytes: number): Promise<void> {
  const part = inEvents ? events : piece;
  const count = Math.ceil(bytes / part.length);
  const lead = Buffer.from(inEvents ? "" : streamed ? 'data: {"x":"' : '{"x":"');
  const tail = Buffer.from(inEvents ? "" : '"}');
  const length = lead.length + part.length * count + tail.length;
  const type = streamed ? "text/event-stream" : "application/json";
  const framing = streamed ? `transfer-encoding: chunked\r\n\r\n${length.toString(16)}\r\n` : `content-length: ${length}\r\n\r\n`;
  socket.write(`HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\n${framing}`);
  socket.write(lead);
  for (let sent = 0; sent < count && !socket.destroyed; sent++) {
    if (!socket.write(part)) await taken(socket);
  }
  socket.write(Buffer.concat([tail, Buffer.from(streamed ? "\r\n0\r\n\r\n" : "")]));
}

/** Settles when the other side has taken what is buffered, or is gone. */
function taken(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off("drain", done).off("close", done);
      resolve();
    };
    socket.on("drain", done).on("close", done);
  });
}
