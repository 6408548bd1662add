import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createServer as createHttpServer } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import { after, before, describe, test } from "node:test";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { openBlackHole } from "../../../test/upstreams/black-hole.ts";
import type { FaultCode } from "../../exchange/index.ts";
import { Fault } from "../../exchange/index.ts";
import { openTransport } from "./open-transport.ts";
import type { Deadlines, Transport, UpstreamRequest } from "./transport.ts";

/** What the upstream does with a request to the path of this name. */
const scripts: Record<string, (socket: Socket) => void> = {
  ok: (socket) => socket.write("HTTP/1.1 200 OK\r\nx-name: a\r\ncontent-length: 5\r\n\r\nhello"),
  pieces: (socket) => {
    socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n");
    setTimeout(() => socket.write("3\r\ntwo\r\n0\r\n\r\n"), 20);
  },
  empty: (socket) => socket.write("HTTP/1.1 204 No Content\r\n\r\n"),
  early: (socket) => socket.write("HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"),
  redirect: (socket) => socket.write("HTTP/1.1 302 Found\r\nlocation: http://elsewhere.test/\r\ncontent-length: 0\r\n\r\n"),
  silent: () => undefined,
  stall: (socket) => socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n"),
  headOnly: (socket) => socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"),
  stallWhole: (socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhello"),
  drip: (socket) => {
    socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
    const timer = setInterval(() => socket.write("1\r\nx\r\n"), 20);
    socket.on("close", () => clearInterval(timer));
  },
  reset: (socket) => socket.resetAndDestroy(),
  close: (socket) => socket.end(),
  halfHead: (socket) => socket.end("HTTP/1.1 200 OK\r\ncont"),
  notHttp: (socket) => socket.write("SSH-2.0-OpenSSH_9\r\n\r\n"),
  switching: (socket) => socket.write("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"),
  short: (socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhello"),
  long: (socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nEVIL"),
  longLater: (socket) => {
    socket.write("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello");
    setTimeout(() => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nEVIL"), 10);
  },
  twoLengths: (socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 7\r\n\r\nhelloxx"),
  badChunk: (socket) => socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\nZZ\r\nxxx"),
  cut: (socket) => {
    socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n");
    setTimeout(() => socket.end(), 20);
  },
  resetLater: (socket) => {
    socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n");
    setTimeout(() => socket.resetAndDestroy(), 20);
  },
  toTheClose: (socket) => socket.end("HTTP/1.1 200 OK\r\n\r\nhello"),
  resetUnframed: (socket) => {
    socket.write("HTTP/1.1 200 OK\r\n\r\nhello");
    setTimeout(() => socket.resetAndDestroy(), 20);
  },
  endlessHead: (socket) => {
    socket.write("HTTP/1.1 200 OK\r\n");
    const timer = setInterval(() => socket.write(`x: ${"a".repeat(60_000)}\r\n`), 1);
    socket.on("close", () => clearInterval(timer));
  },
  gzip: (socket) => sendPacked(socket, "gzip", gzipSync("hello")),
  deflate: (socket) => sendPacked(socket, "deflate", deflateSync("hello")),
  br: (socket) => sendPacked(socket, "br", brotliCompressSync("hello")),
  zstd: (socket) => sendPacked(socket, "zstd", zstdCompressSync("hello")),
  twice: (socket) => sendPacked(socket, "gzip, br", brotliCompressSync(gzipSync("hello"))),
  thrice: (socket) => sendPacked(socket, "gzip, gzip, gzip", gzipSync(gzipSync(gzipSync("hello")))),
  unknownPacking: (socket) => sendPacked(socket, "compress", Buffer.from("hello")),
  notPacked: (socket) => sendPacked(socket, "gzip", Buffer.from("hello")),
  packedCut: (socket) => sendPacked(socket, "gzip", gzipSync("hello".repeat(100)).subarray(0, 15)),
  bomb: (socket) => sendPacked(socket, "gzip", bomb),
  flood: (socket) => {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${floodBytes}\r\n\r\n`);
    const piece = Buffer.alloc(65_536, "x");
    const pump = () => {
      while (socket.writable && socket.write(piece));
    };
    socket.on("drain", pump);
    pump();
  },
  slowGzip: (socket) => {
    const packed = gzipSync(Buffer.from("first"), { finishFlush: 2 });
    socket.write("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n");
    socket.write(Buffer.concat([Buffer.from(`${packed.length.toString(16)}\r\n`), packed, Buffer.from("\r\n")]));
  },
};

const floodBytes = 200 * 1024 * 1024;
const bomb = gzipSync(Buffer.alloc(80 * 1024 * 1024));
const patient: Deadlines = { connectMs: 5_000, firstEventMs: 20_000, idleMs: 20_000, totalMs: 60_000 };

function sendPacked(socket: Socket, encoding: string, body: Uint8Array): void {
  socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: ${encoding}\r\ncontent-length: ${body.length}\r\n\r\n`);
  socket.write(body);
}

let server: Server;
let base: string;
let transport: Transport;
const sockets = new Set<Socket>();
const heads: string[] = [];

before(async () => {
  transport = await openTransport();
  // Without noDelay a late surplus waits in the server until the next request takes its acknowledgement along.
  server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
    socket.on("data", (data) => {
      // What a plain server says to a TLS handshake.
      if (data[0] === 0x16) socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
      const head = data.toString("latin1");
      const path = /^[A-Z]+ \/(\w+)/.exec(head)?.[1];
      if (path === undefined) return;
      heads.push(head);
      scripts[path]?.(socket);
    });
  });
  base = await listen(server);
});

after(async () => {
  await transport.close();
  for (const socket of sockets) socket.destroy();
  server.close();
});

async function listen(listening: Server): Promise<string> {
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  const address = listening.address();
  return typeof address === "object" && address !== null ? `http://127.0.0.1:${address.port}` : "";
}

function request(path: string, deadlines: Partial<Deadlines> = {}, url = `${base}/${path}`): UpstreamRequest {
  const headers = { authorization: "Bearer secret-key", "content-type": "application/json" };
  const body = new TextEncoder().encode("{}");
  return { method: "POST", url: new URL(url), headers, body, deadlines: { ...patient, ...deadlines }, privateAllowed: true };
}

async function read(path: string, deadlines: Partial<Deadlines> = {}, signal = new AbortController().signal): Promise<string> {
  const answer = await transport.send(request(path, deadlines), signal);
  let text = "";
  for await (const chunk of answer.body) text += Buffer.from(chunk).toString();
  return text;
}

async function faultOf(promise: Promise<unknown>): Promise<Fault> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof Fault, `not a Fault: ${String(error)}`);
    assert.ok(!error.message.includes("secret-key"));
    return error;
  }
  throw new Error("no fault was raised");
}

