import { describe, expect, test } from "bun:test";
import { Fault } from "./fault.ts";
import { JsonBody } from "./json-body.ts";
import { PiecedBytes } from "./pieced-bytes.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const scan = (text: string) => JsonBody.scan(encoder.encode(text));

function codeOf(text: string): string {
  try {
    scan(text).parse();
    return "read";
  } catch (error) {
    return error instanceof Fault ? error.code : String(error);
  }
}

/** A small generator of random numbers, so that a failure comes back with its seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function randomValue(random: () => number, depth: number): unknown {
  const kind = Math.floor(random() * (depth > 3 ? 5 : 7));
  if (kind === 0) return null;
  if (kind === 1) return random() < 0.5;
  if (kind === 2) return (random() - 0.5) * 10 ** Math.floor(random() * 20);
  if (kind === 3) return "x".repeat(Math.floor(random() * 80));
  if (kind === 4) return ['"', "\\", '\\\\"', "é…😀", "\n\t\u0001", "{[,:]}"].filter(() => random() < 0.5).join("a");
  if (kind === 5) return Array.from({ length: Math.floor(random() * 4) }, () => randomValue(random, depth + 1));
  return Object.fromEntries(
    Array.from({ length: Math.floor(random() * 4) }, (_, index) => [`${'"\\é '[index]}${index}`, randomValue(random, depth + 1)]),
  );
}

function randomObject(random: () => number): Record<string, unknown> {
  return Object.fromEntries(
    ["model", "messages", 'with "quote"', "ünï", "stream"].filter(() => random() < 0.7).map((name) => [name, randomValue(random, 0)]),
  );
}

describe("a JSON body", () => {
  test("says of 2,000 random objects what JSON.parse says, member by member", () => {
    const random = randomFrom(7);
    for (let count = 0; count < 2000; count++) {
      const value = randomObject(random);
      const body = scan(JSON.stringify(value, null, random() < 0.3 ? 2 : 0));
      expect(body.names).toEqual(Object.keys(value));
      for (const [name, member] of Object.entries(value)) expect(body.get(name)).toEqual(JSON.parse(JSON.stringify(member)));
      expect(body.parse()).toEqual(JSON.parse(JSON.stringify(value)));
    }
  });

  test("is spliced as an object would be edited, and every other byte stays", () => {
    const random = randomFrom(11);
    for (let count = 0; count < 2000; count++) {
      const value = randomObject(random);
      const edits = ["model", "stream", "messages", "fresh", "fresher"]
        .filter(() => random() < 0.5)
        .map((name) => ({ name, json: random() < 0.4 ? undefined : JSON.stringify(randomValue(random, 2)) }));
      const expected: Record<string, unknown> = JSON.parse(JSON.stringify(value));
      for (const { name, json } of edits) {
        if (json === undefined) delete expected[name];
        else expected[name] = JSON.parse(json);
      }
      expect(JSON.parse(decoder.decode(scan(JSON.stringify(value)).splice(edits)))).toEqual(expected);
    }
    const text = '{ "a" : [1, 2] , "model":"x","z":{"q":"\\u0061"} }';
    expect(decoder.decode(scan(text).splice([{ name: "model", json: '"y"' }]))).toBe(text.replace('"x"', '"y"'));
    const untouched = scan(text);
    expect(untouched.splice([])).toBe(untouched.bytes);
  });

  test("is spliced in pieces where it is long: the same bytes, and what stays is not copied", () => {
    const random = randomFrom(12);
    const shapes = new Set<number>();
    for (let count = 0; count < 300; count++) {
      const sizes = [1, 15_000, 20_000, 90_000];
      const names = ["messages", "model", "input", "stream", "tools"].toSorted(() => random() - 0.5);
      const text = JSON.stringify(Object.fromEntries(names.map((name) => [name, "é".repeat(sizes[Math.floor(random() * 4)] as number)])));
      const edits = ["model", "stream", "messages", "fresh"]
        .filter(() => random() < 0.6)
        .map((name) => ({ name, json: random() < 0.3 ? undefined : JSON.stringify("z".repeat(random() < 0.2 ? 40_000 : 9)) }));
      const members = new Map(Object.entries(JSON.parse(text)).map(([name, value]) => [name, JSON.stringify(value)]));
      for (const { name, json } of edits) {
        if (json === undefined) members.delete(name);
        else members.set(name, json);
      }
      const wanted = `{${Array.from(members, ([name, json]) => `"${name}":${json}`).join(",")}}`;
      const body = scan(text);
      const spliced = body.spliceInPieces(edits);
      expect([spliced.length, decoder.decode(PiecedBytes.inOne(spliced)) === wanted]).toEqual([Buffer.byteLength(wanted), true]);
      if (!(spliced instanceof PiecedBytes)) {
        expect(body.bytes.length < 64 * 1024 || spliced === body.bytes).toBe(true);
        continue;
      }
      shapes.add(spliced.pieces.length);
      const views = spliced.pieces.filter(({ buffer }) => buffer === body.bytes.buffer);
      expect(spliced.pieces.length - views.length).toBeLessThanOrEqual(2 * edits.length + 1);
    }
    expect(shapes.size).toBeGreaterThan(3);
  });

  test("takes several members out at once, wherever they stand", () => {
    const text = '{"a":1,"b":2,"c":3,"d":4}';
    for (const names of [
      ["a", "b"],
      ["b", "c"],
      ["c", "d"],
      ["a", "d"],
      ["a", "b", "c"],
      ["b", "c", "d"],
      ["a", "b", "c", "d"],
      ["a", "c"],
    ]) {
      const left = Object.fromEntries(Object.entries(JSON.parse(text) as object).filter(([name]) => !names.includes(name)));
      expect(JSON.parse(decoder.decode(scan(text).splice(names.map((name) => ({ name, json: undefined })))))).toEqual(left);
    }
    expect(
      JSON.parse(
        decoder.decode(
          scan(text).splice([
            { name: "d", json: undefined },
            { name: "e", json: "5" },
          ]),
        ),
      ),
    ).toEqual({ a: 1, b: 2, c: 3, e: 5 });
  });

  test.each([
    ["an array", "[]"],
    ["nothing", ""],
    ["a twin", '{"model":"a","model":"b"}'],
    ["a twin behind an escape", '{"model":"a","\\u006dodel":"b"}'],
    ["an open string", '{"a":"b'],
    ["an open object", '{"a":{"b":1'],
    ["brackets that cross", '{"a":[{]}}'],
    ["something behind the end", '{"a":1} x'],
    ["no colon", '{"a" 1}'],
    ["a name with a control character", '{"a\r":1}'],
    ["a name with a broken escape", '{"a\\q":1}'],
    ["a bare word", '{"a":yes}'],
    ["a comma too many", '{"a":1,}'],
    ["a quote after an even number of backslashes", `{"a":"${"x".repeat(40)}\\\\"b"}`],
  ])("refuses %s", (_what, text) => {
    expect(codeOf(text)).toBe("request_malformed");
  });

  test("refuses a member without a value, or with what only looks like one, before anything reads it", () => {
    const scalars = "| |-|+1|.5|1.|1.e3|01|-01|1e|1e+|0x1|1_0|--1|1.2.3|NaN|nul|truee|1 2".split("|");
    const taken = scalars
      .flatMap((scalar) => [`{"a":${scalar}}`, `{"a":${scalar},"b":1}`, `{"b":1,"a":${scalar} }`, `{"a":${scalar}`, `{"a":${scalar}]`])
      .filter((text) => {
        try {
          scan(text);
          return true;
        } catch (error) {
          return !(error instanceof Fault) || error.code !== "request_malformed";
        }
      });
    expect(taken).toEqual([]);
  });

  test("reads numbers as JSON.parse does, however they are written and wherever they end", () => {
    const numbers = ["0", "-0", "7", "10", "-1", "0.5", "-0.25", "1e3", "1E-3", "1.5e+300", "1e400", "-1e400", "1e-400", "0.1000", "0e0"];
    for (const length of [15, 16, 17, 63, 64, 65, 400]) numbers.push("9".repeat(length), `0.${"3".repeat(length)}`);
    for (const number of numbers) {
      for (const text of [`{"a":${number}}`, `{"a":${number},"b":1}`, `{"b":1,"a": ${number} }`]) {
        expect([number, scan(text).get("a")]).toEqual([number, JSON.parse(text).a]);
      }
    }
  });

  test("refuses what is nested deeper than 128 levels before anything recursive sees it, and takes 127", () => {
    const nested = (depth: number) => `{"a":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`;
    expect(codeOf(nested(128))).toBe("read");
    expect(codeOf(nested(129))).toBe("request_too_deep");
    expect(codeOf(nested(1_000_000))).toBe("request_too_deep");
  });

  test("refuses more members than a request can need, at once", () => {
    const many = (count: number) => `{${Array.from({ length: count }, (_, index) => `"a${index}":1`).join(",")}}`;
    expect(codeOf(many(10_000))).toBe("read");
    expect(codeOf(many(10_001))).toBe("request_too_deep");
    expect(codeOf(many(500_000))).toBe("request_too_deep");
    expect(codeOf(`{"a":[{"b":${many(10_000)}}]}`)).toBe("read");
    expect(codeOf(`{"a":[{"b":${many(10_001)}}]}`)).toBe("request_too_deep");
    expect(codeOf(`{"a":[${many(6_000)},${many(6_000)}]}`)).toBe("read");
    expect(codeOf(`{"a":[${"1,".repeat(999_999)}1]}`)).toBe("read");
    expect(codeOf(`{"a":[${"1,".repeat(1_000_001)}1]}`)).toBe("request_too_deep");
  });

  test("finds twins among many members", () => {
    const many = Array.from({ length: 500 }, (_, index) => `"a${index}":1`);
    expect(codeOf(`{${[...many, '"a7":2'].join(",")}}`)).toBe("request_malformed");
  });

  test("reads behind a byte order mark, and long strings with escapes at every place", () => {
    expect(scan('\uFEFF{"a":1}').get("a")).toBe(1);
    for (let at = 0; at < 70; at++) {
      const value = `${"x".repeat(at)}"\\${"y".repeat(70 - at)}`;
      expect(scan(JSON.stringify({ value, model: "m" })).get("model")).toBe("m");
      expect(scan(JSON.stringify({ value })).get("value")).toBe(value);
    }
  });

  test("leaves names of Object's own prototype alone", () => {
    const body = scan('{"__proto__":{"polluted":1},"constructor":2}');
    expect(body.get("__proto__")).toEqual({ polluted: 1 });
    expect(body.get("toString")).toBeUndefined();
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    body.parse();
    expect(body.get("toString")).toBeUndefined();
  });
});
