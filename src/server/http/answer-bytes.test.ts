import assert from "node:assert/strict";
import { test } from "node:test";
import { AnswerBytes } from "./answer-bytes.ts";
import type { ClientLink } from "./client-link.ts";

test("a stream's head says that more follows, and so does a last piece", () => {
  const bytes = new AnswerBytes();
  const sent: [string, boolean][] = [];
  const link = {
    write: (out: Buffer, from: number, to: number, more = false) => sent.push([out.toString("latin1", from, to).slice(0, 5), more]),
  } as unknown as ClientLink;
  bytes.begin(link, { status: 200, headers: {}, body: new Uint8Array() }, true, "chunks");
  bytes.piece(link, Buffer.from("one"), "chunks");
  bytes.piece(link, Buffer.from("last"), "chunks", true);
  bytes.end(link, "chunks");
  bytes.whole(link, { status: 200, headers: {}, body: new Uint8Array() }, Buffer.from("all"), { keepAlive: true, bodiless: false });
  assert.deepEqual(sent, [
    ["HTTP/", true],
    ["3\r\non", false],
    ["4\r\nla", true],
    ["0\r\n\r\n", false],
    ["HTTP/", false],
  ]);
});

test("each chunk of a stream tells its size in hexadecimal digits, whatever its length", () => {
  const bytes = new AnswerBytes();
  let sent = "";
  const link = { write: (out: Buffer, from: number, to: number) => (sent += out.toString("latin1", from, to)) };
  for (const size of [1, 9, 10, 15, 16, 17, 255, 256, 4_095, 4_096, 32_756, 32_757, 65_535, 65_536, 0xabcdef]) {
    sent = "";
    const piece = Buffer.alloc(size, "x");
    bytes.piece(link as unknown as ClientLink, piece, "chunks");
    assert.ok(sent === `${size.toString(16)}\r\n${piece.toString("latin1")}\r\n`, `a chunk of ${size} bytes`);
    sent = "";
    bytes.piece(link as unknown as ClientLink, piece, "close");
    assert.ok(sent === piece.toString("latin1"), `${size} bytes without chunks`);
  }
});
