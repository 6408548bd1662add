import { describe, expect, test } from "bun:test";
import { type AnswerEvent, Fault, type ModelRequest, usageOf } from "../../exchange/index.ts";
import { sseEvents } from "../framing/sse.ts";
import { openaiChat } from "./index.ts";

const place = { block: 0, choice: 0 } as const;
const start: AnswerEvent = { type: "answer-start", id: "msg_1", model: "m" };
const end: AnswerEvent[] = [
  { type: "choice-finish", choice: 0, finish: { reason: "stop" } },
  { type: "usage-report", usage: usageOf({ inputUncached: 1, output: 2 }) },
  { type: "answer-end" },
];

function write(events: readonly AnswerEvent[], request: Partial<ModelRequest> = {}) {
  const full: ModelRequest = { dialect: "openai-chat", model: "m", items: [], stream: true, ...request };
  const writer = openaiChat.writeStream({ request: full, requestId: "req_abc", createdAt: 5 });
  const text = events.map((event) => writer.write([event])).join("");
  return sseEvents(new TextEncoder().encode(text)).map((event) => (event.data === "[DONE]" ? "[DONE]" : JSON.parse(event.data)));
}

const deltas = (chunks: readonly { choices?: { delta: unknown }[] }[]) =>
  chunks.flatMap((chunk) => chunk.choices?.map((choice) => choice.delta) ?? []);

describe("a written stream", () => {
  test("begins with the role, ends with finish and [DONE], and has ids that follow from the request", () => {
    const chunks = write([
      start,
      { type: "text-start", ...place },
      { type: "text-delta", ...place, text: "a" },
      { type: "text-end", ...place },
      ...end,
    ]);
    expect(chunks).toEqual([
      { ...head, choices: [choice({ role: "assistant", content: "", refusal: null })] },
      { ...head, choices: [choice({ content: "a" })] },
      { ...head, choices: [{ ...choice({}), finish_reason: "stop" }] },
      "[DONE]",
    ]);
  });

  test("has a usage chunk where the caller asked for it, and null usage before", () => {
    const chunks = write([start, ...end], { includeUsage: true });
    expect(chunks[0].usage).toBeNull();
    expect(chunks.at(-2)).toMatchObject({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } });
    expect(chunks.at(-1)).toBe("[DONE]");
  });

  test("numbers calls, and never leaves a call without JSON", () => {
    const chunks = write([
      start,
      { type: "call-start", block: 0, choice: 0, callId: "a", name: "f" },
      { type: "call-end", block: 0, choice: 0 },
      { type: "call-start", block: 1, choice: 0, callId: "b", name: "g", custom: true },
      { type: "call-delta", block: 1, choice: 0, arguments: "x" },
      { type: "call-end", block: 1, choice: 0 },
    ]);
    expect(deltas(chunks).slice(1)).toEqual([
      { tool_calls: [{ index: 0, id: "a", type: "function", function: { name: "f", arguments: "" } }] },
      { tool_calls: [{ index: 0, function: { arguments: "{}" } }] },
      { tool_calls: [{ index: 1, id: "b", type: "custom", custom: { name: "g", input: "" } }] },
      { tool_calls: [{ index: 1, custom: { input: "x" } }] },
    ]);
  });

  test("shows reasoning as it comes and its seal when it is complete", () => {
    const chunks = write([
      start,
      { type: "reasoning-start", ...place, dialect: "anthropic-messages" },
      { type: "reasoning-delta", ...place, text: "h", form: "text", paragraph: 0 },
      { type: "reasoning-delta", ...place, text: "m", form: "text", paragraph: 0 },
      { type: "reasoning-end", ...place, sealed: { kind: "signature", value: "SIG" } },
    ]);
    expect(deltas(chunks).slice(1)).toEqual([
      { reasoning_content: "h" },
      { reasoning_content: "m" },
      { reasoning_details: [{ type: "reasoning.text", text: "hm", signature: "SIG", format: "sluice/anthropic-messages", index: 0 }] },
    ]);
  });

  test("opens every choice with its role, and writes faults in band without [DONE]", () => {
    const chunks = write([start, { type: "text-delta", block: 1, choice: 1, text: "b" }]);
    expect(chunks.map((chunk) => [chunk.choices[0].index, chunk.choices[0].delta.role])).toEqual([
      [0, "assistant"],
      [1, "assistant"],
      [1, undefined],
    ]);
    const writer = openaiChat.writeStream({
      request: { dialect: "openai-chat", model: "m", items: [], stream: true },
      requestId: "req_1",
      createdAt: 1,
    });
    const text = String(writer.fault(new Fault("upstream_incomplete")));
    expect(JSON.parse(text.slice(6))).toMatchObject({ error: { type: "server_error", code: "upstream_incomplete", param: null } });
    expect(text.endsWith("\n\n")).toBe(true);
    expect(text).not.toContain("[DONE]");
  });

  test("cites foreign sources by the text that they lean on", () => {
    const chunks = write([
      start,
      { type: "text-start", ...place },
      { type: "text-delta", ...place, text: "ab" },
      { type: "text-end", ...place },
      { type: "text-start", block: 1, choice: 0 },
      { type: "text-delta", block: 1, choice: 0, text: "cde" },
      {
        type: "text-annotation",
        block: 1,
        choice: 0,
        annotation: { dialect: "anthropic-messages", url: "https://x", title: "X", native: {} },
      },
    ]);
    const citation = { url: "https://x", title: "X", start_index: 2, end_index: 5 };
    expect(deltas(chunks).at(-1)).toEqual({ annotations: [{ type: "url_citation", url_citation: citation }] });
  });
});

