import { describe, expect, test } from "bun:test";
import { inputTokens, JsonBody } from "../../exchange/index.ts";
import { openaiEmbeddings, skimEmbeddings } from "./openai-embeddings.ts";

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const body = (value: unknown) => JsonBody.scan(bytes(value));

describe("embeddings", () => {
  test("are checked for a model and an input", () => {
    openaiEmbeddings.checkRequest(body({ model: "m", input: ["a"], encoding_format: "base64", dimensions: 8 }));
    for (const wrong of [{ input: "a" }, { model: "m" }, { model: "m", input: 3 }, { model: "m", input: "a", dimensions: 0 }]) {
      expect(() => openaiEmbeddings.checkRequest(body(wrong))).toThrow();
    }
  });

  test("go on with the upstream's model name and every other byte as it was", () => {
    const asked = body({ input: "a", model: "small" });
    const edited = asked.splice(openaiEmbeddings.editRequest(asked, { provider: "p", model: "large" }));
    expect(new TextDecoder().decode(edited)).toBe('{"input":"a","model":"large"}');
    expect(openaiEmbeddings.editRequest(asked, { provider: "p", model: "small" })).toEqual([]);
  });

  test("tell their usage parsed or skimmed, wherever it stands", () => {
    const answer = { object: "list", data: [{ embedding: "AAAA" }], usage: { prompt_tokens: 8, total_tokens: 8, details: { x: {} } } };
    const events = openaiEmbeddings.skimAnswer(answer);
    expect(events.map((event) => event.type)).toEqual(["usage-report", "answer-end"]);
    for (const wire of [answer, { usage: answer.usage, data: [{ embedding: [0.1, -2e-5] }] }]) {
      const usage = skimEmbeddings(bytes(wire));
      expect(usage && inputTokens(usage)).toBe(8);
      expect(usage?.output).toBe(0);
    }
    expect(skimEmbeddings(bytes({ data: [] }))).toBeUndefined();
    expect(skimEmbeddings(bytes({ data: ["usage"], note: "{" }))).toBeUndefined();
  });

  test("report an error inside of a 200", () => {
    expect(openaiEmbeddings.skimAnswer({ error: { message: "no", code: 500 } }).map((event) => event.type)).toEqual(["answer-error"]);
  });
});
