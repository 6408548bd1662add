import type { PouredState } from "./pour-out.ts";

type Written = [atMs: number, unused: number, level: number, slots: [number, number][]];

/** `[atMs, 0, level, slots]`. */
export function writeState({ atMs, level, slots }: PouredState): string {
  return JSON.stringify([atMs, 0, level, slots]);
}

export function readState(text: string): PouredState {
  const [atMs, , level, slots] = JSON.parse(text) as Written;
  return { atMs, level, slots };
}
