import { expect, test } from "bun:test";
import { JsonBody, usageOf } from "../../exchange/index.ts";
import { outputBound } from "../output-bound.ts";
import { openaiCompact } from "./compact.ts";

const scan = (body: unknown) => JsonBody.scan(new TextEncoder().encode(JSON.stringify(body)));

test("a compaction is metered by its usage, and ends without a reason of its own", () => {
  const usage = {
    input_tokens: 9,
    input_tokens_details: { cached_tokens: 4 },
    output_tokens: 3,
    output_tokens_details: { reasoning_tokens: 1 },
  };
  const answer = { id: "r", object: "response.compaction", output: [{ type: "compaction", encrypted_content: "x" }], usage };
  expect(openaiCompact.skimAnswer(answer)).toEqual([
    { type: "usage-report", usage: usageOf({ inputUncached: 5, cacheRead: 4, output: 3, reasoning: 1 }) },
    { type: "answer-end" },
  ]);
});

test("nobody else's conversation is compacted, and how long the answer gets nobody says", () => {
  const body = { model: "m", input: [{ role: "user", content: "Hi" }] };
  expect(() => openaiCompact.checkRequest(scan(body))).not.toThrow();
  expect(() => openaiCompact.checkRequest(scan({ ...body, previous_response_id: "resp_1" }))).toThrow("previous_response_id");
  expect(() => openaiCompact.checkRequest(scan({ ...body, input: [{ type: "item_reference", id: "msg_1" }] }))).toThrow("reference");
  expect(outputBound("openai-compact", scan({ ...body, max_output_tokens: 1 }))).toEqual({ tokens: undefined, answers: 1 });
});
