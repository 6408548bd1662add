import type { CounterState, Holding } from "./share-out.ts";

type Written = [number, number, number, [number, number][], [string, ...number[]][], [string, number][]?];

/** `[atMs, spent, level, slots, holders, buried]`, each holder as `[name, granted, used, step, untilMs]`, each buried one as `[name, used]`. */
export function writeState({ atMs, spent, level, slots, holders, buried }: CounterState): string {
  const held = Object.entries(holders).map(([name, { granted, used, step, untilMs }]) => [name, granted, used, step, untilMs]);
  return JSON.stringify([atMs, spent, level, slots, held, Object.entries(buried)]);
}

export function readState(text: string): CounterState {
  const [atMs, spent, level, slots, held, buried = []] = JSON.parse(text) as Written;
  const holders: Record<string, Holding> = Object.create(null);
  for (const [name, granted = 0, used = 0, step = 0, untilMs = 0] of held) holders[name] = { granted, used, step, untilMs };
  return { atMs, spent, level, slots, holders, buried: Object.fromEntries(buried) };
}
