import { cacheWriteTokens, inputTokens, type Usage, usageOf } from "../../exchange/index.ts";
import { isObject, type JsonObject, objectOf } from "./json-value.ts";

/**
 * The usage block of Chat Completions and of its many variants. `prompt_tokens` holds cached and written tokens,
 * `completion_tokens` holds reasoning, except at providers whose `total_tokens` shows that reasoning stands beside it.
 * Parts never exceed their totals and nothing is negative, whatever the provider says. Undefined where nothing is told.
 */
export function chatUsage(block: unknown, tier?: unknown): Usage | undefined {
  if (!isObject(block)) return undefined;
  const told = tokens(block.prompt_tokens) ?? tokens(block.input_tokens);
  const completion = tokens(block.completion_tokens) ?? tokens(block.output_tokens);
  const total = tokens(block.total_tokens);
  if (told === undefined && completion === undefined && total === undefined) return undefined;
  const input = told ?? Math.max(0, (total ?? 0) - (completion ?? 0));
  const inputDetails = objectOf(block.prompt_tokens_details ?? block.input_tokens_details ?? block.prompt_token_details);
  const outputDetails = objectOf(block.completion_tokens_details ?? block.output_tokens_details);

  const reasoningTold = tokens(outputDetails.reasoning_tokens) ?? tokens(block.reasoning_tokens) ?? 0;
  const cacheRead = Math.min(input, cacheReadOf(block, inputDetails));
  const writes = cacheWritesOf(block, inputDetails, input - cacheRead);
  const hidden = reasoningTold > 0 ? 0 : hiddenIn(input, completion, total, [cacheRead, writes.all, cacheRead + writes.all]);
  const output = outputOf(input, completion, reasoningTold, total) + hidden;
  return usageOf({
    inputUncached: input - cacheRead - writes.all,
    cacheRead,
    cacheWrite: writes.all - writes.five - writes.half - writes.twelve,
    cacheWrite5m: writes.five,
    cacheWrite30m: writes.half,
    cacheWrite12h: writes.twelve,
    output,
    reasoning: Math.min(output, reasoningTold || hidden),
    inputAudio: Math.min(input, tokens(inputDetails.audio_tokens) ?? tokens(block.audio_prompt_tokens) ?? 0),
    inputImage: Math.min(input, tokens(inputDetails.image_tokens) ?? 0),
    cacheReadAudio: Math.min(cacheRead, tokens(objectOf(inputDetails.cached_tokens_details).audio_tokens) ?? 0),
    outputAudio: Math.min(output, tokens(outputDetails.audio_tokens) ?? 0),
    outputImage: Math.min(output, tokens(outputDetails.image_tokens) ?? 0),
    webSearches: searchesOf(block),
    ...(typeof tier === "string" && tier !== "" && { tier }),
  });
}

/** xAI and Perplexity count reasoning beside the completion; only the total tells. */
function outputOf(input: number, completion: number | undefined, reasoning: number, total: number | undefined): number {
  if (completion === undefined) return Math.max(reasoning, (total ?? input) - input);
  if (total !== undefined && reasoning > 0 && total >= input + completion + reasoning) return completion + reasoning;
  return completion;
}

/** Google counts thoughts in the total alone. What a total holds of a cache beside the prompt was not thought. */
function hiddenIn(input: number, completion: number | undefined, total: number | undefined, cached: readonly number[]): number {
  const hidden = completion === undefined || total === undefined ? 0 : total - input - completion;
  return hidden > 0 && !cached.includes(hidden) ? hidden : 0;
}

function cacheReadOf(block: JsonObject, details: JsonObject): number {
  return (
    tokens(details.cached_tokens) ??
    tokens(block.prompt_cache_hit_tokens) ??
    tokens(block.cached_tokens) ??
    tokens(block.num_cached_tokens) ??
    0
  );
}

/** OpenAI's count; or that of Alibaba, and of gateways that speak for Anthropic. */
function cacheWritesOf(block: JsonObject, details: JsonObject, limit: number): { all: number; five: number; half: number; twelve: number } {
  const byTtl = objectOf(details.cache_write_tokens_details);
  const halfTold = tokens(byTtl.ttl_30m) ?? 0;
  const twelveTold = tokens(byTtl.ttl_12h) ?? 0;
  const fiveTold = tokens(objectOf(details.cache_creation).ephemeral_5m_input_tokens) ?? 0;
  const told =
    tokens(details.cache_write_tokens) ??
    tokens(details.cache_creation_input_tokens) ??
    tokens(details.cache_creation_tokens) ??
    tokens(block.cache_creation_input_tokens) ??
    0;
  const all = Math.min(limit, Math.max(told, fiveTold + halfTold + twelveTold));
  const five = Math.min(all, fiveTold);
  const half = Math.min(all - five, halfTold);
  return { all, five, half, twelve: Math.min(all - five - half, twelveTold) };
}

function searchesOf(block: JsonObject): number {
  return (
    tokens(block.num_search_queries) ??
    tokens(objectOf(block.server_tool_use_details).web_search_requests) ??
    tokens(objectOf(block.server_tool_use).web_search_requests) ??
    0
  );
}

function tokens(value: unknown): number | undefined {
  if (typeof value !== "number" || !Number.isFinite(value)) return undefined;
  return Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, Math.trunc(value)));
}

/** The usage of a chunk or of a whole answer, wherever the provider puts it. */
export function usageIn(answer: JsonObject): Usage | undefined {
  const block = answer.usage ?? objectOf(answer.x_groq).usage;
  if (isObject(block)) return chatUsage(block, answer.service_tier);
  if (Array.isArray(answer.choices)) {
    for (const choice of answer.choices) {
      if (isObject(choice) && isObject(choice.usage)) return chatUsage(choice.usage, answer.service_tier);
    }
  }
  return undefined;
}

/** The block as OpenAI writes it. */
export function writeUsage(usage: Usage): JsonObject {
  const input = inputTokens(usage);
  const writes = cacheWriteTokens(usage);
  return {
    prompt_tokens: input,
    completion_tokens: usage.output,
    total_tokens: input + usage.output,
    prompt_tokens_details: {
      cached_tokens: usage.cacheRead,
      ...(writes > 0 && { cache_write_tokens: writes }),
      audio_tokens: usage.inputAudio,
    },
    completion_tokens_details: {
      reasoning_tokens: usage.reasoning,
      audio_tokens: usage.outputAudio,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  };
}
