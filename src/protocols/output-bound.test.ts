import { describe, expect, test } from "bun:test";
import { JsonBody, type SurfaceId } from "../exchange/index.ts";
import { boundOutput, outputBound } from "./output-bound.ts";

const scan = (value: object) => JsonBody.scan(new TextEncoder().encode(JSON.stringify(value)));
const user = [{ role: "user", content: "Hi" }];
const blocks = [{ role: "user", content: [{ text: "Hi" }] }];

/** A bounded request of each surface and form; the same without its bound is open, and is held by the same member. */
const bounded: readonly (readonly [SurfaceId, object, tokens: number])[] = [
  ["openai-chat", { messages: user, max_completion_tokens: 7 }, 7],
  ["openai-chat", { messages: user, max_completion_tokens: 7, n: 3 }, 21],
  ["mistral-chat", { messages: user, max_tokens: 7, n: 2 }, 14],
  ["openai-completions", { prompt: "a", max_tokens: 7 }, 7],
  ["openai-completions", { prompt: [1, 2, 3], max_tokens: 7 }, 7],
  ["openai-completions", { prompt: ["a", "b"], max_tokens: 7, n: 2, best_of: 5 }, 70],
  ["openai-completions", { prompt: [[1], [2], [3]], max_tokens: 7 }, 21],
  ["openai-responses", { input: "a", max_output_tokens: 7 }, 7],
  ["anthropic-messages", { messages: user, max_tokens: 7 }, 7],
  ["gemini-generate", { contents: [], generationConfig: { maxOutputTokens: 7, candidateCount: 2 } }, 14],
  ["gemini-interactions", { input: "a", generation_config: { max_output_tokens: 7 } }, 7],
  ["bedrock-converse", { messages: blocks, inferenceConfig: { maxTokens: 7 } }, 7],
  ["bedrock-invoke", { anthropic_version: "bedrock-2023-05-31", messages: user, max_tokens: 7 }, 7],
  ["bedrock-invoke", { messages: user, max_tokens: 7, n: 2 }, 14],
  ["bedrock-invoke", { messages: blocks, inferenceConfig: { maxTokens: 7 } }, 7],
  ["bedrock-invoke", { inputText: "a", textGenerationConfig: { maxTokenCount: 7 } }, 7],
  ["cohere-chat", { messages: user, max_tokens: 7 }, 7],
  ["ollama-chat", { messages: user, options: { num_predict: 7 } }, 7],
  ["ollama-generate", { prompt: "a", options: { num_predict: 7 } }, 7],
];

describe("the bound of an answer", () => {
  for (const [surface, body, tokens] of bounded) {
    test(`of ${surface} is read, and written where it is not: ${JSON.stringify(body)}`, () => {
      expect(outputBound(surface, scan(body))?.tokens).toBe(tokens);
      const open = JSON.parse(JSON.stringify(body, (name, value) => (/^max|num_predict/i.test(name) ? undefined : value))) as object;
      const told = outputBound(surface, scan(open));
      expect(told?.tokens).toBeUndefined();
      const edits = boundOutput(surface, scan(open), 7);
      expect(edits?.length).toBe(1);
      const held = scan(open).splice(edits ?? []);
      expect(JSON.parse(new TextDecoder().decode(held))).toEqual(body);
      expect(outputBound(surface, JsonBody.scan(held))).toEqual({ tokens, answers: tokens / 7 });
    });
  }

  test("is the largest that is said, in whichever spelling, and written in the one that stands", () => {
    expect(outputBound("openai-chat", scan({ max_tokens: 900, max_completion_tokens: 1 }))?.tokens).toBe(900);
    const both = { generationConfig: { maxOutputTokens: 1 }, generation_config: { max_output_tokens: 50, candidate_count: 4 } };
    expect(outputBound("gemini-generate", scan(both))).toEqual({ tokens: 200, answers: 4 });
    expect(boundOutput("gemini-generate", scan({ contents: [], generation_config: { temperature: 1 } }), 9)).toEqual([
      { name: "generation_config", json: '{"temperature":1,"maxOutputTokens":9}' },
    ]);
    expect(outputBound("bedrock-invoke", scan({ messages: blocks, inferenceConfig: { max_new_tokens: 8 } }))?.tokens).toBe(8);
  });

  test("is none where it is no count", () => {
    for (const value of [-1, -2, null, "9", 1.5, 1e300]) {
      expect(outputBound("ollama-chat", scan({ messages: user, options: { num_predict: value } }))?.tokens).toBeUndefined();
      expect(outputBound("openai-chat", scan({ messages: user, max_tokens: value }))?.tokens).toBeUndefined();
    }
    for (const surface of ["openai-embeddings", "cohere-rerank", "openai-images"] as const)
      expect([outputBound(surface, scan({ max_tokens: 5 })), boundOutput(surface, scan({}), 5)]).toEqual([undefined, undefined]);
  });

  test("is read and not written where only the model's name would tell the member", () => {
    for (const body of [{ prompt: "a" }, { prompt: "a", temperature: 0 }]) {
      expect(outputBound("bedrock-invoke", scan(body))).toEqual({ tokens: undefined, answers: 1 });
      expect(boundOutput("bedrock-invoke", scan(body), 9)).toBeUndefined();
    }
    expect(outputBound("bedrock-invoke", scan({ prompt: "a", max_gen_len: 9 }))?.tokens).toBe(9);
    expect(outputBound("bedrock-invoke", scan({ prompt: "a", max_tokens: 9, num_generations: 3 }))?.tokens).toBe(27);
  });
});
