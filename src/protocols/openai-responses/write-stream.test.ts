import { describe, expect, test } from "bun:test";
import { type AnswerEvent, Fault, type Item, JsonBody, type ModelRequest, usageOf } from "../../exchange/index.ts";
import { sseEvents } from "../framing/sse.ts";
import { openaiResponses } from "./index.ts";
import { isWire, listOf, type Wire, wireOf } from "./wire.ts";

const encoder = new TextEncoder();

const user: Item = { type: "message", role: "user", parts: [{ type: "text", text: "Hi" }] };

function bodyOf(wire: Wire): JsonBody {
  return JsonBody.scan(encoder.encode(JSON.stringify(wire)));
}

function read(wire: Wire): ModelRequest {
  return openaiResponses.readRequest(bodyOf({ model: "m", ...wire }), { header: () => undefined });
}

function streamOf(events: readonly AnswerEvent[], request: Partial<ModelRequest> = {}): Wire[] {
  const context = {
    request: { dialect: "openai-responses" as const, model: "alias", items: [user], stream: true, ...request },
    requestId: "req_1",
    createdAt: 7,
  };
  const writer = openaiResponses.writeStream(context);
  return framesOf(events.map((event) => writer.write([event])).join(""));
}

function framesOf(text: string): Wire[] {
  return sseEvents(encoder.encode(text)).map((event) => {
    const data = JSON.parse(event.data) as Wire;
    expect(data.type).toBe(event.event);
    return data;
  });
}

