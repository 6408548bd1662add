import { cacheWriteTokens, inputTokens, type Usage, usageOf } from "../../exchange/index.ts";
import { type Fields, fieldsOf, isFields, listOf, numberOf, textOf } from "./fields.ts";

/**
 * Bedrock's usage in the normal form. `inputTokens` leaves out what the cache read and wrote; `cacheDetails` splits the
 * writes by their time to live. Thoughts are counted as output and not told apart. Before it settled on its names for the cache,
 * Bedrock called them counts, and now often tells both.
 *
 * @param answer the whole answer or the `metadata` event, whose tier stands beside the usage
 */
export function readUsage(answer: Fields): Usage | undefined {
  const native = answer.usage;
  if (!isFields(native)) return undefined;
  const written = countOf(native.cacheWriteInputTokens ?? native.cacheWriteInputTokenCount);
  const fiveMinutes = writtenFor("5m", native);
  const oneHour = writtenFor("1h", native);
  const split = fiveMinutes + oneHour <= written;
  const tier = textOf(fieldsOf(answer.serviceTier).type);
  return usageOf({
    inputUncached: countOf(native.inputTokens),
    cacheRead: countOf(native.cacheReadInputTokens ?? native.cacheReadInputTokenCount),
    cacheWrite: split ? written - fiveMinutes - oneHour : written,
    cacheWrite5m: split ? fiveMinutes : 0,
    cacheWrite1h: split ? oneHour : 0,
    output: countOf(native.outputTokens),
    ...(tier !== undefined && { tier }),
  });
}

function writtenFor(ttl: string, native: Fields): number {
  let tokens = 0;
  for (const detail of listOf(native.cacheDetails)) if (isFields(detail) && detail.ttl === ttl) tokens += countOf(detail.inputTokens);
  return tokens;
}

function countOf(value: unknown): number {
  return Math.max(0, Math.trunc(numberOf(value) ?? 0));
}

/** The counts as Converse's clients know them; the total counts the cache too. */
export function writeUsage(usage: Usage): Record<string, unknown> {
  const written = cacheWriteTokens(usage);
  const fiveMinutes = usage.cacheWrite5m + usage.cacheWrite30m;
  const oneHour = usage.cacheWrite1h + usage.cacheWrite12h;
  const details = [
    ...(fiveMinutes > 0 ? [{ ttl: "5m", inputTokens: fiveMinutes }] : []),
    ...(oneHour > 0 ? [{ ttl: "1h", inputTokens: oneHour }] : []),
  ];
  return {
    inputTokens: usage.inputUncached,
    outputTokens: usage.output,
    totalTokens: inputTokens(usage) + usage.output,
    ...(usage.cacheRead + written > 0 && { cacheReadInputTokens: usage.cacheRead, cacheWriteInputTokens: written }),
    ...(details.length > 0 && { cacheDetails: details }),
  };
}

const tiers = ["default", "priority", "flex", "reserved"];

/** `serviceTier` beside the usage, where the tier is one of Bedrock's. */
export function writeTier(tier: string | undefined): { readonly serviceTier?: { readonly type: string } } {
  return tier !== undefined && tiers.includes(tier) ? { serviceTier: { type: tier } } : {};
}
