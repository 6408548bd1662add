import type { CacheMark, Losses } from "../../exchange/index.ts";
import { type Block, isFields } from "./fields.ts";

const maxPoints = 4;

/** Bedrock keeps for 5 minutes or an hour: longer wishes become the hour. */
export function writeCachePoint(cache: CacheMark, path: string, losses: Losses): Block {
  if (cache.ttl === "30m" || cache.ttl === "12h") losses.add("cache_ttl_changed", path, "Q", "approximated");
  const ttl = cache.ttl === undefined || cache.ttl === "5m" ? cache.ttl : "1h";
  return { cachePoint: { type: "default", ...(ttl && { ttl }) } };
}

/**
 * Takes cache points away until four are left, the last ones: they cover the longest prefixes.
 * @param lists in the order of the prompt: tools, system, messages
 */
export function keepLastPoints(lists: readonly Block[][], losses: Losses): void {
  let surplus = lists.flat().filter(isPoint).length - maxPoints;
  for (const list of lists) {
    for (let at = 0; surplus > 0 && at < list.length; at++) {
      if (!isPoint(list[at] as Block)) continue;
      list.splice(at--, 1);
      surplus--;
      losses.add("cache_hint_dropped", "cachePoint", "Q");
    }
  }
}

function isPoint(block: Block): boolean {
  return isFields(block.cachePoint);
}
