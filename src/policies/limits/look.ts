import { skewMs } from "../../storage/index.ts";
import type { Counter } from "./counter.ts";
import type { PouredState, PouredWindow } from "./pour-out.ts";

/** How a counter stands in the store: as the processes have told, which they do within five seconds. */
export interface Look {
  /** What is set aside for requests under way among it; negative where somebody has added to what may be used. */
  readonly used: number;
  readonly left: number;
  /** When it begins anew, in milliseconds since the epoch; undefined where it fills up by itself, or never does. */
  readonly endsAtMs: number | undefined;
}

export function lookOf({ limit }: Counter, used: number, endMs = Number.POSITIVE_INFINITY): Look {
  return { used, left: limit - used, endsAtMs: Number.isFinite(endMs) ? endMs : undefined };
}

/**
 * Pure: when a bucket was looked at, and what was in it by then, before more than the limit runs over. Clocks differ: what was filled up
 * by one that is ahead is not filled up again by the others. Who is ahead by more than the whole bucket is waited for by nobody.
 */
export function filledBucket(
  state: PouredState | undefined,
  limit: number,
  lengthMs: number,
  now: number,
): Pick<PouredState, "atMs" | "level"> {
  if (!state) return { atMs: now, level: limit };
  const level = state.level + (Math.max(0, now - state.atMs) * limit) / lengthMs;
  const isAhead = state.atMs > now && state.atMs - now <= Math.max(skewMs, lengthMs);
  return { atMs: isAhead ? state.atMs : now, level };
}

/** Pure: how much of a bucket or a sliding window is used at a moment. */
export function pouredUse(state: PouredState | undefined, limit: number, { kind, lengthMs }: PouredWindow, now: number): number {
  if (!state) return 0;
  if (kind === "bucket") return Math.max(0, Math.ceil(limit - filledBucket(state, limit, lengthMs, now).level));
  const oldest = Math.floor((now - lengthMs) / (lengthMs / 60));
  return state.slots.reduce((sum, [slot, taken]) => (slot >= oldest ? sum + taken : sum), 0);
}
