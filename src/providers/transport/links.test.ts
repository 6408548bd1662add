import assert from "node:assert/strict";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import { openBlackHole, tellsOfConnections } from "../../../test/upstreams/black-hole.ts";
import { Fault } from "../../exchange/index.ts";
import { openTransport } from "./open-transport.ts";
import type { Transport, UpstreamRequest } from "./transport.ts";

const deadlines = { connectMs: 60_000, firstEventMs: 60_000, idleMs: 60_000, totalMs: 60_000 };
const onLinux = process.platform === "linux";
const floodBytes = 32 * 1024 * 1024;

let transport: Transport;
let server: Server;
let accepted = 0;
const sockets = new Set<Socket>();

before(async () => {
  transport = await openTransport();
  server = createServer({ noDelay: true }, (socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("data", (data) => {
      if (data.toString("latin1").includes("/flood")) flood(socket);
      else socket.write("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});

after(async () => {
  await transport.close();
  for (const socket of sockets) socket.destroy();
  server.close();
});

function flood(socket: Socket): void {
  socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${floodBytes}\r\n\r\n`);
  const piece = Buffer.alloc(1024 * 1024, "x");
  const pump = () => {
    while (socket.writable && socket.write(piece));
  };
  socket.on("drain", pump);
  pump();
}

function request(path: string, stream: boolean, port = (server.address() as AddressInfo).port): UpstreamRequest {
  const url = new URL(`http://127.0.0.1:${port}/${path}`);
  return { method: "POST", url, headers: {}, body: new Uint8Array(2), deadlines, privateAllowed: true, stream };
}

async function read(path: string, stream: boolean): Promise<void> {
  const answer = await transport.send(request(path, stream), new AbortController().signal);
  for await (const chunk of answer.body) assert.ok(chunk.length > 0);
}

async function settles(isSo: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < 1_000 && !isSo(); tries += 1) await new Promise((resolve) => setTimeout(resolve, 10));
  return isSo();
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "none";
  } catch (error) {
    assert.ok(error instanceof Fault, String(error));
    return error.code;
  }
}

describe("a connection that is being made", () => {
  test("is given up when the client leaves, or when its deadline is missed", async () => {
    using hole = await openBlackHole();
    const fillers = hole.beingMade();
    const controller = new AbortController();
    const codes = Promise.all(Array.from({ length: 20 }, () => codeOf(transport.send(request("", true, hole.port), controller.signal))));
    if (tellsOfConnections) assert.ok(await settles(() => hole.beingMade() === fillers + 20));
    controller.abort();
    assert.deepEqual(await codes, new Array<string>(20).fill("client_gone"));
    assert.ok(await settles(() => hole.beingMade() <= fillers));
    const hasty = { ...request("", true, hole.port), deadlines: { ...deadlines, connectMs: 300 } };
    assert.equal(await codeOf(transport.send(hasty, new AbortController().signal)), "upstream_unreachable");
    assert.ok(await settles(() => hole.beingMade() <= fillers));
  });
});

describe("a connection", () => {
  test("is shared by streams, and by whole answers, but not by both", async () => {
    accepted = 0;
    for (let round = 0; round < 4; round += 1) await read("ok", false);
    assert.equal(accepted, 1);
    for (let round = 0; round < 4; round += 1) await read("ok", true);
    assert.equal(accepted, 2);
    for (let round = 0; round < 4; round += 1) await read("ok", false);
    assert.equal(accepted, 2);
  });

  test("hands a stream on in small pieces, however much has come", async () => {
    const answer = await transport.send(request("flood", true), new AbortController().signal);
    let length = 0;
    let pieces = 0;
    for await (const chunk of answer.body) {
      length += chunk.length;
      pieces += 1;
      assert.ok(!onLinux || chunk.length <= 128 * 1024, `a piece of ${chunk.length} bytes`);
      if (pieces % 16 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    assert.ok(length >= floodBytes);
  });

  if (typeof Bun !== "undefined") {
    test("finds the runtime's own socket below that of node:net, so that it can be taken over", async () => {
      const { socketBelow } = await import("./bun-link.ts");
      const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
      assert.ok(socketBelow(socket) !== undefined);
      socket.destroy();
    });

    test("finds the system's own calls for sockets", async () => {
      const { systemSockets } = await import("./bun-system-sockets.ts");
      const system = systemSockets();
      assert.equal(system === undefined, !onLinux && process.platform !== "darwin");
      assert.equal(system?.connect === undefined, !onLinux);
    });
  }
});
