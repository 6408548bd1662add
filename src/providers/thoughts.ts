import { dialectIds, type Exchange, type Item, type ModelRequest, type SurfaceId, type ThoughtPlace } from "../exchange/index.ts";
import type { AnyDialect } from "../protocols/index.ts";
import type { Target } from "./upstream.ts";

/** Keeps what upstreams have thought, for callers whose dialect cannot hold it. */
export interface ThoughtKeeper {
  /** The items with the thoughts of their turns; undefined where there are none to be put back. */
  putBack(place: ThoughtPlace, items: readonly Item[]): { readonly items: readonly Item[]; readonly turns: number } | undefined;
}

export interface ThoughtTools {
  readonly thoughts: ThoughtKeeper;
  dialect(surface: SurfaceId): AnyDialect | undefined;
}

/**
 * Where the thoughts of this upstream are kept; undefined where the caller keeps them by itself. Between two sides of one dialect
 * that is nearly always so: only some providers insist, and only on those of a round of tools.
 */
export function thoughtPlace(exchange: Exchange, target: Target, surface: SurfaceId, tools: ThoughtTools): ThoughtPlace | undefined {
  const dialect = dialectIds.find((id) => id === surface);
  if (!dialect || !tools.dialect(exchange.surface)?.forgetsThoughts) return undefined;
  const asked = surface !== exchange.surface || (target.traits.wantsThoughts === true && exchange.body.has("tools"));
  return asked ? { owner: exchange.principal.keyId, upstream: target.upstream.name, dialect } : undefined;
}

/** The caller's request with the thoughts that it could not hold; undefined where it lacks none. */
export function withThoughts(
  exchange: Exchange,
  place: ThoughtPlace | undefined,
  { thoughts }: ThoughtTools,
): { readonly request: ModelRequest; readonly turns: number } | undefined {
  if (!place) return undefined;
  const request = exchange.read();
  const whole = thoughts.putBack(place, request.items);
  return whole && { request: { ...request, items: whole.items }, turns: whole.turns };
}
