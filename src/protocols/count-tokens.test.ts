import { describe, expect, test } from "bun:test";
import { Fault, JsonBody, Losses } from "../exchange/index.ts";
import { anthropicCountTokens, geminiCountTokens, openaiInputTokens } from "./count-tokens.ts";

function body(value: unknown): JsonBody {
  return JsonBody.scan(new TextEncoder().encode(JSON.stringify(value)));
}

function counted(value: unknown): number {
  return (anthropicCountTokens.answer?.(body(value), new Losses()) as { input_tokens: number } | undefined)?.input_tokens ?? 0;
}

describe("tokens that are counted here", () => {
  test("grow with the text, and come near what English takes", () => {
    const words = (count: number) => "the quick brown fox jumps over the lazy dog ".repeat(count / 9);
    const short = counted({ model: "m", messages: [{ role: "user", content: words(90) }] });
    const long = counted({ model: "m", messages: [{ role: "user", content: words(900) }] });
    expect(short).toBeGreaterThan(80);
    expect(short).toBeLessThan(130);
    expect(long / short).toBeGreaterThan(9);
  });

  test("count tools, and a picture the same whatever its size", () => {
    const plain = { model: "m", messages: [{ role: "user", content: "hi" }] };
    const tool = {
      name: "weather",
      description: "Tells the weather of a place",
      input_schema: { type: "object", properties: { place: {} } },
    };
    expect(counted({ ...plain, tools: [tool] })).toBeGreaterThan(counted(plain) + 10);
    const picture = (size: number) => ({
      ...plain,
      messages: [{ role: "user", content: [{ type: "image", source: { type: "base64", data: "A".repeat(size) } }] }],
    });
    expect(counted(picture(2_000))).toBe(counted(picture(2_000_000)));
  });

  test("are said to be estimated", () => {
    const losses = new Losses();
    expect(openaiInputTokens.answer?.(body({ model: "m", input: "hello" }), losses)).toEqual({
      object: "response.input_tokens",
      input_tokens: 5,
    });
    expect(losses.list).toEqual([{ code: "tokens_estimated", path: "input_tokens", class: "Q", action: "approximated" }]);
  });

  test("are counted of one content as of a list of them, and a null is no request", () => {
    const content = { role: "user", parts: [{ text: "hello" }] };
    for (const value of [{ contents: content }, { contents: [content], generateContentRequest: null }]) {
      expect(() => geminiCountTokens.checkRequest(body(value))).not.toThrow();
    }
    expect(() => geminiCountTokens.checkRequest(body({ contents: "hello" }))).toThrow(Fault);
    const edits = geminiCountTokens.editRequest(body({ contents: content, model: "models/alias" }), { provider: "gemini", model: "real" });
    expect(edits).toEqual([{ name: "model", json: undefined }]);
  });

  test.each([
    [anthropicCountTokens, { model: "m" }],
    [anthropicCountTokens, { model: 5, messages: [] }],
    [openaiInputTokens, { model: "m", input: 5 }],
    [openaiInputTokens, { input: "x" }],
  ])("need a model and something to count (%#)", (codec, value) => {
    expect(() => codec.checkRequest(body(value))).toThrow(Fault);
  });
});
