import { cacheWriteTokens, type Usage, usageOf } from "../../exchange/index.ts";
import { setMember } from "../json-fields.ts";
import { type Fields, isFields, numberOf, textOf } from "./fields.ts";

/** A later usage block over an earlier one: its counts are totals of the whole message, so they replace and never add. */
export function laterUsage(earlier: Fields, later: Fields): Fields {
  const merged: Record<string, unknown> = { ...earlier };
  for (const name in later) if (later[name] !== null) setMember(merged, name, later[name]);
  return merged;
}

interface CacheWrites {
  readonly unsaid: number;
  readonly fiveMinutes: number;
  readonly oneHour: number;
}

/**
 * Anthropic's usage in the normal form. `input_tokens` excludes the cache; compaction iterations are billed but not in
 * the totals, so they are added. An advisor's iterations run on another model at its prices and are left out.
 */
export function readUsage(native: Fields): Usage {
  const writes = cacheWrites(native);
  const sum = {
    inputUncached: countOf(native.input_tokens),
    cacheRead: countOf(native.cache_read_input_tokens),
    cacheWrite: writes.unsaid,
    cacheWrite5m: writes.fiveMinutes,
    cacheWrite1h: writes.oneHour,
    output: countOf(native.output_tokens),
  };
  for (const iteration of Array.isArray(native.iterations) ? native.iterations : []) {
    if (!isFields(iteration) || iteration.type !== "compaction") continue;
    const extra = cacheWrites(iteration);
    sum.inputUncached += countOf(iteration.input_tokens);
    sum.cacheRead += countOf(iteration.cache_read_input_tokens);
    sum.cacheWrite += extra.unsaid;
    sum.cacheWrite5m += extra.fiveMinutes;
    sum.cacheWrite1h += extra.oneHour;
    sum.output += countOf(iteration.output_tokens);
  }
  const details = isFields(native.output_tokens_details) ? native.output_tokens_details : {};
  const tools = isFields(native.server_tool_use) ? native.server_tool_use : {};
  const tier = native.speed === "fast" ? "fast" : textOf(native.service_tier);
  return usageOf({
    ...sum,
    reasoning: Math.min(countOf(details.thinking_tokens), sum.output),
    webSearches: countOf(tools.web_search_requests),
    ...(tier !== undefined && { tier }),
  });
}

/** In streams the total grows while the split stays that of the beginning: what is over has no time to live. */
function cacheWrites(native: Fields): CacheWrites {
  const split = isFields(native.cache_creation) ? native.cache_creation : {};
  const fiveMinutes = countOf(split.ephemeral_5m_input_tokens);
  const oneHour = countOf(split.ephemeral_1h_input_tokens);
  const total =
    numberOf(native.cache_creation_input_tokens) === undefined ? fiveMinutes + oneHour : countOf(native.cache_creation_input_tokens);
  if (fiveMinutes + oneHour > total) return { unsaid: total, fiveMinutes: 0, oneHour: 0 };
  return { unsaid: total - fiveMinutes - oneHour, fiveMinutes, oneHour };
}

function countOf(value: unknown): number {
  return Math.max(0, Math.trunc(numberOf(value) ?? 0));
}

/** The counts as Anthropic's clients know them, for `message_start`, `message_delta` and whole answers alike. */
export function writeUsage(usage: Usage): Record<string, unknown> {
  const known = usage.tier === "standard" || usage.tier === "priority" || usage.tier === "batch";
  return {
    input_tokens: usage.inputUncached,
    cache_creation_input_tokens: cacheWriteTokens(usage),
    cache_read_input_tokens: usage.cacheRead,
    cache_creation: {
      ephemeral_5m_input_tokens: usage.cacheWrite + usage.cacheWrite5m + usage.cacheWrite30m,
      ephemeral_1h_input_tokens: usage.cacheWrite1h + usage.cacheWrite12h,
    },
    output_tokens: usage.output,
    output_tokens_details: usage.reasoning > 0 ? { thinking_tokens: usage.reasoning } : null,
    server_tool_use: usage.webSearches > 0 ? { web_search_requests: usage.webSearches, web_fetch_requests: 0 } : null,
    service_tier: known ? usage.tier : null,
  };
}