/** Waits until no socket is left that was open because of the last request. */
async function socketsFreed(): Promise<boolean> {
  for (let tries = 0; tries < 200 && sockets.size > 0; tries += 1) await new Promise((resolve) => setTimeout(resolve, 10));
  return sockets.size === 0;
}

/** By the transport itself: it would hear of the other side's closing only some time later, and take one of them. */
function dropKeptConnections(): void {
  void transport.close();
  for (const socket of sockets) socket.destroy();
}

describe("an answer", () => {
  test("comes with its status, headers and bytes", async () => {
    const answer = await transport.send(request("ok"), new AbortController().signal);
    assert.equal(answer.status, 200);
    assert.equal(answer.header("x-name"), "a");
    assert.equal(answer.header("x-missing"), undefined);
    assert.equal(await read("ok"), "hello");
    assert.equal(await read("pieces"), "onetwo");
    assert.equal(await read("early"), "hello");
    assert.equal(await read("empty"), "");
    assert.equal(await read("toTheClose"), "hello");
  });

  test("keeps its connection for the next request once it was read to the end", async () => {
    dropKeptConnections();
    assert.ok(await socketsFreed());
    for (let round = 0; round < 8; round += 1) await read(round % 2 === 0 ? "ok" : "pieces");
    assert.equal(sockets.size, 1);
  });

  test("is asked for unpacked, with the method, path, headers and body that were given", async () => {
    heads.length = 0;
    await read("ok?x=1");
    const head = heads[0]?.toLowerCase() ?? "";
    assert.ok(head.startsWith("post /ok?x=1 http/1.1\r\n"));
    assert.match(head, /\r\naccept-encoding: identity\r\n/);
    assert.match(head, /\r\nauthorization: bearer secret-key\r\n/);
    assert.match(head, /\r\ncontent-length: 2\r\n/);
    assert.ok(head.endsWith("\r\n\r\n{}"));
  });

  test("arrives chunk by chunk while the upstream is still sending", async () => {
    dropKeptConnections();
    assert.ok(await socketsFreed());
    const answer = await transport.send(request("stall"), new AbortController().signal);
    for await (const chunk of answer.body) {
      assert.equal(Buffer.from(chunk).toString(), "one");
      break;
    }
    assert.ok(await socketsFreed());
  });
});

