import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { describe, test } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import { makeAuthority } from "../../../test/upstreams/certificates.ts";
import type { Link, OpenLink } from "./link.ts";
import { openLink as openNodeLink } from "./node-link.ts";
import { encodeHead, encodeRequest } from "./request-bytes.ts";

const pieces = 3_000;
const bodyBytes = 16 * 1024;
const authority = makeAuthority();
const certificate = authority.issue({ names: ["localhost"] });

const links: readonly (readonly [name: string, open: OpenLink])[] = [
  ["node:net", openNodeLink],
  ...(typeof Bun === "undefined" ? [] : [["Bun", (await import("./bun-link.ts")).bunRuntime().openLink] as const]),
];

/**
 * Each with a credential and a body of its own, as small as what is put together in the memory that all requests share; every other one
 * so short that it waits for others.
 */
function requestBytes(piece: number): Uint8Array {
  const deadlines = { connectMs: 1, firstEventMs: 1, idleMs: 1, totalMs: 1 };
  const headers = { authorization: `Bearer credential-${piece}` };
  const length = piece % 2 === 0 ? bodyBytes - (piece % 3) : piece % 500;
  const body = new Uint8Array(length).fill(piece % 251);
  const request = { method: "POST", url: new URL("http://a.test/v1/x"), headers, body, deadlines, privateAllowed: false } as const;
  return encodeRequest(encodeHead(request, "a.test"), body).head;
}

/** A server that reads nothing until it is told to. */
async function slowReader(secure: boolean): Promise<{ port: number; socket: Promise<Socket>; close(): void }> {
  const accepted = Promise.withResolvers<Socket>();
  const accept = (socket: Socket) => accepted.resolve(socket.pause());
  const server = secure
    ? createTlsServer({ ...certificate, pauseOnConnect: false }, accept)
    : createServer({ pauseOnConnect: true }, accept);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, socket: accepted.promise, close: () => server.close() };
}

function opened(open: OpenLink, port: number, secure: boolean): Promise<{ link: Link; drained: Promise<void> }> {
  const tls = secure ? { serverName: "localhost", certificateAuthorities: authority.cert } : undefined;
  return new Promise((resolve, reject) => {
    const drained = Promise.withResolvers<void>();
    const handler = {
      onOpen: () => resolve({ link, drained: drained.promise }),
      onData: () => undefined,
      onDrain: () => drained.resolve(),
      onClose: reject,
    };
    const link = open({ host: "127.0.0.1", port, tls, narrow: false }, handler);
  });
}

describe("bytes that were lent, and are others once they were written,", () => {
  for (const [name, open] of links) {
    for (const secure of [false, true]) {
      test(`arrive as they were, however slowly they are read: ${name}${secure ? " over TLS" : ""}`, async () => {
        const reader = await slowReader(secure);
        const { link, drained } = await opened(open, reader.port, secure);
        const sent = createHash("sha256");
        let sentBytes = 0;
        for (let piece = 0; piece < pieces; piece++) {
          const head = requestBytes(piece);
          sent.update(head);
          sentBytes += head.length;
          link.write(head, true);
        }
        requestBytes(pieces);
        assert.ok(!link.flushed, "the socket has taken all at once, so that nothing was shown");
        const came = createHash("sha256");
        let length = 0;
        const socket = await reader.socket;
        await new Promise<void>((resolve, reject) => {
          socket.on("error", reject).on("data", (bytes) => {
            came.update(bytes);
            length += bytes.length;
            if (length === sentBytes) resolve();
          });
          socket.resume();
        });
        await drained;
        assert.equal(came.digest("hex"), sent.digest("hex"));
        link.destroy();
        socket.destroy();
        reader.close();
      });
    }
  }
});
