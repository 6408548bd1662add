import type { CacheMark, Losses } from "../../exchange/index.ts";
import { type Block, type Fields, isFields } from "./fields.ts";

const maxMarks = 4;

/** `cache_control` of a block or a tool, ready to be spread. */
export function readMark(native: Fields): { readonly cache?: CacheMark } {
  const mark = native.cache_control;
  if (!isFields(mark)) return {};
  const ttl = mark.ttl;
  return { cache: ttl === "5m" || ttl === "1h" ? { ttl } : {} };
}

/** Anthropic keeps for 5 minutes or an hour: longer wishes become the hour. */
export function writeMark(cache: CacheMark | undefined, path: string, losses: Losses): { readonly cache_control?: Block } {
  if (cache === undefined) return {};
  if (cache.ttl === "30m" || cache.ttl === "12h") losses.add("cache_ttl_changed", path, "Q", "approximated");
  const ttl = cache.ttl === undefined || cache.ttl === "5m" ? cache.ttl : "1h";
  return { cache_control: { type: "ephemeral", ...(ttl && { ttl }) } };
}

/**
 * Takes marks away until four are left, the last ones: they cover the longest prefixes.
 * @param blocks in the order of the prompt: tools, system, messages
 */
export function keepLastMarks(blocks: Iterable<Block>, automatic: boolean, losses: Losses): void {
  const marked = [...blocks].filter((block) => isFields(block.cache_control));
  const limit = automatic ? maxMarks - 1 : maxMarks;
  for (const block of marked.slice(0, Math.max(0, marked.length - limit))) {
    delete block.cache_control;
    losses.add("cache_hint_dropped", "cache_control", "Q");
  }
}
