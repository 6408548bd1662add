import { inputTokens, type Usage, usageOf } from "../../exchange/index.ts";
import { cohereDialect, type Fields, fieldsOf, isFields, numberOf, ownFields } from "./fields.ts";

/**
 * Cohere tells twice what was used: `tokens` with its own prompt around the caller's, and `billed_units`, which it takes
 * money for. Usage is what was billed, as costs and budgets follow from it; where only tokens are told, those, and of them
 * the cached ones. The whole block rides along for Cohere's own clients. Undefined where nothing is told.
 */
export function readUsage(native: unknown): Usage | undefined {
  if (!isFields(native)) return undefined;
  const billed = fieldsOf(native.billed_units);
  const used = fieldsOf(native.tokens);
  const billedInput = count(billed.input_tokens);
  const input = billedInput ?? count(used.input_tokens);
  const output = count(billed.output_tokens) ?? count(used.output_tokens);
  if (input === undefined && output === undefined) return undefined;
  const cacheRead = billedInput === undefined ? Math.min(input ?? 0, count(native.cached_tokens) ?? 0) : 0;
  return {
    ...usageOf({ inputUncached: (input ?? 0) - cacheRead, cacheRead, output: output ?? 0 }),
    extra: { dialect: cohereDialect, fields: native },
  };
}

function count(value: unknown): number | undefined {
  const number = numberOf(value);
  return number === undefined ? undefined : Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, Math.trunc(number)));
}

/** The block as it came, or one in which everything that was used is billed. */
export function writeUsage(usage: Usage): Fields {
  const own = ownFields(usage.extra);
  if (Object.keys(own).length > 0) return own;
  const counts = { input_tokens: inputTokens(usage), output_tokens: usage.output };
  return { billed_units: counts, tokens: counts, cached_tokens: usage.cacheRead };
}
