import type { Counter } from "./counter.ts";
import type { CounterState } from "./share-out.ts";
import { spanAt } from "./window.ts";

/** How a counter stands in the store: as the processes have told, which they do within five seconds. */
export interface Look {
  /** What is set aside for requests under way among it; negative where somebody has added to what may be used. */
  readonly used: number;
  readonly left: number;
  /** When it begins anew, in milliseconds since the epoch; undefined where it fills up by itself, or never does. */
  readonly endsAtMs: number | undefined;
}

/** Pure: what a state comes to at a moment. */
export function lookAt(state: CounterState | undefined, { limit, window }: Counter, now: number): Look {
  const held = Object.values(state?.holders ?? {}).reduce((sum, { used }) => sum + used, 0);
  const look = (used: number, endsAtMs?: number): Look => ({ used, left: limit - used, endsAtMs });
  switch (window.kind) {
    case "calendar": {
      const { startMs, endMs } = spanAt(window.unit, window.zone, now);
      const ends = Number.isFinite(endMs) ? endMs : undefined;
      return look(state?.atMs === startMs ? state.spent + held : 0, ends);
    }
    case "standing":
      return look(held);
    case "bucket": {
      if (!state) return look(0);
      const level = state.level + (Math.max(0, now - state.atMs) * limit) / window.lengthMs;
      return look(Math.max(0, Math.ceil(limit - level)));
    }
    case "sliding": {
      const oldest = Math.floor((now - window.lengthMs) / (window.lengthMs / 60));
      return look((state?.slots ?? []).reduce((sum, [slot, taken]) => (slot >= oldest ? sum + taken : sum), 0));
    }
  }
}
