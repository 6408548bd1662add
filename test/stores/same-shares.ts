import { expect } from "bun:test";
import type { CounterStore, HoldQuestion } from "../../src/storage/index.ts";
import { MemoryCounters } from "../../src/storage/index.ts";
import { drawing } from "../limits/nodes/draw.ts";

const noon = Date.UTC(2026, 10, 21, 12);
const holders = ["one", "two", "three ' 漢", "four;--", "five", "six", "seven", "eight"];

/**
 * Asks a store and the rule itself the same: a sequence that a seed draws, of holders that take, tell, leave, fall silent and are heard of
 * late, over windows that end, with what operators do between.
 */
export async function playSame(store: CounterStore, id: string, seed: number, questions: number): Promise<void> {
  const random = drawing(seed);
  const pick = (most: number) => Math.floor(random() * (most + 1));
  const rule = new MemoryCounters();
  const standing = random() < 0.2;
  // Of millions of dollars; sums over all holders stay below 2^53.
  const limit = random() < 0.3 ? pick(30) : random() < 0.3 ? 1_000_000 * 1_000_000_000 : pick(1e7);
  const used = new Map<string, number>();
  const granted = new Map<string, number>();
  let [now, startMs, turn] = [noon, standing ? 0 : noon, 0];
  for (let at = 0; at < questions; at++) {
    now += random() < 0.05 ? pick(70_000) : pick(3_000);
    // The clock that tells who is alive is put back, and on again.
    if (random() < 0.02) now += (random() < 0.5 ? -1 : 1) * pick(3_600_000);
    const expiresAt = now + 86_400_000 + random();
    if (!standing && random() < 0.01) {
      startMs = now;
      used.clear();
      granted.clear();
    }
    const said = `seed ${seed}, question ${at}`;
    if (random() < 0.03) {
      const change = random() < 0.5 ? ({ reset: true } as const) : { add: pick(1_000) - 300 };
      const adjustment = { id, startMs, change, expiresAt };
      expect([said, await store.adjust(adjustment)]).toEqual([said, rule.adjust(adjustment)]);
    }
    if (random() < 0.05) expect([said, await store.used(id, startMs)]).toEqual([said, rule.used(id, startMs)]);
    const holder = holders[pick(holders.length - 1)] as string;
    const before = used.get(holder) ?? 0;
    const more = Math.min(pick(Math.ceil(limit / 20)), Math.max(0, (granted.get(holder) ?? 0) - before));
    const need = random() < 0.6 ? pick(Math.ceil(limit / 50)) : 0;
    const question: HoldQuestion = {
      id,
      limit,
      // Now and then a clock that is late, or a day wrong.
      startMs: standing || random() < 0.96 ? startMs : startMs + (random() < 0.5 ? -86_400_000 : 86_400_000),
      standing,
      holder,
      turn: random() < 0.95 ? ++turn : turn - pick(5),
      used: before + more,
      need,
      wish: need + pick(Math.ceil(limit / 4)),
      spare: random() < 0.5 ? 0 : pick(Math.ceil(limit / 10)),
      keep: random() < 0.5 ? 0 : pick(Math.ceil(limit / 100)),
      leave: random() < 0.1,
      now,
      expiresAt,
    };
    const answer = await store.hold(question);
    expect([said, answer]).toEqual([said, rule.hold(question)]);
    used.set(holder, question.leave ? 0 : before + more);
    granted.set(holder, question.leave ? 0 : before + more + answer.free);
  }
}