describe("writeStream", () => {
  test("emits the whole contract for a text", () => {
    const frames = streamOf([
      { type: "answer-start", id: "x", model: "m1", created: 9 },
      { type: "text-start", block: 0, choice: 0 },
      { type: "text-delta", block: 0, choice: 0, text: "Hel" },
      { type: "text-delta", block: 0, choice: 0, text: "lo" },
      { type: "text-end", block: 0, choice: 0 },
      { type: "choice-finish", choice: 0, finish: { reason: "stop" } },
      { type: "usage-report", usage: usageOf({ inputUncached: 2, cacheRead: 3, output: 4, reasoning: 1 }) },
      { type: "answer-end" },
    ]);
    expect(frames.map((frame) => frame.type)).toEqual([
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.content_part.added",
      "response.output_text.delta",
      "response.output_text.delta",
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.completed",
    ]);
    expect(wireOf(frames[0]?.response)).toMatchObject({ status: "in_progress", output: [], usage: null });
    expect(wireOf(frames[2]?.item)).toMatchObject({ status: "in_progress", content: [] });
    const content = [{ type: "output_text", annotations: [], logprobs: [], text: "Hello" }];
    const end = wireOf(frames.at(-1)?.response);
    expect(end).toMatchObject({
      id: "resp_1",
      object: "response",
      created_at: 9,
      status: "completed",
      model: "m1",
      output: [{ id: "msg_1_0", type: "message", status: "completed", role: "assistant", content }],
      usage: { input_tokens: 5, input_tokens_details: { cached_tokens: 3 }, output_tokens: 4, total_tokens: 9 },
      tools: [],
      tool_choice: "auto",
      parallel_tool_calls: true,
      incomplete_details: null,
      error: null,
    });
  });

  test("keeps interleaved calls apart and gives an empty call the empty object", () => {
    const frames = streamOf([
      { type: "answer-start", id: "x", model: "m1" },
      { type: "text-start", block: 0, choice: 0 },
      { type: "text-delta", block: 0, choice: 0, text: "Calling" },
      { type: "call-start", block: 1, choice: 0, callId: "a", name: "f" },
      { type: "call-delta", block: 1, choice: 0, arguments: '{"x":' },
      { type: "call-start", block: 2, choice: 0, callId: "b", name: "g" },
      { type: "call-delta", block: 1, choice: 0, arguments: "1}" },
      { type: "text-end", block: 0, choice: 0 },
      { type: "call-end", block: 1, choice: 0 },
      { type: "call-end", block: 2, choice: 0 },
      { type: "choice-finish", choice: 0, finish: { reason: "call" } },
      { type: "answer-end" },
    ]);
    const output = listOf(wireOf(frames.at(-1)?.response).output).filter(isWire);
    expect(output.map((item) => [item.id, item.status, item.arguments])).toEqual([
      ["msg_1_0", "completed", undefined],
      ["fc_1_1", "completed", '{"x":1}'],
      ["fc_1_2", "completed", "{}"],
    ]);
    expect(frames.filter((frame) => frame.type === "response.output_item.done").map((frame) => frame.output_index)).toEqual([0, 1, 2]);
  });

  test("joins text that follows text into one message", () => {
    const text = (block: number): AnswerEvent[] => [
      { type: "text-start", block, choice: 0 },
      { type: "text-delta", block, choice: 0, text: `part ${block}` },
      { type: "text-end", block, choice: 0 },
    ];
    const frames = streamOf([
      ...text(0),
      ...text(1),
      { type: "choice-finish", choice: 0, finish: { reason: "stop" } },
      { type: "answer-end" },
    ]);
    const output = listOf(wireOf(frames.at(-1)?.response).output).filter(isWire);
    expect(output).toHaveLength(1);
    expect(output.flatMap((item) => listOf(item.content)).map((part) => wireOf(part).text)).toEqual(["part 0", "part 1"]);
  });

  test.each([
    ["length" as const, "max_output_tokens"],
    ["filtered" as const, "content_filter"],
    ["refusal" as const, "content_filter"],
  ])("says incomplete for %s, on the item that was cut too", (reason, native) => {
    const frames = streamOf([
      { type: "text-start", block: 0, choice: 0 },
      { type: "text-delta", block: 0, choice: 0, text: "Hel" },
      { type: "text-end", block: 0, choice: 0 },
      { type: "choice-finish", choice: 0, finish: { reason } },
      { type: "answer-end" },
    ]);
    expect(frames.at(-1)?.type).toBe("response.incomplete");
    const end = wireOf(frames.at(-1)?.response);
    expect(end.incomplete_details).toEqual({ reason: native });
    expect(listOf(end.output)[0]).toMatchObject({ status: "incomplete" });
  });

  test("ends with response.failed, and says nothing after it", () => {
    const request = { dialect: "openai-responses" as const, model: "m", items: [], stream: true };
    const writer = openaiResponses.writeStream({ request, requestId: "req_1", createdAt: 7 });
    const start: AnswerEvent[] = [
      { type: "text-start", block: 0, choice: 0 },
      { type: "text-delta", block: 0, choice: 0, text: "Hel" },
    ];
    const frames = framesOf(
      [writer.write(start), writer.fault(new Fault("upstream_incomplete")), writer.write([{ type: "answer-end" }])].join(""),
    );
    expect(frames.at(-1)?.type).toBe("response.failed");
    const end = wireOf(frames.at(-1)?.response);
    expect(end).toMatchObject({ status: "failed", error: { code: "upstream_incomplete" } });
    expect(listOf(end.output)[0]).toMatchObject({ status: "incomplete" });
    expect(frames.some((frame) => frame.type === "response.completed")).toBe(false);
  });

  test("repeats what the caller asked for", () => {
    const request = read({
      input: "Hi",
      instructions: "Be brief.",
      tools: [{ type: "function", name: "f", parameters: {} }],
      tool_choice: "required",
      temperature: 0.2,
      metadata: { a: "b" },
      text: { verbosity: "low" },
      truncation: "auto",
    });
    const end = wireOf(streamOf([{ type: "answer-end" }], request).at(-1)?.response);
    expect(end).toMatchObject({
      instructions: "Be brief.",
      tools: [{ type: "function", name: "f", parameters: {} }],
      tool_choice: "required",
      temperature: 0.2,
      metadata: { a: "b" },
      text: { format: { type: "text" }, verbosity: "low" },
      truncation: "auto",
    });
  });
});
