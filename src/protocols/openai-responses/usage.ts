import { cacheWriteTokens, inputTokens, totalTokens, type Usage, usageOf } from "../../exchange/index.ts";
import { isWire, listOf, textOf, type Wire, wireOf } from "./wire.ts";

/**
 * The usage of a response object. On this wire cached and written tokens are parts of `input_tokens`, and reasoning is a
 * part of `output_tokens`. Undefined where the response reports none.
 */
export function readUsage(response: Wire): Usage | undefined {
  const wire = response.usage;
  if (!isWire(wire)) return undefined;
  const details = wireOf(wire.input_tokens_details);
  const input = count(wire.input_tokens);
  const cacheRead = Math.min(count(details.cached_tokens), input);
  const lifetimes = wireOf(details.cache_write_tokens_details);
  const cacheWrite30m = count(lifetimes.ttl_30m);
  const cacheWrite12h = count(lifetimes.ttl_12h);
  const written = count(details.cache_write_tokens) || count(details.cache_creation_input_tokens);
  const writes = Math.min(Math.max(written, cacheWrite30m + cacheWrite12h), input - cacheRead);
  const tier = textOf(response.service_tier);
  return usageOf({
    inputUncached: input - cacheRead - writes,
    cacheRead,
    cacheWrite: Math.max(0, writes - cacheWrite30m - cacheWrite12h),
    cacheWrite30m: Math.min(cacheWrite30m, writes),
    cacheWrite12h: Math.min(cacheWrite12h, Math.max(0, writes - cacheWrite30m)),
    output: count(wire.output_tokens),
    reasoning: Math.min(count(wireOf(wire.output_tokens_details).reasoning_tokens), count(wire.output_tokens)),
    inputAudio: count(details.audio_tokens),
    inputImage: count(details.image_tokens),
    outputAudio: count(wireOf(wire.output_tokens_details).audio_tokens),
    outputImage: count(wireOf(wire.output_tokens_details).image_tokens),
    webSearches: webSearches(response),
    ...(tier !== undefined && { tier }),
  });
}

/**
 * What the provider says it searched, in OpenAI's, in Perplexity's or in xAI's place; where it says nothing, the searches among the
 * output items. Opening a page is not a search.
 */
function webSearches(response: Wire): number {
  const usage = wireOf(response.usage);
  const told =
    wireOf(wireOf(response.tool_usage).web_search).num_requests ?? wireOf(wireOf(usage.tool_calls_details).search_web).invocation;
  if (typeof told === "number") return count(told);
  const { web_search_calls: web, x_search_calls: posts } = wireOf(usage.server_side_tool_usage_details);
  if (typeof web === "number" || typeof posts === "number") return count(web) + count(posts);
  return listOf(response.output).filter((item) => {
    if (!isWire(item) || item.type !== "web_search_call") return false;
    const action = wireOf(item.action).type;
    return action === undefined || action === "search";
  }).length;
}

export function writeUsage(usage: Usage): Wire {
  return {
    input_tokens: inputTokens(usage),
    input_tokens_details: { cached_tokens: usage.cacheRead, cache_write_tokens: cacheWriteTokens(usage) },
    output_tokens: usage.output,
    output_tokens_details: { reasoning_tokens: usage.reasoning },
    total_tokens: totalTokens(usage),
  };
}

function count(value: unknown): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : 0;
}
