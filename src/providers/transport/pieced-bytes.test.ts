import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { Fault, PiecedBytes } from "../../exchange/index.ts";
import { openTransport } from "./open-transport.ts";
import type { Transport } from "./transport.ts";

const deadlines = { connectMs: 5_000, firstEventMs: 20_000, idleMs: 20_000, totalMs: 60_000 };
let transport: Transport;

/** Answers with the hash of what came, once it was read: slowly where the path says so. */
const server = createServer(async (request, response) => {
  if (request.url === "/leave") {
    request.socket.destroy();
    return;
  }
  const sum = createHash("sha256");
  for await (const chunk of chunksOf(request)) {
    sum.update(chunk);
    if (request.url === "/slow") await new Promise((resolve) => setTimeout(resolve, 2));
  }
  response.end(sum.digest("hex"));
});

function chunksOf(request: IncomingMessage): AsyncIterable<Buffer> {
  return request;
}

before(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  transport = await openTransport();
});
after(async () => {
  await transport.close();
  server.closeAllConnections();
  server.close();
});

const piece = (length: number, fill: number) => new Uint8Array(length).fill(fill);

async function send(path: string, body: PiecedBytes): Promise<string> {
  const { port } = server.address() as AddressInfo;
  const url = new URL(`http://127.0.0.1:${port}${path}`);
  const signal = { aborted: false, reason: undefined, addEventListener: () => undefined, removeEventListener: () => undefined };
  const answer = await transport.send({ method: "POST", url, headers: {}, body, deadlines, privateAllowed: true }, signal);
  let text = "";
  for await (const chunk of answer.body) text += Buffer.from(chunk).toString();
  return text;
}

describe("a body in pieces", () => {
  test("arrives as if it were one, many at a time and one after another, fast and slowly", async () => {
    const sent = Array.from({ length: 40 }, async (_, at) => {
      for (const path of ["/", "/slow", "/"]) {
        const size = at % 5 === 0 ? 3_000_000 : 20_000 + at;
        const body = new PiecedBytes([piece(at % 3, 7), piece(size, at), piece(9, 200), piece(70_000, at + 1), piece(1, 3)]);
        assert.equal(await send(path, body), createHash("sha256").update(PiecedBytes.inOne(body)).digest("hex"));
      }
    });
    await Promise.all(sent);
  });

  test("whose upstream leaves in the middle ends in a fault, and the next one is served", async () => {
    const body = new PiecedBytes([piece(4_000_000, 1), piece(20, 2), piece(4_000_000, 3)]);
    const fault = await send("/leave", body).catch((error: unknown) => error);
    assert.ok(fault instanceof Fault && fault.blame === "upstream", String(fault));
    assert.equal(await send("/", body), createHash("sha256").update(PiecedBytes.inOne(body)).digest("hex"));
  });
});
