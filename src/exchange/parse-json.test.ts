import { describe, expect, test } from "bun:test";
import { parseJson } from "./parse-json.ts";

const nested = (depth: number, middle = "1") =>
  `{"pad":"${" ".repeat(9000)}","a":${"[".repeat(depth - 1)}${middle}${"]".repeat(depth - 1)}}`;
const many = (count: number, each: (index: number) => string) => Array.from({ length: count }, (_, index) => each(index)).join(",");

describe("JSON text of others", () => {
  test("is read as the runtime reads it, long and short", () => {
    const values = [
      { a: [1, -2.5e-3, [3, [], {}], 'x]\\"[{:'], b: { c: null } },
      [[-1], [2]],
      "text",
      7,
      { ["k".repeat(40)]: '"{['.repeat(9) },
    ];
    for (const value of values) {
      for (const padding of [0, 9000]) {
        const text = JSON.stringify([value, " ".repeat(padding), value], null, padding === 0 ? 2 : 0);
        expect(parseJson(text)).toEqual(JSON.parse(text));
      }
    }
    for (const text of ["", "{", `["${"x".repeat(9000)}`, `${" ".repeat(9000)}{]`, `${"]".repeat(9000)}`])
      expect(() => parseJson(text)).toThrow(SyntaxError);
  });

  test("nests 256 levels, and what nests deeper is refused before it is parsed", () => {
    expect(parseJson(nested(256))).toBeObject();
    for (const middle of ["1", '"x"', '{"b":2}']) expect(() => parseJson(nested(257, middle))).toThrow("deeper than 256 levels");
    expect(() => parseJson(`{"a":`.repeat(100_000))).toThrow("deeper than 256 levels");
    expect(() => parseJson("[".repeat(1_000_000))).toThrow("deeper than 256 levels");
  });

  test("of a length that is not looked through is walked and written without an end of the stack", () => {
    const deepest = `${"[".repeat(4096)}${"]".repeat(4096)}`;
    expect(JSON.stringify(parseJson(deepest))).toBe(deepest);
  });

  test("has 100,000 members in an object, and no more; lists are as long as they are", () => {
    const members = (count: number) => `{${many(count, (index) => `"k${index}":1`)}}`;
    expect(Object.keys(parseJson(members(100_000)) as object)).toHaveLength(100_000);
    expect(() => parseJson(members(100_001))).toThrow("100000 members");
    const spread = parseJson(`[${many(12, () => members(10_000))}]`);
    expect(spread).toHaveLength(12);
    expect(parseJson(`[${"1,".repeat(3_000_000)}1]`)).toHaveLength(3_000_001);
    expect(() => parseJson(`[${"{},".repeat(5_000_001)}1]`)).toThrow("5000000 objects");
  });

  test("is looked through in a time linear in its length", () => {
    const seconds = (text: string) => {
      const before = process.cpuUsage();
      expect(() => parseJson(text)).toThrow(SyntaxError);
      const { user, system } = process.cpuUsage(before);
      return (user + system) / 1e6;
    };
    const bombs = [
      (size: number) => `{"a":"${'\\\\"'.repeat(size / 3)}`,
      (size: number) => `{"a":"${"\\\\".repeat(size / 2)}`,
      (size: number) => `[${'"",'.repeat(size / 3)}`,
      (size: number) => `[${"[1],".repeat(size / 4)}`,
      (size: number) => `{"a":${"9".repeat(size)}`,
    ];
    for (const bomb of bombs) expect(seconds(bomb(8_000_000))).toBeLessThan(2);
  });
});
