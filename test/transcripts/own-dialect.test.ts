import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Bench, openBench } from "./bench.ts";
import { runOwnDialect, sources, summary } from "./suites.ts";
import { Tally } from "./tally.ts";

const minuteMs = 60_000;

describe("an answer in the caller's own dialect", () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench();
  });
  afterAll(() => bench.close());

  for (const source of sources()) {
    test(
      `passes with nothing lost: ${source.name}`,
      async () => {
        const tally = new Tally();
        await runOwnDialect(bench, source, tally);
        console.log(summary(source, tally));
        expect(tally.entries.length).toBeGreaterThan(0);
        expect(tally.failures()).toEqual([]);
      },
      minuteMs,
    );
  }
});
