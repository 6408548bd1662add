import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Fault } from "../../exchange/index.ts";
import { DeadlineWatch } from "./deadline-watch.ts";

const deadlines = { connectMs: 60, firstEventMs: 120, idleMs: 60, totalMs: 400 };

describe("the deadline watch", () => {
  test("strikes each call once, by the deadline that it waits for", async () => {
    const watch = new DeadlineWatch();
    const struck: string[] = [];
    const strike = { onMissed: (fault: Fault) => void struck.push(`${fault.code}: ${fault.message}`) };
    watch.start(deadlines, "first:1", strike);
    watch.start(deadlines, "connecting:1", strike).awaitConnection();
    const idle = watch.start(deadlines, "idle:1", strike);
    idle.arrived();
    idle.awaitChunk();
    watch.start(deadlines, "total:1", strike).arrived();
    watch.start(deadlines, "finished:1", strike).finish();
    await new Promise((resolve) => setTimeout(resolve, 700));
    assert.deepEqual(struck.toSorted(), [
      "upstream_timeout: first:1 did not begin its answer within 120 ms.",
      "upstream_timeout: idle:1 fell silent for 60 ms in the middle of its answer.",
      "upstream_timeout: total:1 did not finish its answer within 400 ms.",
      "upstream_unreachable: No connection to connecting:1 within 60 ms.",
    ]);
  });

  test("does not take the process's own pause for the upstream's silence", async () => {
    const watch = new DeadlineWatch();
    let struck = false;
    const deadline = watch.start({ ...deadlines, firstEventMs: 1_000, totalMs: 10_000 }, "a:1", {
      onMissed() {
        struck = true;
      },
    });
    const until = performance.now() + 1_500;
    while (performance.now() < until);
    await new Promise((resolve) => setTimeout(resolve, 60));
    assert.equal(struck, false);
    deadline.finish();
  });

  test("keeps its list whole while thousands come and go in any order", () => {
    const watch = new DeadlineWatch();
    const open = Array.from({ length: 2_000 }, () => watch.start(deadlines, "a:1", { onMissed: () => undefined }));
    for (let index = 0; index < open.length; index += 3) open[index]?.finish();
    for (const deadline of open) deadline.finish();
    for (const deadline of open) deadline.finish();
    let struck = 0;
    watch.start(deadlines, "a:1", { onMissed: () => (struck += 1) }).finish();
    assert.equal(struck, 0);
  });
});
