import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { onlyProvider } from "./ask-gateway.ts";
import { type Bench, openBench } from "./bench.ts";
import { simpleRequest } from "./canned.ts";
import type { ConversationDialect } from "./exchange.ts";
import { framesOf } from "./readers/frames.ts";
import { runOwnDialect, sources, summary } from "./suites.ts";
import { Tally } from "./tally.ts";

const minuteMs = 60_000;

describe("an answer in the caller's own dialect", () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench();
  });
  afterAll(() => bench.close());

  const begun = { candidates: [{ content: { parts: [{ text: "OK" }], role: "model" }, index: 0 }], modelVersion: "m" };
  const failedModel = { candidates: [{ content: {}, finishReason: "MALFORMED_FUNCTION_CALL", index: 0 }], modelVersion: "m" };
  const failedResponse = { id: "resp_a", object: "response", model: "m", output: [], error: { code: "server_error", message: "No." } };
  const chunk = { id: "c", object: "chat.completion.chunk", created: 1, model: "m" };
  const failures: readonly (readonly [ConversationDialect, readonly object[]])[] = [
    [
      "openai-chat",
      [
        { ...chunk, choices: [{ index: 0, delta: { role: "assistant", content: "OK" }, finish_reason: null }] },
        { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: "error" }] },
        { ...chunk, choices: [], usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 } },
      ],
    ],
    [
      "openai-responses",
      [
        { type: "response.created", sequence_number: 0, response: { ...failedResponse, error: null, status: "in_progress" } },
        { type: "response.output_item.added", sequence_number: 1, output_index: 0, item: { type: "message", id: "msg_a", content: [] } },
        { type: "response.output_text.delta", sequence_number: 2, output_index: 0, content_index: 0, item_id: "msg_a", delta: "OK" },
        { type: "response.failed", sequence_number: 3, response: { ...failedResponse, status: "failed" } },
      ],
    ],
    ["gemini-generate", [begun, failedModel]],
    [
      "gemini-interactions",
      [
        { event_type: "interaction.created", interaction: { id: "v1_a", status: "in_progress", model: "m" } },
        { event_type: "step.start", index: 0, step: { type: "model_output" } },
        { event_type: "step.delta", index: 0, delta: { type: "text", text: "OK" } },
        { event_type: "step.stop", index: 0 },
        { event_type: "interaction.completed", interaction: { id: "v1_a", status: "failed", model: "m" } },
      ],
    ],
    [
      "cohere-chat",
      [
        { type: "message-start", id: "a", delta: { message: { role: "assistant" } } },
        { type: "content-start", index: 0, delta: { message: { content: { type: "text", text: "OK" } } } },
        { type: "content-end", index: 0 },
        { type: "message-end", delta: { finish_reason: "ERROR" } },
      ],
    ],
  ];

  test.each(failures)(
    "that its provider ended with a failure of the model ends as it did, and is no success: %s",
    async (caller, events) => {
      const text = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");
      const answer = { status: 200, headers: { "content-type": "text/event-stream" }, body: new TextEncoder().encode(text) };
      const body = simpleRequest(caller, "recorded-model", true);
      const reply = await bench.ask({ caller, provider: onlyProvider(caller), body, stream: true }, { dialect: caller, answer });
      const got = framesOf(caller, reply.bytes).map(({ json }) => json);
      expect([got, reply.brokeOff, reply.records.map(({ outcome }) => outcome)]).toEqual([
        [...events],
        false,
        [expect.not.stringMatching("success")],
      ]);
    },
  );

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
