import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AnswerParser } from "./answer-parser.ts";
import { NotHttp } from "./message-head.ts";

interface Parsed {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly ended: boolean;
  readonly reusable: boolean;
}

function parse(text: string, pieceBytes: number, close = false): Parsed {
  const bytes = Buffer.from(text, "latin1");
  let status = 0;
  let headers: Record<string, string> = {};
  let body = "";
  let ended = false;
  const parser = new AnswerParser({
    onHead(code, found) {
      status = code;
      headers = Object.fromEntries(found.names().map((name) => [name, found.get(name) ?? ""]));
    },
    onBody(piece) {
      body += Buffer.from(piece).toString("latin1");
    },
    onEnd() {
      assert.equal(ended, false);
      ended = true;
    },
  });
  for (let at = 0; at < bytes.length; at += pieceBytes) parser.take(bytes.subarray(at, at + pieceBytes));
  if (close) parser.close();
  assert.equal(parser.done, ended);
  return { status, headers, body, ended, reusable: parser.reusable };
}

const head = "HTTP/1.1 200 OK\r\n";
const chunked = `${head}Transfer-Encoding: chunked\r\n\r\n`;

describe("the answer parser", () => {
  const whole: readonly (readonly [string, string, string, boolean])[] = [
    ["a body of a known length", `${head}Content-Length: 5\r\n\r\nhello`, "hello", true],
    ["no body", `${head}Content-Length: 0\r\n\r\n`, "", true],
    ["a status without a body", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", "", true],
    ["a reason that is missing", "HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nok", "ok", true],
    ["chunks", `${chunked}3\r\none\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n`, "one0123456789", true],
    ["chunks whose sizes are padded", `${chunked}3  \r\none\r\n0\r\n\r\n`, "one", true],
    ["chunks with trailers", `${chunked}3\r\none\r\n000\r\nX-Sum: 1\r\n\r\n`, "one", true],
    ["hints before the answer", `HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${head}Content-Length: 2\r\n\r\nok`, "ok", true],
    ["an answer that closes", `${head}Connection: close\r\nContent-Length: 2\r\n\r\nok`, "ok", false],
    ["HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", "ok", false],
    ["both framings", `${head}Content-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`, "ok", false],
    ["more than was announced", `${head}Content-Length: 2\r\n\r\nokEVIL`, "ok", false],
  ];
  for (const [what, text, body, reusable] of whole) {
    test(`reads ${what}, however the bytes are sliced`, () => {
      const expected = parse(text, text.length);
      assert.equal(expected.body, body);
      assert.equal(expected.ended, true);
      assert.equal(expected.reusable, reusable);
      for (let pieceBytes = 1; pieceBytes < text.length; pieceBytes += 1) assert.deepEqual(parse(text, pieceBytes), expected);
    });
  }

  test("joins headers of the same name and reads names in any case", () => {
    assert.deepEqual(parse(`${head}X-A: 1\r\nx-a:2 \r\nContent-LENGTH: 0\r\n\r\n`, 7).headers, { "x-a": "1, 2", "content-length": "0" });
  });

  test("takes a body without framing to its close, and no other body", () => {
    assert.equal(parse(`${head}\r\nhello`, 3).ended, false);
    assert.deepEqual(parse(`${head}\r\nhello`, 3, true).body, "hello");
    assert.equal(parse(`${head}\r\nhello`, 3, true).ended, true);
    assert.equal(parse(`${head}Content-Length: 9\r\n\r\nhello`, 3, true).ended, false);
    assert.equal(parse(`${chunked}3\r\none\r\n`, 3, true).ended, false);
  });

  const refused: readonly (readonly [string, string])[] = [
    ["another protocol", "SSH-2.0-OpenSSH_9\r\n"],
    ["another version", "HTTP/2.0 200 OK\r\n\r\n"],
    ["two lengths", `${head}Content-Length: 2\r\nContent-Length: 2\r\n\r\nok`],
    ["a length that is none", `${head}Content-Length: 2,2\r\n\r\nok`],
    ["a negative length", `${head}Content-Length: -1\r\n\r\nok`],
    ["an unknown coding", `${head}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
    ["a folded header", `${head}X-A: 1\r\n  2\r\n\r\n`],
    ["a header without a name", `${head}: 1\r\n\r\n`],
    ["a space before the colon", `${head}Content-Length : 2\r\n\r\nok`],
    ["a bare line feed in the head", `${head}X-A: 1\nContent-Length: 5\r\n\r\nok`],
    ["an upgrade", "HTTP/1.1 101 Switching Protocols\r\n\r\n"],
    ["a chunk size that is none", `${chunked}xyz\r\n`],
    ["a chunk size beyond reason", `${chunked}FFFFFFFFF\r\n`],
    ["a chunk longer than it said", `${chunked}3\r\nones\r\n0\r\n\r\n`],
    ["a chunk size without end", `${chunked}${"0".repeat(5_000)}`],
    ["an endless head", `${head}X-A: ${"a".repeat(200_000)}`],
    ["too many headers", `${head}${"x: 1\r\n".repeat(600)}\r\n`],
  ];
  for (const [what, text] of refused) {
    test(`refuses ${what}`, () => {
      for (const pieceBytes of [text.length, 4_096, 7]) assert.throws(() => parse(text, pieceBytes), NotHttp);
    });
  }
});
