import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Fault, PiecedBytes } from "../../exchange/index.ts";
import { encodeHead, encodeRequest } from "./request-bytes.ts";
import type { UpstreamRequest } from "./transport.ts";

function request(headers: Record<string, string>, body = new Uint8Array(0), url = "http://a.test:8080/v1/x?y=1"): UpstreamRequest {
  const deadlines = { connectMs: 1, firstEventMs: 1, idleMs: 1, totalMs: 1 };
  return { method: "POST", url: new URL(url), headers, body, deadlines, privateAllowed: false };
}

function encoded(asked: UpstreamRequest, host: string) {
  return encodeRequest(encodeHead(asked, host), asked.body);
}

describe("a request's bytes", () => {
  test("are one head with the given headers and the transport's own framing", () => {
    const given = { authorization: "Bearer k", "content-length": "999", "transfer-encoding": "chunked", host: "evil", connection: "close" };
    const { head, body } = encoded(request(given, Buffer.from("{}")), "a.test:8080");
    assert.equal(body, undefined);
    assert.equal(
      Buffer.from(head).toString(),
      "POST /v1/x?y=1 HTTP/1.1\r\nhost: a.test:8080\r\naccept-encoding: identity\r\nuser-agent: sluice\r\naccept: */*\r\nauthorization: Bearer k\r\ncontent-length: 2\r\n\r\n{}",
    );
  });

  test("take the short beginning of a body in pieces with the head, and leave the rest as it is", () => {
    const [short, long] = [Buffer.from('{"model":"m"'), new Uint8Array(100_000)];
    const { head, body } = encodeRequest("POST / HTTP/1.1\r\n\r\n", new PiecedBytes([short, long, short]));
    assert.equal(Buffer.from(head).toString(), 'POST / HTTP/1.1\r\n\r\n{"model":"m"');
    assert.ok(body instanceof PiecedBytes);
    assert.deepEqual([body.pieces.length, body.pieces[0] === long, body.pieces[1] === short, body.length], [2, true, true, 100_012]);
    const whole = new PiecedBytes([long]);
    assert.equal(encodeRequest("POST / HTTP/1.1\r\n\r\n", whole).body, whole);
    assert.equal((encodeRequest("POST / HTTP/1.1\r\n\r\n", new PiecedBytes([short])).body as PiecedBytes).length, 0);
  });

  test("leave a large body as it is", () => {
    const large = new Uint8Array(1_000_000);
    assert.equal(encoded(request({}, large), "a.test").body, large);
  });

  test("are whole at the edge of what is put together in one piece", () => {
    const text = encodeHead(request({ "x-pad": "" }), "a.test");
    for (const headBytes of [16_383, 16_384, 16_385]) {
      for (const bodyBytes of [0, 16_383, 16_384, 16_385]) {
        const bytes = new Uint8Array(bodyBytes).fill(headBytes % 251);
        const asked = request({ "x-pad": "p".repeat(headBytes - text.length - String(bodyBytes).length + 1) }, bytes);
        const wanted = Buffer.concat([Buffer.from(encodeHead(asked, "a.test"), "latin1"), bytes]);
        assert.equal(wanted.length, headBytes + bodyBytes);
        const { head, body } = encoded(asked, "a.test");
        assert.ok(wanted.equals(body instanceof Uint8Array ? Buffer.concat([head, body]) : head));
      }
    }
  });

  test("take no header that could become two lines, and the fault does not tell its value", () => {
    for (const [name, value] of [
      ["x-a", "secret\r\nx-b: 2"],
      ["x-a", "secret\n"],
      ["x-a", "secret\0"],
      ["x-a", "secret\u0100"],
      ["x a", "secret"],
      ["x\r\nb", "secret"],
      ["", "secret"],
    ] as const) {
      assert.throws(
        () => encoded(request({ [name]: value }), "a.test"),
        (error) => error instanceof Fault && error.code === "gateway_failed" && !error.message.includes("secret"),
      );
    }
  });

  test("cannot be split by the address", () => {
    const { head } = encoded(request({}, undefined, "http://a.test/x\r\ny z?q=\r\n a"), "a.test");
    assert.equal(Buffer.from(head).toString().split("\r\n")[0], "POST /xy%20z?q=%20a HTTP/1.1");
  });
});
