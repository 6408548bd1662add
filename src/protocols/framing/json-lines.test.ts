import { describe, expect, test } from "bun:test";
import { JsonLineCutter, jsonLine, jsonLines } from "./json-lines.ts";

const decoder = new TextDecoder();
const limit = 4 * 1024 * 1024;

/** Everything that comes out, and whether it ended on a fault. */
function cutAll(bytes: Uint8Array, size: number): { out: string; rest: string; failed: boolean } {
  const cutter = new JsonLineCutter();
  let out = "";
  try {
    for (let at = 0; at < bytes.length; at += size) out += decoder.decode(cutter.push(bytes.subarray(at, at + size)));
    cutter.push(new Uint8Array(0));
  } catch (error) {
    expect(error).toMatchObject({ code: "upstream_malformed" });
    return { out, rest: "", failed: true };
  }
  return { out, rest: decoder.decode(cutter.rest()), failed: false };
}

describe("lines of JSON", () => {
  test("come out whole, whatever the slicing", () => {
    const text = `${jsonLine({ a: "grüße 👋\n" })}\r\n\n${jsonLine([1])}{"begun`;
    const bytes = new TextEncoder().encode(text);
    for (let size = 1; size <= bytes.length; size++) {
      expect(cutAll(bytes, size)).toEqual({ out: text.slice(0, text.lastIndexOf("\n") + 1), rest: '{"begun', failed: false });
    }
    const lines = [...jsonLines(bytes)];
    expect(lines.map((line) => line.text)).toEqual(['{"a":"grüße 👋\\n"}', "[1]", '{"begun']);
    expect(lines.map((line) => decoder.decode(bytes.subarray(line.start, line.end)).trim())).toEqual(lines.map((line) => line.text));
  });

  test("are a view of their chunk where none crosses its border", () => {
    const chunk = new TextEncoder().encode('{"a":1}\n{"b":2}\n');
    expect(new JsonLineCutter().push(chunk)).toBe(chunk);
  });

  test("are bounded, and what stands before a line over the limit comes out first, whatever the slicing", () => {
    const long = `{"a":"${"x".repeat(limit)}"}\n`;
    const bytes = new TextEncoder().encode(`{"first":1}\n${long}{"last":1}\n`);
    for (const size of [1000, 65_536, limit, bytes.length]) {
      expect(cutAll(bytes, size)).toEqual({ out: '{"first":1}\n', rest: "", failed: true });
    }
    expect(cutAll(new TextEncoder().encode(long.repeat(2)), 1 << 30).failed).toBe(true);
    const fitting = new TextEncoder().encode(`${"x".repeat(limit)}\n`);
    for (const size of [1000, fitting.length]) expect(cutAll(fitting, size).failed).toBe(false);
    expect(cutAll(new TextEncoder().encode("x".repeat(limit + 1)), 4096).failed).toBe(true);
  });

  test("that are not UTF-8 say so, behind those that are", () => {
    const lines = [...jsonLines(Uint8Array.of(0x31, 0x0a, 0x22, 0xc3, 0x28, 0x22, 0x0a, 0x32, 0x0a))];
    expect(lines.map(({ text, broken }) => [text, broken?.code])).toEqual([
      ["1", undefined],
      ["", "upstream_malformed"],
    ]);
  });
});
