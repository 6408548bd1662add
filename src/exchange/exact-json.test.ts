import { describe, expect, test } from "bun:test";
import { parseData, parseMessage } from "./exact-json.ts";

const big = "12345678901234567890";

describe("large whole numbers", () => {
  test("are written as they stood, in data of tools", () => {
    for (const text of [`{"id":${big}}`, `{"a":[1,-${big},{"b":9007199254740993}]}`, big, `{"a":1e400,"b":0.1,"c":${big}}`]) {
      const exact = text === big ? String(Number(big)) : text.replace("1e400", "null");
      expect(JSON.stringify(parseData(text))).toBe(exact);
    }
  });

  test("are plain numbers in the rest of a message", () => {
    const text = `{"seed":${big},"messages":[{"n":${big},"content":[{"input":{"id":${big},"__proto__":${big}}}]}],"big":[${big}]}`;
    const message = parseMessage(text) as { seed: number; big: number[]; messages: { n: number }[] };
    expect([message.seed, message.messages[0]?.n, message.big[0]]).toEqual([Number(big), Number(big), Number(big)]);
    expect(JSON.stringify(message.messages)).toContain(`"input":{"id":${big},"__proto__":${big}}`);
  });

  test("cost nothing where there are none, and text is no number", () => {
    const text = `{"a":"${big}","b":[1,2.5],"c":{"input":{"d":1234567890123456}}}`;
    expect(parseData(text)).toEqual(JSON.parse(text));
    expect(parseMessage(text)).toEqual(JSON.parse(text));
    expect(() => parseData("{")).toThrow(SyntaxError);
  });
});
