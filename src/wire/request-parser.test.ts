import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NotHttp } from "./message-head.ts";
import { RequestParser } from "./request-parser.ts";

interface Parsed {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly keepAlive: boolean;
  readonly expectsContinue: boolean;
  body: string;
  whole: boolean;
}

/** All requests of a connection, fed in pieces, what is left over fed again, as a connection does. */
function parse(text: string, pieceBytes: number): Parsed[] {
  const bytes = Buffer.from(text, "latin1");
  const found: Parsed[] = [];
  const parser = new RequestParser({
    onRequest({ method, path, query, headers, keepAlive, expectsContinue }) {
      const fields = Object.fromEntries(headers.names().map((name) => [name, headers.get(name) ?? ""]));
      found.push({ method, path, query, headers: fields, keepAlive, expectsContinue, body: "", whole: false });
    },
    onBody(piece) {
      (found.at(-1) as Parsed).body += piece.toString("latin1");
    },
    onBodyEnd() {
      const last = found.at(-1) as Parsed;
      assert.equal(last.whole, false);
      last.whole = true;
    },
  });
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    let rest: Buffer | undefined = bytes.subarray(at, at + pieceBytes);
    while (rest !== undefined && rest.length > 0) rest = parser.take(rest);
  }
  assert.equal(parser.inBody, found.at(-1)?.whole === false);
  return found;
}

const post = "POST /v1/x HTTP/1.1\r\nHost: a\r\n";
const chunked = `${post}Transfer-Encoding: chunked\r\n\r\n`;
const next = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";

