import { skewMs, timesOf } from "../../storage/index.ts";
import type { Counter } from "./counter.ts";
import { filledBucket, pouredUse } from "./look.ts";
import type { Ask, Share } from "./share-out.ts";

/**
 * What stands of a bucket or a sliding window, out of which holders take for good. Pure: what stood there and what is asked in, what
 * stands there now and what was given out.
 */
export interface PouredState {
  /** Of a bucket: when `level` was right; else 0. */
  readonly atMs: number;
  /** Of a bucket: what is in it. */
  readonly level: number;
  /** Of a sliding window: number of the slot, and what was taken in it. */
  readonly slots: readonly (readonly [slot: number, taken: number])[];
}

export interface Poured {
  readonly state: PouredState;
  readonly share: Share;
}

export type PouredWindow = Extract<Counter["window"], { readonly lengthMs: number }>;

export const slotsOfWindow = 60;
/** What is taken out of a bucket is used within this time, or goes back. */
const mostBucketMs = 1_000;
const nothing: PouredState = { atMs: 0, level: 0, slots: [] };

export function pourOut(before: PouredState | undefined, limit: number, { kind, lengthMs }: PouredWindow, ask: Ask): Poured {
  return kind === "bucket" ? poured(before, limit, lengthMs, ask) : slid(before ?? nothing, limit, lengthMs, ask);
}

function poured(before: PouredState | undefined, limit: number, lengthMs: number, ask: Ask): Poured {
  const filled = filledBucket(before, limit, lengthMs, ask.now);
  const level = Math.min(limit, filled.level + ask.give);
  const taken = ask.leave || level < ask.need ? 0 : Math.max(ask.need, Math.min(ask.wish, Math.floor(level / 4)));
  const { atMs } = filled;
  const state = { ...nothing, atMs, level: level - taken };
  const share = {
    free: taken,
    step: taken,
    left: Math.floor(level - taken),
    used: pouredUse(state, limit, { kind: "bucket", lengthMs }, ask.now),
    untilMs: ask.now + Math.min(mostBucketMs, lengthMs / slotsOfWindow),
    ...timesOf(1),
    retryAfterMs: taken >= ask.need ? 0 : Math.max(1, Math.ceil(((ask.need - level) * lengthMs) / limit + atMs - ask.now)),
  };
  return { state, share };
}

function slid(before: PouredState, limit: number, lengthMs: number, ask: Ask): Poured {
  const slotMs = lengthMs / slotsOfWindow;
  const slot = Math.floor(ask.now / slotMs);
  const inWindow = ([number]: readonly [number, number]) => number >= slot - slotsOfWindow;
  // To those whose clocks are behind, what has just slid out here has not yet.
  const oldest = slot - slotsOfWindow - Math.ceil(skewMs / slotMs);
  const slots = back(
    before.slots.filter(([number]) => number >= oldest),
    ask.give,
  );
  if (ask.give < 0) add(slots, slot, -ask.give);
  const room = limit - slots.filter(inWindow).reduce((sum, [, taken]) => sum + taken, 0);
  const taken = ask.leave || room < ask.need ? 0 : Math.max(ask.need, Math.min(ask.wish, Math.floor(room / 4)));
  if (taken > 0) add(slots, slot, taken);
  const share = {
    free: taken,
    step: taken,
    left: room - taken,
    used: limit - room + taken,
    untilMs: (slot + 1) * slotMs,
    ...timesOf(1),
    retryAfterMs:
      taken >= ask.need ? 0 : Math.max(1, Math.ceil(freeAgainAt(slots.filter(inWindow), ask.need - room, slotMs, lengthMs) - ask.now)),
  };
  return { state: { ...nothing, slots }, share };
}

function add(slots: (readonly [number, number])[], slot: number, taken: number): void {
  const last = slots.at(-1);
  if (last?.[0] === slot) slots[slots.length - 1] = [slot, last[1] + taken];
  else slots.push([slot, taken]);
}

/** What comes back was taken last. */
function back(slots: readonly (readonly [number, number])[], give: number): (readonly [number, number])[] {
  const kept = [...slots];
  let left = give;
  for (let at = kept.length - 1; at >= 0 && left > 0; at--) {
    const [number, taken] = kept[at] as readonly [number, number];
    const returned = Math.min(taken, left);
    left -= returned;
    kept[at] = [number, taken - returned];
  }
  return kept;
}

/** When so much has slid out. */
function freeAgainAt(slots: readonly (readonly [number, number])[], missing: number, slotMs: number, lengthMs: number): number {
  let sum = 0;
  for (const [number, taken] of slots) {
    sum += taken;
    if (sum >= missing) return (number + 1) * slotMs + lengthMs;
  }
  return ((slots.at(-1)?.[0] ?? 0) + 1) * slotMs + lengthMs;
}
