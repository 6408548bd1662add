import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BodyReader } from "./body-reader.ts";
import { NotHttp } from "./message-head.ts";

/** What a reader hands on, call by call, of a body in chunks that comes in these reads. */
function handedOn(...reads: readonly string[]): string[] {
  const calls: string[] = [];
  const reader = new BodyReader("chunked", { joins: true, onBody: (bytes) => calls.push(bytes.toString("latin1")) });
  for (const read of reads) {
    const bytes = Buffer.from(read, "latin1");
    reader.take(bytes);
    assert.equal(bytes.toString("latin1"), read);
  }
  return calls;
}

function chunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`;
}

describe("a body's reader", () => {
  test("hands on together the short chunks that came together, and only those", () => {
    assert.deepEqual(handedOn(chunk("one")), ["one"]);
    assert.deepEqual(handedOn(chunk("one") + chunk("two") + chunk("three")), ["onetwothree"]);
    assert.deepEqual(handedOn(chunk("one") + chunk("two"), chunk("three"), `${chunk("four")}${chunk("five")}0\r\n\r\n`), [
      "onetwo",
      "three",
      "fourfive",
    ]);
  });

  test("hands on what is there of a chunk that is cut, with those before it", () => {
    const bytes = chunk("one") + chunk("twotwo");
    assert.deepEqual(handedOn(bytes.slice(0, 13), bytes.slice(13)), ["onetw", "otwo"]);
  });

  test("hands on a long chunk by itself, in its place", () => {
    const long = "x".repeat(5_000);
    assert.deepEqual(handedOn(chunk("one") + chunk("two") + chunk(long) + chunk("three")), ["onetwo", long, "three"]);
  });

  test("joins no more than 16 KB at a time, and loses nothing", () => {
    const chunks = Array.from({ length: 40 }, (_, at) => String.fromCharCode(65 + at).repeat(1_000));
    const calls = handedOn(chunks.map(chunk).join(""));
    assert.equal(calls.join(""), chunks.join(""));
    assert.deepEqual(
      calls.map((call) => call.length),
      [16_000, 16_000, 8_000],
    );
  });

  test("joins nothing unless it is asked to, and begins in the middle of a read", () => {
    const calls: string[] = [];
    const sink = { joins: false, onBody: (bytes: Buffer) => void calls.push(bytes.toString("latin1")) };
    const reader = new BodyReader("chunked", sink);
    reader.take(Buffer.from(chunk("one") + chunk("two")));
    sink.onBody = (bytes) => {
      calls.push(bytes.toString("latin1"));
      sink.joins = true;
    };
    reader.take(Buffer.from(["three", "four", "five"].map(chunk).join("")));
    assert.deepEqual(calls, ["one", "two", "three", "fourfive"]);
  });

  test("hands on what came before something that is no chunk", () => {
    const calls: string[] = [];
    const reader = new BodyReader("chunked", { joins: true, onBody: (bytes) => calls.push(bytes.toString("latin1")) });
    assert.throws(() => reader.take(Buffer.from(`${chunk("one")}${chunk("two")}xyz\r\n`)), NotHttp);
    assert.deepEqual(calls, ["onetwo"]);
  });
});
