import { describe, expect, test } from "bun:test";
import { type AnswerEvent, Fault, type ModelRequest, type Piece, usageOf } from "../../exchange/index.ts";
import { collect } from "../conversation/collect.ts";
import { FrameCutter, sseEvents } from "../framing/sse.ts";
import { cohereChat } from "./index.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const frame = (type: string, fields: object = {}) => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
const told = (type: string, index: number, message: object) => frame(type, { index, delta: { message } });
const id = "321d178c-2c12-44d3-ae42-2f5510f6b1cc";
const start = frame("message-start", { id, delta: { message: { role: "assistant", content: [] } } });
const usage = { billed_units: { input_tokens: 3, output_tokens: 5 }, tokens: { input_tokens: 500, output_tokens: 9 }, cached_tokens: 400 };
const end = (finish = "COMPLETE", more: object = {}) => frame("message-end", { delta: { finish_reason: finish, usage, ...more } });
const done = "data: [DONE]\n\n";
const text = (words: string, index = 0) => told("content-delta", index, { content: { text: words } });
const textStart = (index = 0) => told("content-start", index, { content: { type: "text", text: "" } });
const citation = (from: number, to: number, more: object = {}) => ({
  ...{ start: from, end: to, text: "words" },
  sources: [{ type: "document", id: "doc:0", document: { id: "doc:0", title: "T", url: "https://x" } }],
  ...{ type: "TEXT_CONTENT", ...more },
});
const meterEvents = new Set(["usage-report", "choice-finish", "answer-end", "answer-error"]);

function readAll(frames: readonly string[], depth: "skim" | "full" = "full") {
  const reader = cohereChat.readStream({ depth, stripUsage: false });
  const pieces: Piece[] = frames.map((one) => reader.read(encoder.encode(one)));
  const raw = decoder.decode(Buffer.concat(pieces.map((piece) => piece.raw ?? new Uint8Array())));
  return { pieces, events: pieces.flatMap((piece) => piece.events), raw, ended: reader.ended() };
}

const faultOf = (events: readonly AnswerEvent[]) => events.flatMap((event) => (event.type === "answer-error" ? [event] : [])).at(-1);

/** Thoughts, a plan, two calls with arguments in pieces, one of them without any. */
const agentic = [
  start,
  told("content-start", 0, { content: { type: "thinking", thinking: "" } }),
  told("content-delta", 0, { content: { thinking: "Hm, " } }),
  told("content-delta", 0, { content: { thinking: "well." } }),
  frame("content-end", { index: 0 }),
  frame("tool-plan-delta", { delta: { message: { tool_plan: "I " } } }),
  frame("tool-plan-delta", { delta: { message: { tool_plan: "look." } } }),
  told("tool-call-start", 0, { tool_calls: { id: "a", type: "function", function: { name: "f", arguments: "" } } }),
  told("tool-call-delta", 0, { tool_calls: { function: { arguments: '{"x"' } } }),
  told("tool-call-delta", 0, { tool_calls: { function: { arguments: ":1}" } } }),
  frame("tool-call-end", { index: 0 }),
  told("tool-call-start", 1, { tool_calls: { id: "b", type: "function", function: { name: "g", arguments: "" } } }),
  told("tool-call-delta", 1, { tool_calls: { function: { arguments: "nu" } } }),
  told("tool-call-delta", 1, { tool_calls: { function: { arguments: "ll" } } }),
  frame("tool-call-end", { index: 1 }),
  end("TOOL_CALL"),
  done,
];
const agenticWhole = {
  id,
  message: {
    role: "assistant",
    tool_plan: "I look.",
    content: [{ type: "thinking", thinking: "Hm, well." }],
    tool_calls: [
      { id: "a", type: "function", function: { name: "f", arguments: '{"x":1}' } },
      { id: "b", type: "function", function: { name: "g", arguments: "null" } },
    ],
  },
  ...{ finish_reason: "TOOL_CALL", usage },
};

/** Thoughts, text and citations, of the text and of the thoughts. */
const cited = [
  start,
  told("content-start", 0, { content: { type: "thinking", thinking: "" } }),
  told("content-delta", 0, { content: { thinking: "Hm." } }),
  told("citation-start", 0, { citations: citation(0, 2, { type: "THINKING_CONTENT" }) }),
  frame("citation-end", { index: 0 }),
  frame("content-end", { index: 0 }),
  textStart(1),
  text("These ", 1),
  text("words.", 1),
  frame("content-end", { index: 1 }),
  told("citation-start", 1, { citations: citation(6, 11, { content_index: 1 }) }),
  frame("citation-end", { index: 1 }),
  end(),
];
const citedWhole = {
  id,
  message: {
    role: "assistant",
    content: [
      { type: "thinking", thinking: "Hm." },
      { type: "text", text: "These words." },
    ],
    citations: [citation(0, 2, { type: "THINKING_CONTENT" }), citation(6, 11, { content_index: 1 })],
  },
  ...{ finish_reason: "COMPLETE", usage },
};

