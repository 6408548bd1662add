import assert from "node:assert/strict";
import { test } from "node:test";
import { YoungGarbage } from "./young-garbage.ts";

/** Collections so far, of one that takes so many milliseconds. */
function watched(tookMs: number) {
  const clock = { nowMs: 1_000, collections: 0 };
  const collect = () => {
    clock.collections++;
    clock.nowMs += tookMs;
  };
  const young = new YoungGarbage(collect, () => clock.nowMs);
  /** @param everyMs between two of them */
  const answer = (count: number, connections: number, everyMs: number) => {
    for (let each = 0; each < count; each++) {
      clock.nowMs += everyMs;
      young.answered(connections);
    }
    return clock.collections;
  };
  return answer;
}

test("young garbage is collected after some answers, while few are connected", () => {
  const answer = watched(0.1);
  assert.equal(answer(299, 16, 0.05), 0);
  assert.equal(answer(1, 16, 0.05), 1);
  assert.equal(answer(3_000, 16, 0.05), 11);
  assert.equal(answer(3_000, 129, 0.05), 11);
  assert.equal(answer(300, 128, 0.05), 12);
});

test("collections that take some time come less often, and take a fifth of it at most", () => {
  const often = watched(0.1)(30_000, 16, 0.02);
  const seldom = watched(2.5)(30_000, 16, 0.02);
  assert.equal(often, 100);
  assert.ok(seldom > 20 && (seldom * 2.5) / (30_000 * 0.02 + seldom * 2.5) <= 0.2, `${seldom} collections`);
});

test("where they take long, they are left to the runtime for a while", () => {
  const answer = watched(5);
  assert.equal(answer(100_000, 16, 0.05), 3);
  assert.equal(answer(200_000, 16, 0.05), 4);
});
