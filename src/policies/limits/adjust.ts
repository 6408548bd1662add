import type { CounterStore } from "../../storage/index.ts";
import type { Counter } from "./counter.ts";
import { readState, writeState } from "./counter-state.ts";
import { type Look, lookAt } from "./look.ts";
import type { CounterState } from "./share-out.ts";
import { spanAt } from "./window.ts";

/** What an operator does to a counter: begin it anew, or let so much more be used until its window ends (less, where negative). */
export type Adjustment = { readonly reset: true } | { readonly add: number };

const mostTries = 1_000;
const dayMs = 86_400_000;

/** Pure: what stands there afterwards. What processes hold stays theirs. */
export function adjusted(before: CounterState | undefined, { limit, window }: Counter, change: Adjustment, now: number): CounterState {
  const empty: CounterState = { atMs: 0, spent: 0, level: limit, slots: [], holders: {}, buried: {} };
  switch (window.kind) {
    case "calendar": {
      const { startMs } = spanAt(window.unit, window.zone, now);
      const state = before?.atMs === startMs ? before : { ...empty, level: 0, atMs: startMs };
      const held = Object.values(state.holders).reduce((sum, { used }) => sum + used, 0);
      if ("reset" in change) return { ...state, spent: -held, buried: {} };
      return { ...state, spent: state.spent - change.add };
    }
    case "bucket": {
      const level = before ? Math.min(limit, before.level + (Math.max(0, now - before.atMs) * limit) / window.lengthMs) : limit;
      return { ...empty, atMs: now, level: "reset" in change ? limit : Math.min(limit, level + change.add) };
    }
    case "sliding": {
      const slot = Math.floor(now / (window.lengthMs / 60));
      if ("reset" in change) return { ...empty, level: 0 };
      return {
        ...empty,
        level: 0,
        slots: [...(before?.slots ?? []).filter(([number]) => number !== slot), inSlot(before, slot, change.add)],
      };
    }
    case "standing":
      return before ?? { ...empty, level: 0 };
  }
}

/** Slots add up: one may be below nothing. */
function inSlot(before: CounterState | undefined, slot: number, add: number): readonly [number, number] {
  const taken = before?.slots.find(([number]) => number === slot)?.[1] ?? 0;
  return [slot, taken - add];
}

/** Asks the store how a counter stands. */
export async function lookUp(store: CounterStore, counter: Counter, now: number): Promise<Look> {
  const entry = await store.get(counter.id);
  return lookAt(entry && readState(entry.state), counter, now);
}

/** Changes it there, over whatever stands there then. @returns how it stands afterwards */
export async function adjust(store: CounterStore, counter: Counter, change: Adjustment, now: number): Promise<Look> {
  let entry = await store.get(counter.id);
  for (let tries = 0; tries < mostTries; tries++) {
    const state = adjusted(entry && readState(entry.state), counter, change, now);
    const { window } = counter;
    const endMs = window.kind === "calendar" ? spanAt(window.unit, window.zone, now).endMs : now + dayMs;
    const expiresAt = Math.min(endMs, now + 400 * dayMs) + dayMs;
    const outcome = await store.swap({
      id: counter.id,
      version: entry?.version ?? 0,
      before: entry?.state,
      state: writeState(state),
      expiresAt,
    });
    if (!outcome) return lookAt(state, counter, now);
    entry = outcome.entry;
  }
  throw new Error(`the counter ${counter.id} is changed by too many at once`);
}
