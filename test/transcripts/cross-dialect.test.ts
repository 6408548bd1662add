import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { onlyProvider } from "./ask-gateway.ts";
import { type Bench, openBench } from "./bench.ts";
import { cannedAnswer, simpleRequest } from "./canned.ts";
import { conversationDialects } from "./exchange.ts";
import { framesOf } from "./readers/frames.ts";
import { tell } from "./readers/tell.ts";
import { streamFlaw } from "./readers/well-formed.ts";
import { runAnswersAcross, runRequestsAcross, sources, summary } from "./suites.ts";
import { Tally } from "./tally.ts";

const longestMs = 180_000;

describe("between dialects", () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench();
  });
  afterAll(() => bench.close());

  test("a last frame without its blank line ends the answer once", async () => {
    const answer = cannedAnswer("openai-chat", true);
    for (const caller of conversationDialects) {
      if (caller === "openai-chat") continue;
      const body = simpleRequest(caller, "recorded-model", true);
      const question = { caller, provider: onlyProvider("openai-chat"), body, stream: true };
      const reply = await bench.ask(question, { dialect: "openai-chat", answer: { ...answer, body: answer.body.subarray(0, -2) } });
      const frames = framesOf(caller, reply.bytes);
      expect([caller, tell(caller, "stream", reply.bytes).text, streamFlaw(caller, frames)]).toEqual([caller, "OK", undefined]);
    }
  });

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
      longestMs,
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
      longestMs,
    );
  }
});