describe("a stream of Cohere", () => {
  test.each([
    ["calls", agentic, agenticWhole],
    ["citations", cited, citedWhole],
  ])("with %s reads to the same answer as its joined form", (_name, frames, whole) => {
    expect(collect(readAll(frames).events)).toEqual(cohereChat.readAnswer(whole));
  });

  test("has the plan as a message of its own, in Responses' word for it, and citations at their text", () => {
    expect(collect(readAll(agentic).events).choices[0]?.items).toMatchObject([
      { type: "reasoning", dialect: "cohere-chat", text: "Hm, well." },
      { type: "message", phase: "commentary", parts: [{ text: "I look." }] },
      { type: "call", callId: "a", name: "f", arguments: '{"x":1}' },
      { type: "call", callId: "b", name: "g", arguments: "" },
    ]);
    const [, message] = collect(readAll(cited).events).choices[0]?.items ?? [];
    expect(message).toMatchObject({ parts: [{ annotations: [{ start: 0 }, { start: 6, end: 11, url: "https://x", title: "T" }] }] });
    const late = readAll([start, told("citation-start", 0, { citations: citation(0, 1) }), end()]);
    expect(collect(late.events).choices[0]?.items).toMatchObject([{ type: "opaque", label: "citations", native: [citation(0, 1)] }]);
  });

  test("reads the same however it is grouped and sliced, at both depths", () => {
    for (const frames of [agentic, cited]) {
      const whole = frames.join("");
      const full = readAll(frames);
      const skim = readAll(frames, "skim");
      expect(skim.events).toEqual(full.events.filter((event) => meterEvents.has(event.type)));
      for (const depth of ["full", "skim"] as const) {
        const expected = depth === "full" ? full : skim;
        for (let size = 1; size < whole.length; size += 37) {
          const cutter = new FrameCutter();
          const runs: string[] = [];
          for (let at = 0; at < whole.length; at += size) {
            const run = cutter.push(encoder.encode(whole.slice(at, at + size)));
            if (run.length > 0) runs.push(decoder.decode(run));
          }
          const got = readAll(runs, depth);
          expect([got.events, got.raw, got.ended]).toEqual([expected.events, whole, true]);
        }
      }
    }
  });

  test.each([
    ["words", text("a")],
    ["a thought", told("content-delta", 0, { content: { thinking: "a" } })],
    ["a plan", frame("tool-plan-delta", { delta: { message: { tool_plan: "a" } } })],
    ["a call", told("tool-call-start", 0, { tool_calls: { id: "a", function: { name: "f" } } })],
  ])("becomes visible with %s and not before", (_name, shown) => {
    for (const depth of ["skim", "full"] as const) {
      expect(readAll([start, textStart(), text(""), shown, text("")], depth).pieces.map((piece) => piece.visible)).toEqual([
        ...[false, false, false, true, true],
      ]);
    }
  });

  test("ends with `message-end` alone; behind it only the stream's own mark passes", () => {
    for (const depth of ["skim", "full"] as const) {
      expect(readAll([start, text("a"), done], depth).ended).toBe(false);
      for (const frames of [
        [start, text("a"), end(), done + text("b"), text("c")],
        [start + text("a") + end() + done + text("b") + text("c")],
      ]) {
        const { pieces, raw, ended, events } = readAll(frames, depth);
        expect([pieces.filter((piece) => piece.last).length, raw, ended]).toEqual([1, start + text("a") + end() + done, true]);
        expect(events.at(-1)).toEqual({ type: "answer-end" });
      }
    }
  });

  test.each([
    ["ERROR", { error: "boom in org-1" }, "upstream_failed"],
    ["TIMEOUT", {}, "upstream_timeout"],
    ["COMPLETE", { error: "boom in org-1" }, "upstream_failed"],
  ])("that ends with %s %o is not whole", (finish, more, code) => {
    for (const depth of ["skim", "full"] as const) {
      const { events, raw, ended } = readAll([start, text("a"), end(finish, more), done], depth);
      expect([faultOf(events)?.fault.code, faultOf(events)?.told, ended]).toEqual([code as "upstream_failed", "ending", false]);
      expect(faultOf(events)?.fault.message).not.toContain("org-1");
      expect(raw).toBe(start + text("a") + end(finish, more) + done);
      expect(events.some((event) => event.type === "usage-report")).toBe(true);
    }
    expect(() => cohereChat.readAnswer({ ...citedWhole, finish_reason: finish, ...more })).toThrow(expect.objectContaining({ code }));
    expect(cohereChat.skimAnswer({ ...citedWhole, finish_reason: finish, ...more }).at(-1)).toMatchObject({ type: "answer-error" });
  });

  test("with an error frame is not whole, and one that cannot be read loses nothing before it", () => {
    for (const depth of ["skim", "full"] as const) {
      for (const error of [
        'event: error\ndata: {"message":"internal server error"}\n\n',
        'data: {"id":"x","message":"internal server error"}\n\n',
      ]) {
        const { events, raw, ended } = readAll([start, text("a"), error, end()], depth);
        expect([faultOf(events)?.fault.code, faultOf(events)?.told, raw, ended]).toEqual([
          ...["upstream_failed", true, start + text("a") + error, false],
        ]);
      }
      expect(() => readAll(["data: {oops\n\n"], depth)).toThrow(expect.objectContaining({ code: "upstream_malformed" }));
      const { events, raw, ended } = readAll([start + text("a"), `${text("b")}data: {oops\n\n${end()}`], depth);
      expect([faultOf(events)?.fault.code, faultOf(events)?.told, raw, ended]).toEqual([
        ...["upstream_malformed", undefined, start + text("a") + text("b"), false],
      ]);
    }
  });

  test.each([
    ["COMPLETE", "stop"],
    ["STOP_SEQUENCE", "stop-sequence"],
    ["MAX_TOKENS", "length"],
    ["TOOL_CALL", "call"],
    ["ERROR_LIMIT", "context-full"],
    ["ERROR_TOXIC", "filtered"],
  ])("says %s for %s", (native, reason) => {
    const { events } = readAll([start, text("a"), end(native)]);
    expect(events.find((event) => event.type === "choice-finish")).toEqual({
      ...{ type: "choice-finish", choice: 0, finish: { reason: reason as "stop", native } },
    });
  });
});