describe("the request parser", () => {
  const whole: readonly (readonly [string, string, readonly string[]])[] = [
    ["a request without a body", next, ["/next "]],
    ["a body of a known length", `${post}Content-Length: 5\r\n\r\nhello`, ["/v1/x hello"]],
    ["a body that looks like a request", `${post}Content-Length: ${next.length}\r\n\r\n${next}`, [`/v1/x ${next}`]],
    ["an empty body", `${post}Content-Length: 0\r\n\r\n${next}`, ["/v1/x ", "/next "]],
    ["chunks", `${chunked}3\r\none\r\nA\r\n0123456789\r\n0\r\n\r\n${next}`, ["/v1/x one0123456789", "/next "]],
    ["chunks with extensions", `${chunked}3;x=y;z="\xe9"\r\none\r\n0;last\r\n\r\n${next}`, ["/v1/x one", "/next "]],
    ["chunks with trailers", `${chunked}3\r\none\r\n000\r\nX-Sum: 1\r\nX-Other:\r\n\r\n${next}`, ["/v1/x one", "/next "]],
    ["a trailer that names a length", `${chunked}3\r\none\r\n0\r\nContent-Length: 90\r\n\r\n${next}`, ["/v1/x one", "/next "]],
    ["three at once", `${next}${post}content-length:2\r\n\r\nok${next}`, ["/next ", "/v1/x ok", "/next "]],
    ["empty lines before a request", `\r\n\r\n\r\n${next}\r\n${next}`, ["/next ", "/next "]],
    ["the coding's name in capitals", `${post}TRANSFER-ENCODING:\t Chunked \r\n\r\n0\r\n\r\n`, ["/v1/x "]],
  ];
  for (const [what, text, expected] of whole) {
    test(`reads ${what}, however the bytes are sliced`, () => {
      const found = parse(text, text.length);
      assert.deepEqual(
        found.map(({ path, body }) => `${path} ${body}`),
        expected,
      );
      assert.ok(found.every((request) => request.whole));
      for (let pieceBytes = 1; pieceBytes < text.length; pieceBytes++) assert.deepEqual(parse(text, pieceBytes), found);
    });
  }

  test("splits the target at its first question mark and decodes nothing", () => {
    const [request] = parse("GET /a/../%2e%2f//b?c=d?e&%20 HTTP/1.1\r\nHost: a\r\n\r\n", 999);
    assert.equal(request?.path, "/a/../%2e%2f//b");
    assert.equal(request?.query, "c=d?e&%20");
  });

  const targets: readonly (readonly [string, string])[] = [
    ["http://host:80/a/b?c", "/a/b c"],
    ["HTTPS://host", "/ "],
    ["http://host?c", "/ c"],
    ["*", "* "],
  ];
  for (const [target, expected] of targets) {
    test(`takes the target ${target}`, () => {
      const [request] = parse(`OPTIONS ${target} HTTP/1.1\r\nHost: host\r\n\r\n`, 999);
      assert.equal(`${request?.path} ${request?.query}`, expected);
    });
  }

  test("joins headers of the same name and reads names in any case", () => {
    const [request] = parse("GET / HTTP/1.1\r\nX-A: 1\r\nhOsT:a\r\nx-a: \t2 \t\r\n\r\n", 7);
    assert.deepEqual(request?.headers, { "x-a": "1, 2", host: "a" });
  });

  const connections: readonly (readonly [string, boolean])[] = [
    ["HTTP/1.1\r\n", true],
    ["HTTP/1.1\r\nConnection: keep-alive\r\n", true],
    ["HTTP/1.1\r\nConnection: close\r\n", false],
    ["HTTP/1.1\r\nConnection: upgrade\r\nConnection: Close\r\n", false],
    ["HTTP/1.0\r\n", false],
    ["HTTP/1.0\r\nConnection: keep-alive\r\n", false],
  ];
  for (const [rest, keepAlive] of connections) {
    test(`${keepAlive ? "keeps" : "ends"} the connection after ${JSON.stringify(rest)}`, () => {
      assert.equal(parse(`GET / ${rest}Host: a\r\n\r\n`, 999)[0]?.keepAlive, keepAlive);
    });
  }

  test("hears who waits before the body, and in HTTP/1.0 nobody does", () => {
    const asks = (version: string) => parse(`POST / ${version}\r\nHost: a\r\nExpect: 100-Continue\r\nContent-Length: 0\r\n\r\n`, 999)[0];
    assert.equal(asks("HTTP/1.1")?.expectsContinue, true);
    assert.equal(asks("HTTP/1.0")?.expectsContinue, false);
  });

  test("says whether a request is under way", () => {
    const parser = new RequestParser({ onRequest: () => undefined, onBody: () => undefined, onBodyEnd: () => undefined });
    const states: boolean[][] = [];
    for (const piece of ["\r\n", "POST / HTTP/1.1\r\nContent-Le", "ngth: 4\r\n\r\nbo", "dy"]) {
      parser.take(Buffer.from(piece));
      states.push([parser.inHead, parser.inBody]);
    }
    assert.deepEqual(states, [
      [false, false],
      [true, false],
      [false, true],
      [false, false],
    ]);
  });

  const refused: readonly (readonly [string, string, number?])[] = [
    ["a preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505],
    ["HTTP/0.9", "GET /\r\n\r\n"],
    ["a version without a method", " HTTP/1.2\r\nHost: a\r\n\r\n", 400],
    ["another version", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", 505],
    ["a greeting of TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"],
    ["a method in small letters", "get / HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["a tab in the first line", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["a space behind the version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"],
    ["a space before the method", " GET / HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["a target with a space", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["a target with a control", "GET /a\x00 HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["a target beyond ASCII", "GET /\xe9 HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["a target that is none", "GET a/b HTTP/1.1\r\nHost: a\r\n\r\n"],
    ["a tunnel", "CONNECT host:443 HTTP/1.1\r\nHost: host:443\r\n\r\n"],
    ["a first line that ends with a bare line feed", "GET / HTTP/1.1\nHost: a\r\n\r\n"],
    ["a header that ends with a bare line feed", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n"],
    ["a bare carriage return in a header", "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n"],
    ["a folded header", "GET / HTTP/1.1\r\nHost: a\r\nX-A: 1\r\n  2\r\n\r\n"],
    ["a first header that begins with a space", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"],
    ["a header without a colon", "GET / HTTP/1.1\r\nHost: a\r\nX-A\r\n\r\n"],
    ["a header without a name", "GET / HTTP/1.1\r\nHost: a\r\n: 1\r\n\r\n"],
    ["a space before the colon", `${post}Content-Length : 2\r\n\r\nok`],
    ["a NUL in a value", "GET / HTTP/1.1\r\nHost: a\r\nX-A: 1\x00\r\n\r\n"],
    ["a NUL in a name", "GET / HTTP/1.1\r\nHost: a\r\nX\x00A: 1\r\n\r\n"],
    ["a vertical tab before the coding", `${post}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n`],
    ["two Host", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"],
    ["two lengths", `${post}Content-Length: 2\r\nContent-Length: 3\r\n\r\nok`],
    ["two equal lengths", `${post}Content-Length: 2\r\ncontent-length: 2\r\n\r\nok`],
    ["a list of lengths", `${post}Content-Length: 2, 2\r\n\r\nok`],
    ["a length with a sign", `${post}Content-Length: +2\r\n\r\nok`],
    ["a negative length", `${post}Content-Length: -2\r\n\r\nok`],
    ["a length with a space in it", `${post}Content-Length: 1 2\r\n\r\nok`],
    ["a length with a fraction", `${post}Content-Length: 2.0\r\n\r\nok`],
    ["a hexadecimal length", `${post}Content-Length: 0x2\r\n\r\nok`],
    ["an empty length", `${post}Content-Length:\r\n\r\nok`],
    ["a length beyond reason", `${post}Content-Length: 18446744073709551618\r\n\r\nok`],
    ["both framings", `${post}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ["both framings the other way round", `${post}Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n`],
    ["an unknown coding", `${post}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, 501],
    ["chunked before another coding", `${post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`, 501],
    ["chunked twice", `${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 501],
    ["an empty coding", `${post}Transfer-Encoding:\r\n\r\n0\r\n\r\n`, 501],
    ["a coding in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"],
    ["an unknown expectation", `${post}Expect: 200-ok\r\n\r\n`, 417],
    ["a chunk size that is none", `${chunked}xyz\r\n`],
    ["an empty chunk size", `${chunked}\r\none\r\n`],
    ["a negative chunk size", `${chunked}-3\r\none\r\n`],
    ["a chunk size with a sign", `${chunked}+3\r\none\r\n`],
    ["a chunk size with a prefix", `${chunked}0x3\r\none\r\n`],
    ["a chunk size with an underscore", `${chunked}1_0\r\none\r\n`],
    ["a space before a chunk size", `${chunked} 3\r\none\r\n`],
    ["a space behind a chunk size", `${chunked}3 \r\none\r\n`],
    ["a chunk size beyond reason", `${chunked}FFFFFFFFF\r\n`],
    ["a chunk size that wraps around", `${chunked}10000000000000003\r\none\r\n`],
    ["a bare line feed behind a chunk size", `${chunked}3\none\r\n0\r\n\r\n`],
    ["a bare line feed in an extension", `${chunked}3;a\nb\r\none\r\n0\r\n\r\n`],
    ["a bare carriage return in an extension", `${chunked}3;a\rb\r\none\r\n0\r\n\r\n`],
    ["a NUL in an extension", `${chunked}3;a\x00\r\none\r\n0\r\n\r\n`],
    ["a chunk longer than it said", `${chunked}3\r\nones\r\n0\r\n\r\n`],
    ["a chunk without its line end", `${chunked}3\r\none0\r\n\r\n`],
    ["a chunk that ends with a bare line feed", `${chunked}3\r\none\n0\r\n\r\n`],
    ["a chunk size without end", `${chunked}${"0".repeat(5_000)}`],
    ["an extension without end", `${chunked}3;${"a".repeat(5_000)}`],
    ["a request in place of a trailer", `${chunked}0\r\n${next}`],
    ["a trailer that ends with a bare line feed", `${chunked}0\r\nX: y\n\r\n\r\n`],
    ["a folded trailer", `${chunked}0\r\nX: y\r\n z\r\n\r\n`],
    ["a trailer without a colon", `${chunked}0\r\nX\r\n\r\n`],
    ["a trailer with a space before its colon", `${chunked}0\r\nX : y\r\n\r\n`],
    ["trailers without end", `${chunked}0\r\n${"x: yyyyyyyyyyyy\r\n".repeat(2_000)}`],
    ["a head without end", `GET / HTTP/1.1\r\nX-A: ${"a".repeat(100_000)}`, 431],
    ["a head that is too large", `GET / HTTP/1.1\r\nX-A: ${"a".repeat(33_000)}\r\n\r\n`, 431],
    ["too many headers", `GET / HTTP/1.1\r\n${"x: 1\r\n".repeat(600)}\r\n`, 431],
  ];
  for (const [what, text, status = 400] of refused) {
    test(`refuses ${what} with ${status}`, () => {
      for (const pieceBytes of [text.length, 4_096, 7, 1]) {
        assert.throws(
          () => parse(text, pieceBytes),
          (error) => error instanceof NotHttp && error.status === status,
        );
      }
    });
  }
});