const head = { id: "chatcmpl-abc", object: "chat.completion.chunk", created: 5, model: "m" };
const choice = (delta: object) => ({ index: 0, delta, logprobs: null, finish_reason: null });

describe("a fault", () => {
  test.each([
    ["credentials_unknown", 401, "invalid_request_error", "invalid_api_key"],
    ["model_unknown", 404, "invalid_request_error", "model_not_found"],
    ["rate_limited", 429, "rate_limit_error", "rate_limit_exceeded"],
    ["budget_exhausted", 429, "insufficient_quota", "insufficient_quota"],
    ["upstream_credentials", 502, "server_error", "upstream_credentials"],
    ["upstream_rejected", 400, "invalid_request_error", "upstream_rejected"],
  ] as const)("%s is written as OpenAI would", (code, status, type, name) => {
    const { status: written, body } = openaiChat.writeFault(new Fault(code), "req_1");
    expect(written).toBe(status);
    expect(body).toMatchObject({ error: { type, code: name, param: null } });
  });

  test.each([
    [
      "OpenAI",
      { error: { message: "m", type: "invalid_request_error", param: "p", code: "context_length_exceeded" } },
      400,
      "upstream_rejected",
      "context_length_exceeded",
    ],
    [
      "Azure",
      { error: { message: "m", code: "content_filter", innererror: { code: "ResponsibleAIPolicyViolation" } } },
      400,
      "upstream_filtered",
      "content_filter",
    ],
    ["Mistral", { object: "error", message: "m", type: "invalid_model", code: "1500" }, 400, "upstream_rejected", "1500"],
    [
      "OpenRouter",
      { error: { code: 403, message: "m", metadata: { reasons: ["x"], flagged_input: "y" } } },
      403,
      "upstream_filtered",
      "moderation",
    ],
    [
      "xAI",
      { code: "Client specified an invalid argument", error: "Incorrect API key provided" },
      400,
      "upstream_credentials",
      "Client specified an invalid argument",
    ],
    ["FastAPI", { detail: [{ loc: ["body", "x"], msg: "wrong" }] }, 422, "upstream_rejected", undefined],
    ["a proxy", "<html>", 502, "upstream_failed", undefined],
  ])("of %s is read", (_name, body, status, code, nativeCode) => {
    const bytes = new TextEncoder().encode(typeof body === "string" ? body : JSON.stringify(body));
    const fault = openaiChat.readFault({ status, header: () => undefined, body: bytes });
    expect(fault.code).toBe(code as typeof fault.code);
    expect(fault.nativeCode).toBe(nativeCode);
  });
});
