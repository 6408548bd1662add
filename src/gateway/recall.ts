import { bypassReason, cacheKey, type ExactCache } from "../cache/index.ts";
import type { Exchange, Piece } from "../exchange/index.ts";
import type { Speaker } from "./line.ts";

/** An answer and who gave it. */
export interface Answering {
  readonly speaker: Speaker;
  readonly pieces: AsyncIterable<Piece>;
}

export interface Memory {
  /** For the record and the header: `hit`, `miss`, or `bypass` with the reason. */
  readonly verdict: string;
  readonly answer: Answering | undefined;
  /** Keeps the answer as it passes, where it may be kept. */
  keep(pieces: AsyncIterable<Piece>, speaker: Speaker): AsyncIterable<Piece>;
}

/** Have we answered this before? A hit needs no upstream; a miss will be remembered. */
export function recall(
  cache: ExactCache<Speaker>,
  exchange: Exchange,
  settings: { readonly ttlSeconds: number } | undefined,
  now: () => number,
): Memory {
  const bypass = bypassReason(exchange, settings, exchange.http.header("x-sluice-cache"));
  if (bypass !== undefined || !settings) return { verdict: `bypass; ${bypass ?? "off"}`, answer: undefined, keep: (pieces) => pieces };
  const key = cacheKey(exchange);
  const kept = cache.recall(key, now());
  if (kept) return { verdict: "hit", answer: { speaker: kept.context, pieces: replayed(kept.pieces) }, keep: (pieces) => pieces };
  return { verdict: "miss", answer: undefined, keep: (pieces, speaker) => cache.remember(key, pieces, speaker, settings, now) };
}

async function* replayed(pieces: readonly Piece[]): AsyncGenerator<Piece> {
  yield* pieces;
}
