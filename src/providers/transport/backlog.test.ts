import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Backlog } from "./backlog.ts";

const megabyte = 1024 * 1024;

describe("calls that are held back", () => {
  test("are worth a collection when they are many and many bytes went by, and then not again at once", () => {
    let collected = 0;
    const backlog = new Backlog(() => {
      collected += 1;
    });
    backlog.passed(1000 * megabyte);
    for (let calls = 1; calls < 64; calls += 1) backlog.enter();
    assert.equal(collected, 0);
    backlog.enter();
    assert.equal(collected, 1);
    for (let calls = 0; calls < 64; calls += 1) backlog.enter();
    assert.equal(collected, 1);
  });

  test("are not worth one while few bytes go by, or once they go on", () => {
    let collected = 0;
    const backlog = new Backlog(() => {
      collected += 1;
    });
    for (let calls = 0; calls < 1000; calls += 1) backlog.enter();
    backlog.passed(megabyte);
    backlog.enter();
    assert.equal(collected, 0);
    for (let calls = 0; calls < 1001; calls += 1) backlog.leave();
    backlog.passed(1000 * megabyte);
    backlog.enter();
    assert.equal(collected, 0);
  });

  test("leave nothing to do where the runtime collects by itself", () => {
    const backlog = new Backlog(undefined);
    backlog.passed(1000 * megabyte);
    for (let calls = 0; calls < 1000; calls += 1) backlog.enter();
  });
});
