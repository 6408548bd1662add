import type { Adjustment, CounterStore } from "../../storage/index.ts";
import type { Counter } from "./counter.ts";
import { filledBucket, type Look, lookOf, pouredUse } from "./look.ts";
import type { PouredState, PouredWindow } from "./pour-out.ts";
import { readState, writeState } from "./poured-state.ts";
import { heldSpan, heldUntil } from "./share-out.ts";

const mostTries = 1_000;
const dayMs = 86_400_000;

/** Asks the store how a counter stands. */
export async function lookUp(store: CounterStore, counter: Counter, now: number): Promise<Look> {
  const span = heldSpan(counter, now);
  if (span) return lookOf(counter, await store.used(counter.id, span.startMs), span.endMs);
  const entry = await store.get(counter.id);
  return lookOf(counter, pouredUse(entry && readState(entry.state), counter.limit, counter.window as PouredWindow, now));
}

/** Changes it there, over whatever stands there then; what processes hold stays theirs. @returns how it stands afterwards */
export async function adjust(store: CounterStore, counter: Counter, change: Adjustment, now: number): Promise<Look> {
  if (counter.window.kind === "standing") return lookUp(store, counter, now);
  const span = heldSpan(counter, now);
  if (!span) return lookOf(counter, await adjustPoured(store, counter, change, now));
  const { id } = counter;
  const used = await store.adjust({ id, startMs: span.startMs, change, expiresAt: heldUntil(false, span, now) });
  return lookOf(counter, used, span.endMs);
}

async function adjustPoured(store: CounterStore, { id, limit, window }: Counter, change: Adjustment, now: number): Promise<number> {
  const of = window as PouredWindow;
  let entry = await store.get(id);
  for (let tries = 0; tries < mostTries; tries++) {
    const state = adjusted(entry && readState(entry.state), limit, of, change, now);
    const expiresAt = now + 2 * dayMs;
    const outcome = await store.swap({ id, version: entry?.version ?? 0, before: entry?.state, state: writeState(state), expiresAt });
    if (!outcome) return pouredUse(state, limit, of, now);
    entry = outcome.entry;
  }
  throw new Error(`the counter ${id} is changed by too many at once`);
}

/** Pure: what stands there afterwards. */
function adjusted(before: PouredState | undefined, limit: number, { kind, lengthMs }: PouredWindow, change: Adjustment, now: number) {
  if (kind === "bucket") {
    const { atMs, level } = filledBucket(before, limit, lengthMs, now);
    return { atMs, level: "reset" in change ? limit : Math.min(limit, Math.min(limit, level) + change.add), slots: [] };
  }
  if ("reset" in change) return { atMs: 0, level: 0, slots: [] };
  const slot = Math.floor(now / (lengthMs / 60));
  const others = (before?.slots ?? []).filter(([number]) => number !== slot);
  return { atMs: 0, level: 0, slots: [...others, inSlot(before, slot, change.add)] };
}

/** Slots add up: one may be below nothing. */
function inSlot(before: PouredState | undefined, slot: number, add: number): readonly [number, number] {
  const taken = before?.slots.find(([number]) => number === slot)?.[1] ?? 0;
  return [slot, taken - add];
}
