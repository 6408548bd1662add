// What Node's own HTTP server makes of bytes: reads a list of connections (Base64) as JSON, writes for each the requests that came
// whole. Runs on Node, because other runtimes have parsers of their own behind `node:http`.
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";

/** @typedef {{ method: string, target: string, body: string }} Seen */

const server = createServer({ requireHostHeader: false, keepAliveTimeout: 1_000 });
/** @type {Map<number, Seen[]>} by the client's port */
const seen = new Map();

server.on("request", (request, response) => {
  const of = seen.get(request.socket.remotePort ?? 0);
  /** @type {Buffer[]} */
  const pieces = [];
  request.on("data", (piece) => pieces.push(piece));
  request.on("error", () => undefined);
  request.on("end", () => {
    of?.push({ method: request.method ?? "", target: request.url ?? "", body: Buffer.concat(pieces).toString("latin1") });
    response.end();
  });
});
server.on("clientError", (_error, socket) => socket.destroy());
server.on("connect", (_request, socket) => socket.destroy());

/** @param {string} bytes @returns {Promise<Seen[]>} */
async function requestsIn(bytes, port) {
  const socket = connect({ port, host: "127.0.0.1" });
  socket.on("error", () => undefined);
  socket.resume();
  await once(socket, "connect");
  /** @type {Seen[]} */
  const of = [];
  seen.set(socket.localPort ?? 0, of);
  socket.end(Buffer.from(bytes, "base64"));
  if (!socket.closed) await once(socket, "close");
  return of;
}

let input = "";
for await (const piece of process.stdin) input += piece;
server.listen(0, "127.0.0.1");
await once(server, "listening");
const address = server.address();
const port = typeof address === "object" && address ? address.port : 0;
const found = [];
for (const bytes of JSON.parse(input)) found.push(await requestsIn(bytes, port));
process.stdout.write(JSON.stringify(found));
server.close();
