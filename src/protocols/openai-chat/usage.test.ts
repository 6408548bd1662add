import { describe, expect, test } from "bun:test";
import { inputTokens, totalTokens, usageOf } from "../../exchange/index.ts";
import { chatUsage, usageIn, writeUsage } from "./usage.ts";

describe("a usage block of Chat Completions", () => {
  test.each([
    [
      "OpenAI's",
      {
        prompt_tokens: 100,
        completion_tokens: 20,
        total_tokens: 120,
        prompt_tokens_details: { cached_tokens: 60, audio_tokens: 5 },
        completion_tokens_details: { reasoning_tokens: 12 },
      },
      { inputUncached: 40, cacheRead: 60, output: 20, reasoning: 12, inputAudio: 5 },
    ],
    [
      "one with cache writes",
      {
        prompt_tokens: 100,
        completion_tokens: 1,
        prompt_tokens_details: { cached_tokens: 10, cache_write_tokens: 70, cache_write_tokens_details: { ttl_30m: 50, ttl_12h: 20 } },
      },
      { inputUncached: 20, cacheRead: 10, cacheWrite30m: 50, cacheWrite12h: 20, output: 1 },
    ],
    [
      "Alibaba's",
      {
        prompt_tokens: 100,
        completion_tokens: 1,
        prompt_tokens_details: {
          cached_tokens: 10,
          cache_creation_input_tokens: 70,
          cache_creation: { ephemeral_5m_input_tokens: 70 },
          cache_type: "ephemeral",
        },
      },
      { inputUncached: 20, cacheRead: 10, cacheWrite5m: 70, output: 1 },
    ],
    [
      "a gateway's for Anthropic",
      { prompt_tokens: 100, completion_tokens: 1, cache_creation_input_tokens: 40, prompt_tokens_details: { cached_tokens: 10 } },
      { inputUncached: 50, cacheRead: 10, cacheWrite: 40, output: 1 },
    ],
    [
      "Mistral's under its older name",
      { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11, prompt_token_details: { cached_tokens: 4, audio_tokens: 1 } },
      { inputUncached: 5, cacheRead: 4, output: 2, inputAudio: 1 },
    ],
    [
      "DeepSeek's",
      { prompt_tokens: 9, completion_tokens: 2, prompt_cache_hit_tokens: 4, prompt_cache_miss_tokens: 5 },
      { inputUncached: 5, cacheRead: 4, output: 2 },
    ],
    ["Moonshot's", { prompt_tokens: 9, completion_tokens: 2, cached_tokens: 3 }, { inputUncached: 6, cacheRead: 3, output: 2 }],
    [
      "xAI's, with reasoning beside the completion",
      { prompt_tokens: 12, completion_tokens: 2, total_tokens: 354, completion_tokens_details: { reasoning_tokens: 340 } },
      { inputUncached: 12, output: 342, reasoning: 340 },
    ],
    [
      "Google's, with thoughts in the total alone",
      { prompt_tokens: 35, completion_tokens: 12, total_tokens: 126 },
      { inputUncached: 35, output: 91, reasoning: 79 },
    ],
    [
      "one with a total that counts the cache beside the prompt",
      { prompt_tokens: 35, completion_tokens: 12, total_tokens: 77, prompt_tokens_details: { cached_tokens: 30 } },
      { inputUncached: 5, cacheRead: 30, output: 12 },
    ],
    [
      "Perplexity's",
      { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3, num_search_queries: 4 },
      { inputUncached: 1, output: 2, webSearches: 4 },
    ],
    [
      "OpenRouter's",
      { prompt_tokens: 1, completion_tokens: 2, server_tool_use_details: { web_search_requests: 1 } },
      { inputUncached: 1, output: 2, webSearches: 1 },
    ],
    [
      "one that contradicts itself",
      {
        prompt_tokens: 5,
        completion_tokens: 10,
        total_tokens: 15,
        prompt_tokens_details: { cached_tokens: 9, cache_write_tokens: 9 },
        completion_tokens_details: { reasoning_tokens: 11 },
      },
      { cacheRead: 5, output: 10, reasoning: 10 },
    ],
    ["one with nonsense", { prompt_tokens: -5, completion_tokens: Number.POSITIVE_INFINITY, total_tokens: "7" }, {}],
  ])("%s is read", (_name, block, expected) => {
    expect(chatUsage(block)).toEqual(usageOf(expected));
  });

  test("is found in Groq's and in Moonshot's places, and is undefined where nothing is told", () => {
    expect(usageIn({ x_groq: { usage: { prompt_tokens: 3 } } })?.inputUncached).toBe(3);
    expect(usageIn({ choices: [{ usage: { prompt_tokens: 4 } }], service_tier: "flex" })).toMatchObject({ inputUncached: 4, tier: "flex" });
    expect(usageIn({ usage: null })).toBeUndefined();
    expect(chatUsage({ cost: 1 })).toBeUndefined();
  });

  test("is written so that the totals are those of this dialect", () => {
    const usage = usageOf({ inputUncached: 1, cacheRead: 2, cacheWrite5m: 4, output: 8, reasoning: 3 });
    const written = writeUsage(usage);
    expect(written).toMatchObject({ prompt_tokens: inputTokens(usage), completion_tokens: 8, total_tokens: totalTokens(usage) });
    expect(chatUsage(written)).toEqual(usageOf({ inputUncached: 1, cacheRead: 2, cacheWrite: 4, output: 8, reasoning: 3 }));
  });
});
