import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { after, before, describe, test } from "node:test";
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

/** A listener whose queue is full and whose process is stopped: connections to it are neither taken nor refused. */
async function openBlackHole(): Promise<{ port: number; close(): void }> {
  const script = "const s=require('net').createServer();s.listen({port:0,host:'127.0.0.1',backlog:1},()=>console.log(s.address().port))";
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  const port = Number(await new Promise((resolve) => child.stdout.once("data", resolve)));
  child.kill("SIGSTOP");
  // Bun takes no backlog below 512.
  const fillers = Array.from({ length: 600 }, () => connect({ host: "127.0.0.1", port }).on("error", () => undefined));
  await new Promise((resolve) => setTimeout(resolve, 100));
  const close = () => {
    for (const filler of fillers) filler.destroy();
    child.kill("SIGKILL");
  };
  return { port, close };
}

/** Connections to a port that are being made; only one system tells. */
function beingMade(port: number): number {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const lines = onLinux ? readFileSync("/proc/net/tcp", "utf8").split("\n") : [];
  return lines.map((line) => line.trim().split(/\s+/)).filter(([, , remote, state]) => remote?.endsWith(wanted) && state === "02").length;
}

async function settles(isSo: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < 200 && !isSo(); tries += 1) await new Promise((resolve) => setTimeout(resolve, 10));
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
    const hole = await openBlackHole();
    const fillers = beingMade(hole.port);
    const controller = new AbortController();
    const hasty = { ...request("", true, hole.port), deadlines: { ...deadlines, connectMs: 300 } };
    const codes = Promise.all([
      ...Array.from({ length: 20 }, () => codeOf(transport.send(request("", true, hole.port), controller.signal))),
      codeOf(transport.send(hasty, new AbortController().signal)),
    ]);
    if (onLinux) assert.ok(await settles(() => beingMade(hole.port) === fillers + 21));
    controller.abort();
    if (onLinux) assert.ok(await settles(() => beingMade(hole.port) === fillers + 1));
    assert.deepEqual(await codes, [...new Array<string>(20).fill("client_gone"), "upstream_unreachable"]);
    assert.ok(await settles(() => beingMade(hole.port) <= fillers));
    hole.close();
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

    test("finds how to set the window of a socket on this system", async () => {
      const { receiveWindow } = await import("./bun-receive-window.ts");
      assert.equal(receiveWindow(32 * 1024) === undefined, process.platform !== "linux" && process.platform !== "darwin");
    });
  }
});