describe("usage of Cohere", () => {
  const read = (block: object) => cohereChat.readAnswer({ ...citedWhole, usage: block }).usage;

  test("is what was billed; tokens and their cached ones count where nothing is billed", () => {
    expect(read(usage)).toMatchObject({ inputUncached: 3, cacheRead: 0, output: 5, extra: { fields: usage } });
    expect(read({ tokens: usage.tokens, cached_tokens: 400 })).toMatchObject({ inputUncached: 100, cacheRead: 400, output: 9 });
    expect(read({ tokens: { input_tokens: 3, output_tokens: -1 }, cached_tokens: 400 })).toMatchObject({
      inputUncached: 0,
      cacheRead: 3,
      output: 0,
    });
    expect(read({})).toBeUndefined();
  });

  test("of others is written as tokens that are all billed", () => {
    const answer = { id: "", model: "m", choices: [], usage: usageOf({ inputUncached: 1, cacheRead: 2, cacheWrite5m: 4, output: 8 }) };
    const counts = { input_tokens: 7, output_tokens: 8 };
    expect(cohereChat.writeAnswer(answer, writing)).toMatchObject({ usage: { billed_units: counts, tokens: counts, cached_tokens: 2 } });
  });
});

const request: ModelRequest = { dialect: "cohere-chat", model: "asked", items: [], stream: true };
const writing = { request, requestId: "req_1", createdAt: 1 };

