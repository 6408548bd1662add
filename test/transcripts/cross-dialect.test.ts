import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Bench, openBench } from "./bench.ts";
import { runAnswersAcross, runRequestsAcross, sources, summary } from "./suites.ts";
import { Tally } from "./tally.ts";

const minuteMs = 60_000;

describe("between dialects", () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench();
  });
  afterAll(() => bench.close());

  for (const source of sources()) {
    test(
      `an answer keeps its text, calls, ending and usage: ${source.name}`,
      async () => {
        const tally = new Tally();
        await runAnswersAcross(bench, source, tally);
        console.log(summary(source, tally));
        expect(tally.entries.length).toBeGreaterThan(0);
        expect(tally.failures()).toEqual([]);
      },
      minuteMs,
    );

    test(
      `nothing of a request is dropped silently: ${source.name}`,
      async () => {
        const tally = new Tally();
        await runRequestsAcross(bench, source, tally);
        console.log(summary(source, tally));
        expect(tally.entries.length).toBeGreaterThan(0);
        expect(tally.failures()).toEqual([]);
      },
      minuteMs,
    );
  }
});