describe("a request", () => {
  test("of many megabytes arrives whole at an upstream that takes its time", async () => {
    const body = new Uint8Array(20 * 1024 * 1024).map((_, index) => index % 251);
    const taker = createHttpServer(async (incoming, response) => {
      const hash = createHash("sha256");
      for await (const piece of incoming) {
        hash.update(piece);
        if (Math.random() < 0.05) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      response.end(hash.digest("hex"));
    });
    const url = await listen(taker);
    const answer = await transport.send({ ...request("", {}, url), body }, new AbortController().signal);
    let text = "";
    for await (const chunk of answer.body) text += Buffer.from(chunk).toString();
    assert.equal(text, createHash("sha256").update(body).digest("hex"));
    taker.close();
  });

  test("that is refused before it was sent whole still gets its answer", async () => {
    const body = new Uint8Array(20 * 1024 * 1024);
    const answer = await transport.send({ ...request("ok"), body }, new AbortController().signal);
    assert.equal(answer.status, 200);
    for await (const chunk of answer.body) assert.equal(Buffer.from(chunk).toString(), "hello");
  });

  test("that may not be sent takes no connection, and leaves the one that rests to the next", async () => {
    dropKeptConnections();
    assert.ok(await socketsFreed());
    await read("ok");
    const [resting] = sockets;
    for (let turn = 0; turn < 3; turn += 1) {
      const asked = { ...request("ok"), headers: { authorization: "Bearer secret-key", "x-name": "a\nb" } };
      assert.equal((await faultOf(transport.send(asked, new AbortController().signal))).code, "gateway_failed");
    }
    assert.equal(await read("ok"), "hello");
    assert.deepEqual([...sockets], [resting]);
  });

  test("goes out on its own connection while others are under way", async () => {
    const texts = await Promise.all(Array.from({ length: 200 }, (_, index) => read(index % 2 === 0 ? "ok" : "pieces")));
    assert.deepEqual(new Set(texts), new Set(["hello", "onetwo"]));
  });
});

describe("a broken upstream", () => {
  const cases: readonly (readonly [string, FaultCode])[] = [
    ["redirect", "upstream_failed"],
    ["reset", "upstream_unreachable"],
    ["close", "upstream_unreachable"],
    ["halfHead", "upstream_unreachable"],
    ["notHttp", "upstream_malformed"],
    ["twoLengths", "upstream_malformed"],
    ["endlessHead", "upstream_malformed"],
    ["short", "upstream_incomplete"],
    ["badChunk", "upstream_malformed"],
    ["cut", "upstream_incomplete"],
    ["resetLater", "upstream_incomplete"],
    ["resetUnframed", "upstream_incomplete"],
    ["thrice", "upstream_malformed"],
    ["unknownPacking", "upstream_malformed"],
    ["notPacked", "upstream_malformed"],
    ["packedCut", "upstream_incomplete"],
    ["bomb", "upstream_too_large"],
  ];
  // Their framing is sound, so that the connection may be kept for the next request.
  const wellFramed = new Set(["redirect", "thrice", "unknownPacking", "notPacked", "packedCut", "bomb"]);
  for (const [path, code] of cases) {
    test(`that does «${path}» ends in ${code} and leaves no socket that can't be used again`, async () => {
      dropKeptConnections();
      assert.ok(await socketsFreed());
      const fault = await faultOf(read(path));
      assert.equal(fault.code, code);
      assert.match(fault.message, /127\.0\.0\.1:\d+/);
      if (!wellFramed.has(path)) assert.ok(await socketsFreed());
    });
  }

  test("that switches protocols unasked is refused", async () => {
    assert.equal((await faultOf(read("switching"))).blame, "upstream");
  });

  test("that sends more than it announced cannot answer the next request with the surplus", async () => {
    for (const path of ["long", "longLater"]) {
      assert.equal(await read(path), "hello");
      await new Promise((resolve) => setTimeout(resolve, 30));
      for (let round = 0; round < 3; round += 1) assert.equal(await read("ok"), "hello");
    }
  });

  test("that nobody answers at, or whose name does not exist, is unreachable, and the message says where", async () => {
    const spare = createServer();
    const url = await listen(spare);
    await new Promise((resolve) => spare.close(resolve));
    const refused = await faultOf(transport.send(request("", {}, `${url}/x?key=secret-key`), new AbortController().signal));
    assert.equal(refused.code, "upstream_unreachable");
    assert.ok(refused.message.includes(new URL(url).host));
    assert.ok(refused.cause instanceof Error && !refused.cause.message.includes("secret-key"));
    const nameless = await faultOf(transport.send(request("", {}, "http://nowhere.invalid/"), new AbortController().signal));
    assert.equal(nameless.code, "upstream_unreachable");
    assert.ok(nameless.message.includes("nowhere.invalid:80"));
    const notTls = await faultOf(transport.send(request("", {}, `${base.replace("http", "https")}/close`), new AbortController().signal));
    assert.equal(notTls.code, "upstream_unreachable");
  });
});

describe("a packed answer", () => {
  for (const path of ["gzip", "deflate", "br", "zstd", "twice"]) {
    test(`in «${path}» is unpacked`, async () => {
      assert.equal(await read(path), "hello");
    });
  }

  test("is unpacked chunk by chunk, and leaving it frees the socket", async () => {
    dropKeptConnections();
    assert.ok(await socketsFreed());
    const answer = await transport.send(request("slowGzip"), new AbortController().signal);
    for await (const chunk of answer.body) {
      assert.equal(Buffer.from(chunk).toString(), "first");
      break;
    }
    assert.ok(await socketsFreed());
  });
});

describe("a deadline", () => {
  const cases: readonly (readonly [string, Partial<Deadlines>, FaultCode, RegExp])[] = [
    ["silent", { firstEventMs: 100 }, "upstream_timeout", /did not begin/],
    ["headOnly", { firstEventMs: 100 }, "upstream_timeout", /did not begin/],
    ["stall", { idleMs: 100 }, "upstream_timeout", /fell silent/],
    ["stallWhole", { firstEventMs: 50, idleMs: 100 }, "upstream_timeout", /did not|silent/],
    ["drip", { idleMs: 1_000, totalMs: 300 }, "upstream_timeout", /did not finish/],
    ["slowGzip", { idleMs: 100 }, "upstream_timeout", /fell silent/],
  ];
  for (const [path, deadlines, code, message] of cases) {
    test(`that «${path}» misses (${Object.keys(deadlines).join(", ")}) ends in ${code} and frees the socket`, async () => {
      dropKeptConnections();
      assert.ok(await socketsFreed());
      const fault = await faultOf(read(path, deadlines));
      assert.equal(fault.code, code);
      assert.match(fault.message, message);
      assert.ok(await socketsFreed());
    });
  }

  test("of silence counts the upstream's time, not the reader's", async () => {
    const answer = await transport.send(request("pieces", { idleMs: 200 }), new AbortController().signal);
    let text = "";
    for await (const chunk of answer.body) {
      text += Buffer.from(chunk).toString();
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    assert.equal(text, "onetwo");
  });

  test("frees the socket also when nobody reads the body", async () => {
    dropKeptConnections();
    assert.ok(await socketsFreed());
    const answer = await transport.send(request("drip", { totalMs: 200 }), new AbortController().signal);
    assert.ok(await socketsFreed());
    assert.equal((await faultOf(answer.body[Symbol.asyncIterator]().next())).code, "upstream_timeout");
  });

  test("for connecting is kept where the upstream's machine swallows connections", async () => {
    using hole = await openBlackHole();
    const url = `http://127.0.0.1:${hole.port}/`;
    const started = Promise.all(
      [1, 2].map(() => faultOf(transport.send(request("", { connectMs: 150 }, url), new AbortController().signal))),
    );
    for (const fault of await started) {
      assert.equal(fault.code, "upstream_unreachable");
      assert.match(fault.message, /No connection to 127/);
    }
  });
});

describe("a client that leaves", () => {
  test("frees the upstream while it is waited for, and the call ends in client_gone", async () => {
    const controller = new AbortController();
    const sending = faultOf(transport.send(request("silent"), controller.signal));
    while (heads.at(-1)?.includes("/silent") !== true || sockets.size === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    controller.abort();
    assert.equal((await sending).code, "client_gone");
    assert.ok(await socketsFreed());
    assert.equal((await faultOf(transport.send(request("ok"), controller.signal))).code, "client_gone");
  });

  test("frees the upstream before the body is read, and reading it ends in client_gone", async () => {
    for (const path of ["stall", "headOnly", "flood", "stallWhole"]) {
      const controller = new AbortController();
      const answer = await transport.send(request(path), controller.signal);
      controller.abort();
      assert.ok(await socketsFreed(), path);
      assert.equal((await faultOf(answer.body[Symbol.asyncIterator]().next())).code, "client_gone");
    }
  });

  test("frees the upstream in the middle of the body, while a read is pending", async () => {
    for (const path of ["stall", "stallWhole", "slowGzip"]) {
      const controller = new AbortController();
      const reading = faultOf(read(path, {}, controller.signal));
      while (sockets.size === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      await new Promise((resolve) => setTimeout(resolve, 50));
      controller.abort();
      assert.equal((await reading).code, "client_gone");
      assert.ok(await socketsFreed());
    }
  });

  test("ends the loop by return() at once although a read is pending", async () => {
    const answer = await transport.send(request("headOnly"), new AbortController().signal);
    const body = answer.body[Symbol.asyncIterator]();
    const pending = body.next().catch(() => undefined);
    await body.return?.();
    assert.ok(await socketsFreed());
    await pending;
  });
});

describe("a reader that never reads", () => {
  test("holds the upstream back: 200 MB wait at the upstream, not here", async () => {
    const before = process.memoryUsage().rss;
    const controller = new AbortController();
    const answer = await transport.send(request("flood"), controller.signal);
    const body = answer.body[Symbol.asyncIterator]();
    await body.next();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const sent = Math.max(...[...sockets].map((socket) => socket.bytesWritten - socket.writableLength));
    const grown = process.memoryUsage().rss - before;
    controller.abort();
    assert.ok(sent < 100 * 1024 * 1024, `${sent} bytes were taken`);
    assert.ok(grown < 100 * 1024 * 1024, `memory grew by ${grown} bytes`);
    assert.ok(await socketsFreed());
  });
});