describe("a stream for clients of Cohere", () => {
  const place = { block: 0, choice: 0 } as const;
  const write = (events: readonly AnswerEvent[]) => {
    const writer = cohereChat.writeStream(writing);
    return events.map((event) => String(writer.write([event]))).join("");
  };

  test("says foreign thoughts, citations and calls in its own frames, the same as the whole answer", () => {
    const events: AnswerEvent[] = [
      { type: "answer-start", id: "msg_1", model: "claude" },
      { type: "reasoning-start", ...place, dialect: "anthropic-messages" },
      { type: "reasoning-delta", ...place, text: "one", form: "summary", paragraph: 0 },
      { type: "reasoning-delta", ...place, text: "two", form: "summary", paragraph: 1 },
      { type: "reasoning-end", ...place, sealed: { kind: "signature", value: "SIG" } },
      { type: "text-start", block: 1, choice: 0 },
      {
        type: "text-delta",
        block: 1,
        choice: 0,
        text: "a fact",
        logprobs: [
          { token: "a", logprob: -1 },
          { token: " fact", logprob: -2 },
        ],
      },
      {
        type: "text-annotation",
        block: 1,
        choice: 0,
        annotation: { dialect: "openai-chat", url: "https://x", title: "X", start: 2, end: 6, native: {} },
      },
      { type: "text-end", block: 1, choice: 0 },
      { type: "call-start", block: 2, choice: 0, callId: "toolu_1", name: "f" },
      { type: "call-end", block: 2, choice: 0 },
      { type: "choice-finish", choice: 0, finish: { reason: "call" } },
      { type: "usage-report", usage: usageOf({ inputUncached: 1, output: 2 }) },
      { type: "answer-end" },
    ];
    const body = write(events);
    const types = sseEvents(encoder.encode(body)).map(({ event }) => event);
    expect(types).toEqual([
      ...["message-start", "content-start", "content-delta", "content-delta", "content-end", "content-start", "content-delta"],
      ...["citation-start", "citation-end", "content-end", "tool-call-start", "tool-call-delta", "tool-call-end", "message-end", ""],
    ]);
    const counts = { input_tokens: 1, output_tokens: 2 };
    const whole = {
      id: "req_1",
      message: {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "one\n\ntwo" },
          { type: "text", text: "a fact" },
        ],
        tool_calls: [{ id: "toolu_1", type: "function", function: { name: "f", arguments: "{}" } }],
        citations: [
          {
            ...{ start: 2, end: 6, text: "fact", content_index: 1, type: "TEXT_CONTENT" },
            sources: [{ type: "document", id: "https://x", document: { id: "https://x", url: "https://x", title: "X" } }],
          },
        ],
      },
      finish_reason: "TOOL_CALL",
      usage: { billed_units: counts, tokens: counts, cached_tokens: 0 },
      logprobs: [
        { text: "a", token_ids: [], logprobs: [-1] },
        { text: " fact", token_ids: [], logprobs: [-2] },
      ],
    };
    expect(cohereChat.writeAnswer(collect(events), writing)).toEqual(whole);
    const { logprobs: _logprobs, ...plain } = whole;
    const merged = { logprobs: [{ text: "a fact", token_ids: [], logprobs: [-1, -2] }] };
    expect(collect(readAll([body]).events)).toEqual(cohereChat.readAnswer({ ...plain, ...merged }));
  });

  test("is written back as it was read", () => {
    for (const frames of [agentic, cited]) {
      const { events } = readAll(frames);
      const spelledOut = JSON.stringify(collect(events)).replaceAll('"arguments":""', '"arguments":"{}"');
      expect(collect(readAll([write(events)]).events)).toEqual(JSON.parse(spelledOut));
    }
  });

  test("tells a fault as a failed end, without the stream's mark", () => {
    const body = String(cohereChat.writeStream(writing).fault(new Fault("upstream_incomplete")));
    expect(body).not.toContain("[DONE]");
    expect(readAll([start, text("a"), body])).toMatchObject({ ended: false });
    expect(JSON.parse(sseEvents(encoder.encode(body))[0]!.data)).toMatchObject({ type: "message-end", delta: { finish_reason: "ERROR" } });
  });
});

describe("a refusal of Cohere", () => {
  test.each([
    [400, "invalid request: message must be at least 1 token long", "upstream_rejected", 400],
    [401, "invalid api token", "upstream_credentials", 502],
    [402, "billing limit reached", "upstream_quota", 503],
    [403, "forbidden", "upstream_credentials", 502],
    [404, "model 'x' not found", "upstream_rejected", 404],
    [422, "unprocessable", "upstream_rejected", 422],
    [429, "You are using a Trial key, which is limited to 20 API calls / minute.", "upstream_rate_limited", 429],
    [429, "You are using a Trial key, which is limited to 1000 API calls / month.", "upstream_quota", 503],
    [498, "blocked: text contains a word of the list", "upstream_filtered", 400],
    [499, "request cancelled", "upstream_failed", 502],
    [500, "internal server error", "upstream_failed", 502],
    [503, "service unavailable", "upstream_overloaded", 503],
  ] as const)("with status %d, %s", (status, message, code, written) => {
    const fault = cohereChat.readFault({ status, header: () => undefined, body: encoder.encode(JSON.stringify({ id: "x", message })) });
    expect(fault.code).toBe(code);
    expect(cohereChat.writeFault(fault, "req_1")).toEqual({ status: written, body: { id: "req_1", message: fault.message } });
  });

  test("inside a 200 is an error, and a page of a proxy leaves the status to speak", () => {
    expect(() => cohereChat.readAnswer({ id: "x", message: "boom" })).toThrow(expect.objectContaining({ code: "upstream_failed" }));
    expect(cohereChat.skimAnswer({ id: "x", message: "boom" })).toMatchObject([{ type: "answer-error" }]);
    expect(() => cohereChat.readAnswer({ id: "x" })).toThrow(expect.objectContaining({ code: "upstream_malformed" }));
    expect(cohereChat.readFault({ status: 502, header: () => undefined, body: encoder.encode("<html>") }).code).toBe("upstream_failed");
  });
});
