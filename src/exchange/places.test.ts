import { edenGC, fullGC, heapStats } from "bun:jsc";
import { expect, test } from "bun:test";
import { Places } from "./places.ts";

test("holds what came and has not left, and gives places anew", () => {
  const places = new Places<{ readonly name: string }>();
  const a = places.add({ name: "a" });
  const b = places.add({ name: "b" });
  places.add({ name: "c" });
  expect([...places].map(({ name }) => name).sort()).toEqual(["a", "b", "c"]);
  places.leave(b);
  expect(places.size).toBe(2);
  expect([...places].map(({ name }) => name).sort()).toEqual(["a", "c"]);
  expect(places.add({ name: "d" })).toBe(b);
  places.leave(a);
  places.leave(b);
  expect(places.size).toBe(1);
  expect([...places].map(({ name }) => name)).toEqual(["c"]);
});

test("whoever leaves while all are told is not met any more", () => {
  const places = new Places<{ leaves: number[] }>();
  const first = { leaves: [1, 2] };
  for (const thing of [first, { leaves: [] }, { leaves: [] }, { leaves: [] }]) places.add(thing);
  let met = 0;
  for (const { leaves } of places) {
    met++;
    for (const place of leaves) places.leave(place);
  }
  expect(met).toBe(2);
  expect(places.size).toBe(2);
});

/** What each of these holds is counted by the runtime. */
class Prompt {
  readonly bytes = new Uint8Array(100);
}

/** Prompts that are left when 200 × 150 came and went, 16 at a time, and young garbage was collected after each 150. */
function promptsLeft(come: (prompt: Prompt) => () => void): number {
  fullGC();
  const before = heapStats().objectTypeCounts.Uint8Array ?? 0;
  const underway: (() => void)[] = [];
  for (let count = 1; count <= 200 * 150; count++) {
    underway.push(come(new Prompt()));
    if (underway.length > 16) underway.shift()?.();
    if (count % 150 === 0) edenGC();
  }
  return (heapStats().objectTypeCounts.Uint8Array ?? 0) - before;
}

test("what has left is not kept by what came after it, as a map would", () => {
  const places = new Places<Prompt>();
  const left = promptsLeft((prompt) => {
    const place = places.add(prompt);
    return () => places.leave(place);
  });
  const map = new Map<Prompt, Prompt>();
  const leftByMap = promptsLeft((prompt) => {
    map.set(prompt, prompt);
    return () => map.delete(prompt);
  });
  // Of each 150, those 16 that were there when young garbage was collected wait for the next collection of everything.
  expect(left).toBeLessThanOrEqual(200 * 17 + 100);
  // Should that change, so may the reason to have this class.
  expect(leftByMap).toBeGreaterThan(2 * left);
});
