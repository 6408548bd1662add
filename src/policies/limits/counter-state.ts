import type { CounterState, Holding } from "./share-out.ts";

/** `[atMs, spent, level, slots, holders]`, each holder as `[granted, used, step, untilMs]`. */
export function writeState({ atMs, spent, level, slots, holders }: CounterState): string {
  const held = Object.entries(holders).map(([name, { granted, used, step, untilMs }]) => [name, granted, used, step, untilMs]);
  return JSON.stringify([atMs, spent, level, slots, held]);
}

export function readState(text: string): CounterState {
  const [atMs, spent, level, slots, held] = JSON.parse(text) as [number, number, number, [number, number][], [string, ...number[]][]];
  const holders: Record<string, Holding> = Object.create(null);
  for (const [name, granted = 0, used = 0, step = 0, untilMs = 0] of held) holders[name] = { granted, used, step, untilMs };
  return { atMs, spent, level, slots, holders };
}
