import {
  dialectIds,
  type Exchange,
  type Item,
  type Losses,
  type ModelRequest,
  type SurfaceId,
  type ThoughtPlace,
} from "../exchange/index.ts";
import type { Codecs } from "../protocols/index.ts";
import { ownSeals } from "./sealed-by.ts";
import type { Target } from "./upstream.ts";

/** Keeps what upstreams have thought, for callers whose dialect cannot hold it. */
export interface ThoughtKeeper {
  /** The items with the thoughts of their turns; undefined where there are none to be put back. */
  putBack(place: ThoughtPlace, items: readonly Item[]): { readonly items: readonly Item[]; readonly turns: number } | undefined;
}

/** Knows which provider has sealed a thought, where it was not the first of the route. */
export interface OriginTeller {
  knows(owner: string): boolean;
  of(owner: string, seal: string): string | undefined;
}

export interface ThoughtTools {
  readonly thoughts: ThoughtKeeper;
  readonly origins: OriginTeller;
  readonly codecs: Codecs;
}

/**
 * Where the thoughts of this upstream are kept; undefined where the caller keeps them by itself. Between two sides of one dialect
 * that is nearly always so: only some providers insist, and only on those of a round of tools.
 */
export function thoughtPlace(exchange: Exchange, target: Target, surface: SurfaceId, tools: ThoughtTools): ThoughtPlace | undefined {
  const asked = surface !== exchange.surface || (target.traits.wantsThoughts === true && exchange.body.has("tools"));
  if (!asked || !tools.codecs.dialect(exchange.surface)?.forgetsThoughts) return undefined;
  const dialect = dialectIds.find((id) => id === surface);
  return dialect ? { owner: exchange.principal.keyId, upstream: target.upstream.sealName, dialect } : undefined;
}

/** A request as it is to be written for an upstream, and in how many turns thoughts were put back. */
export interface ThoughtfulRequest {
  readonly request: ModelRequest;
  readonly turns: number;
}

/**
 * The caller's request with the thoughts that this upstream is to see: those that the caller could not hold are put back, those that
 * another provider has sealed are left out. Undefined where both sides speak one dialect and the caller's bytes have it right.
 */
export function thoughtfulRequest(
  exchange: Exchange,
  target: Target,
  surface: SurfaceId,
  place: ThoughtPlace | undefined,
  losses: Losses,
  tools: ThoughtTools,
): ThoughtfulRequest | undefined {
  const same = surface === exchange.surface;
  if (same && !place && !mayBeStrange(exchange, target, tools)) return undefined;
  const request = exchange.read();
  const whole = place && tools.thoughts.putBack(place, request.items);
  const items = whole?.items ?? request.items;
  const own = same ? withoutStrangeSeals(items, exchange, target, losses, tools) : ownSeals(items, target.upstream.sealName, losses);
  if (same && !whole && own.length === items.length) return undefined;
  return { request: { ...request, items: own }, turns: whole?.turns ?? 0 };
}

/** Only where the route may ask several, and others than the first have answered this key, or are asked now. */
function mayBeStrange(exchange: Exchange, { first, upstream }: Target, { origins }: ThoughtTools): boolean {
  return first !== undefined && (first !== upstream.sealName || origins.knows(exchange.principal.keyId));
}

/** Between two sides of one dialect seals are as the providers gave them; those that were not noted are the first provider's. */
function withoutStrangeSeals(
  items: readonly Item[],
  exchange: Exchange,
  target: Target,
  losses: Losses,
  tools: ThoughtTools,
): readonly Item[] {
  if (!mayBeStrange(exchange, target, tools)) return items;
  const { first, upstream } = target;
  const isOwn = (seal: string) => {
    const origin = tools.origins.of(exchange.principal.keyId, seal) ?? first;
    // What was not noted is taken for this account's where it may be.
    return origin === upstream.sealName || origin === upstream.name;
  };
  return items.filter((item, at) => {
    if (item.type !== "reasoning" || !item.sealed || isOwn(item.sealed.value)) return true;
    losses.add("reasoning_foreign_dropped", `items[${at}]`, "Q");
    return false;
  });
}

/** What this provider seals is to be noted: both sides speak one dialect, and it is not the one that the route asks first. */
export function isAstray(exchange: Exchange, { first, upstream }: Target, surface: SurfaceId): boolean {
  return surface === exchange.surface && first !== undefined && first !== upstream.sealName && dialectIds.some((id) => id === surface);
}
