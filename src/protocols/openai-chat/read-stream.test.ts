import { describe, expect, test } from "bun:test";
import type { AnswerEvent, Piece } from "../../exchange/index.ts";
import { collect } from "../conversation/collect.ts";
import { openaiChat } from "./index.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const frame = (value: unknown) => `data: ${typeof value === "string" ? value : JSON.stringify(value)}\n\n`;
const chunk = (delta: unknown, finish: unknown = null, more: object = {}) =>
  frame({
    id: "c1",
    object: "chat.completion.chunk",
    created: 1,
    model: "m",
    choices: [{ index: 0, delta, finish_reason: finish }],
    ...more,
  });
const role = chunk({ role: "assistant", content: "" });
const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
const usageFrame = frame({ id: "c1", choices: [], usage });
const done = frame("[DONE]");

function reader(depth: "skim" | "full" = "full", stripUsage = false) {
  return openaiChat.readStream({ depth, stripUsage });
}

function readAll(frames: readonly string[], depth: "skim" | "full" = "full"): { pieces: Piece[]; events: AnswerEvent[]; ended: boolean } {
  const stream = reader(depth);
  const pieces = frames.map((text) => stream.read(encoder.encode(text)));
  return { pieces, events: pieces.flatMap((piece) => piece.events), ended: stream.ended() };
}

const types = (events: readonly AnswerEvent[]) => events.map((event) => event.type);

describe.each(["skim", "full"] as const)("a stream at depth %s", (depth) => {
  test.each([
    ["text", { content: "a" }],
    ["a list of parts", { content: [{ type: "text", text: "a" }] }],
    ["reasoning", { reasoning_content: "a" }],
    ["reasoning by its other name", { reasoning: "a" }],
    ["sealed reasoning", { reasoning_details: [{ type: "reasoning.encrypted", data: "x" }] }],
    ["a tool call", { tool_calls: [{ index: 0, id: "c", function: { name: "f", arguments: "" } }] }],
    ["a function call", { function_call: { name: "f" } }],
    ["a refusal", { refusal: "no" }],
    ["audio", { audio: { id: "a" } }],
  ])("becomes visible with %s and not before", (_name, delta) => {
    const preamble = frame({ id: "", choices: [], prompt_filter_results: [] });
    const { pieces } = readAll([": keep-alive\n\n", preamble, role, chunk({ content: null, tool_calls: [] }), chunk(delta)], depth);
    expect(pieces.map((piece) => piece.visible)).toEqual([false, false, false, false, true]);
  });

  test.each([
    ["a word for a failure", chunk({}, "insufficient_system_resource"), "upstream_overloaded"],
    ["a call that could not be read", chunk({}, "malformed_function_call"), "upstream_failed"],
    ["an error of its own", frame({ id: "c1", choices: [{ index: 0, error: { code: 429, message: "Slow." } }] }), "upstream_rate_limited"],
  ])("whose choice fails with %s passes whole in the provider's words, and is no success", (_name, failed, code) => {
    for (const cut of [false, true]) {
      const frames = [role, chunk({ content: "a" }), failed, usageFrame, done];
      const { pieces, events, ended } = readAll(cut ? frames : [frames.join("")], depth);
      expect(pieces.map(({ raw }) => decoder.decode(raw)).join("")).toBe(frames.join(""));
      expect(events.at(-1)).toMatchObject({ type: "answer-error", fault: { code }, told: "ending" });
      expect([ended, pieces.some(({ last }) => last)]).toEqual([false, false]);
    }
  });

  test("keeps what was used behind a failed choice from those who had not asked", () => {
    const stream = reader(depth, true);
    const frames = [role, chunk({ content: "a" }), chunk({}, "error"), frame("{oops"), usageFrame, done];
    expect(decoder.decode(stream.read(encoder.encode(frames.join(""))).raw)).toBe([...frames.slice(0, 3), done].join(""));
  });

  test("tells what a failed choice used before its failure", () => {
    const { events } = readAll([role, chunk({ content: "a" }, "error", { usage })], depth);
    expect(types(events).slice(-2)).toEqual(["usage-report", "answer-error"]);
  });

  test("ends with [DONE], in the piece that holds it, and hears nothing after it", () => {
    const { pieces, events, ended } = readAll([role, chunk({ content: "a" }), chunk({}, "stop"), usageFrame, done + role, role], depth);
    expect(pieces.map((piece) => piece.last)).toEqual([false, false, false, false, true, false]);
    expect(decoder.decode(pieces[4]?.raw)).toBe(done);
    expect(pieces[5]?.raw?.length).toBe(0);
    expect(types(events).slice(-3)).toEqual(["choice-finish", "usage-report", "answer-end"]);
    expect(ended).toBe(true);
  });

  test("is whole without [DONE] after a finish reason, and not before it", () => {
    expect(readAll([chunk({ content: "a" })], depth).ended).toBe(false);
    expect(readAll([chunk({ content: "a" }, "stop")], depth).ended).toBe(true);
    expect(readAll([role, chunk({ content: "a" }), chunk({}, "stop")], depth).ended).toBe(true);
    const second = frame({ choices: [{ index: 1, delta: { content: "b" }, finish_reason: null }] });
    expect(readAll([role, second, chunk({}, "stop")], depth).ended).toBe(false);
  });

  test("loses the usage chunk that the gateway asked for, and no other byte", () => {
    const strip = reader(depth, true);
    const piece = strip.read(encoder.encode(role + chunk({ content: "a" }) + chunk({}, "stop") + usageFrame + done));
    expect(decoder.decode(piece.raw)).toBe(role + chunk({ content: "a" }) + chunk({}, "stop") + done);
    expect(piece.events.find((event) => event.type === "usage-report")).toBeDefined();
    const kept = reader(depth, true).read(encoder.encode(chunk({ content: "a" }, "stop", { usage })));
    expect(decoder.decode(kept.raw)).toBe(chunk({ content: "a" }, "stop", { usage }));
  });

  test("turns an error frame into a fault, keeps it and what follows in the bytes, and is not whole", () => {
    for (const error of [
      frame({ error: { message: "Overloaded", type: "overloaded_error" } }),
      `event: error\ndata: {"message":"Overloaded","type":"overloaded_error"}\n\n`,
    ]) {
      const stream = reader(depth);
      const piece = stream.read(encoder.encode(role + chunk({ content: "a" }) + error + done));
      expect(decoder.decode(piece.raw)).toBe(role + chunk({ content: "a" }) + error + done);
      const last = piece.events.at(-1);
      expect(last?.type === "answer-error" && last.told).toBe(true);
      expect(last?.type === "answer-error" && last.fault.code).toBe("upstream_overloaded");
      expect(piece.last).toBe(false);
      expect(stream.ended()).toBe(false);
    }
  });

  test("is a failure where the model's call could not be read, whatever word stands before Google's", () => {
    for (const word of ["malformed_function_call", "function_call_filter: MALFORMED_FUNCTION_CALL"]) {
      const last = readAll([role, chunk({}, word, { usage }), done], depth).events.at(-1);
      expect(last?.type === "answer-error" && last.fault.code).toBe("upstream_failed");
    }
  });

  test("refuses what is not JSON, at the beginning and after text, and keeps the frames before it", () => {
    expect(() => reader(depth).read(encoder.encode("data: {oops\n\n"))).toThrow(expect.objectContaining({ code: "upstream_malformed" }));
    const stream = reader(depth);
    stream.read(encoder.encode(chunk({ content: "a" })));
    const piece = stream.read(encoder.encode(`${chunk({ content: "b" })}data: {"id":"c1","cho\n\n`));
    expect(decoder.decode(piece.raw)).toBe(chunk({ content: "b" }));
    const last = piece.events.at(-1);
    expect(last?.type === "answer-error" && last.fault.code).toBe("upstream_malformed");
    const bad = reader(depth);
    bad.read(encoder.encode(chunk({ content: "a" })));
    const broken = Buffer.concat([encoder.encode('data: {"x":"'), Buffer.from([0xc3, 0x28]), encoder.encode('"}\n\n')]);
    expect(() => bad.read(broken)).toThrow(expect.objectContaining({ code: "upstream_malformed" }));
  });

  test("says finish once, also where the provider repeats it", () => {
    const { events } = readAll([chunk({ content: "a" }, "stop"), chunk({ content: "" }, "stop", { usage }), done], depth);
    expect(types(events).filter((type) => type === "choice-finish")).toHaveLength(1);
  });

  test("lets a call win over a finish that says stop", () => {
    const call = chunk({ tool_calls: [{ index: 0, id: "c", function: { name: "f", arguments: "{}" } }] });
    const { events } = readAll([role, chunk({ content: "a" }), call, chunk({}, "stop"), done], depth);
    const finish = events.find((event) => event.type === "choice-finish");
    expect(finish?.type === "choice-finish" && finish.finish).toEqual({ reason: "call", native: "stop" });
  });

  test("finds usage with any spacing, at Groq's and Moonshot's places, and text that only looks like it", () => {
    const spaced = `data: {"choices": [], "usage" : {"prompt_tokens": 3}}\n\n`;
    const groq = chunk({}, null, { x_groq: { usage } });
    const moonshot = frame({ choices: [{ index: 0, delta: {}, finish_reason: "stop", usage }] });
    const quoted = chunk({ content: 'say "usage": {"prompt_tokens": 1} and "error": {} and [DONE]' });
    const { events } = readAll([chunk({ content: "a" }), quoted, spaced, groq, moonshot], depth);
    expect(types(events).filter((type) => type === "usage-report")).toHaveLength(3);
    expect(types(events)).not.toContain("answer-error");
  });

  test("reads CRLF, comments, a byte order mark and frames of several lines", () => {
    const { events, ended } = readAll(
      [`\uFEFF${chunk({ content: "a" })}`.replaceAll("\n", "\r\n"), ": hi\n\n", chunk({}, "stop").replaceAll("\n", "\r\n"), done],
      depth,
    );
    expect(types(events)).toContain("choice-finish");
    expect(ended).toBe(true);
  });
});

describe("the content of a stream", () => {
  const items = (frames: readonly string[]) => collect(readAll(frames).events).choices[0]?.items;

  test("holds calls that come whole without index, in pieces, or all under one index", () => {
    const whole = {
      tool_calls: [
        { id: "a", function: { name: "f", arguments: "{}" } },
        { id: "b", function: { name: "g", arguments: { x: 1 } } },
      ],
    };
    expect(items([chunk(whole, "tool_calls")])).toEqual([
      { type: "call", callId: "a", name: "f", arguments: "{}" },
      { type: "call", callId: "b", name: "g", arguments: '{"x":1}' },
    ]);
    const piece = (part: object) => chunk({ tool_calls: [part] });
    const pieces = [
      piece({ index: 0, id: "a", type: "function", function: { name: "f", arguments: '{"x"' } }),
      piece({ index: 0, function: { name: "", arguments: ":1}" } }),
      piece({ index: 0, id: "b", function: { name: "g", arguments: "{}" } }),
      chunk({}, "tool_calls"),
    ];
    expect(items(pieces)).toEqual([
      { type: "call", callId: "a", name: "f", arguments: '{"x":1}' },
      { type: "call", callId: "b", name: "g", arguments: "{}" },
    ]);
  });

  test("keeps calls apart that grow at the same time, and closes the complete ones before the next opens", () => {
    const piece = (index: number, text: string, id?: string) =>
      chunk({ tool_calls: [{ index, ...(id && { id }), function: { ...(id && { name: `f${index}` }), arguments: text } }] });
    const mixed = readAll([piece(0, '{"a"', "a"), piece(1, '{"b"', "b"), piece(0, ":1}"), piece(1, ":2}"), chunk({}, "tool_calls")]).events;
    expect(collect(mixed).choices[0]?.items).toEqual([
      { type: "call", callId: "a", name: "f0", arguments: '{"a":1}' },
      { type: "call", callId: "b", name: "f1", arguments: '{"b":2}' },
    ]);
    const inTurn = readAll([piece(0, "{}", "a"), piece(1, "{}", "b"), chunk({}, "tool_calls")]).events;
    expect(types(inTurn).slice(1)).toEqual([
      "call-start",
      "call-delta",
      "call-end",
      "call-start",
      "call-delta",
      "call-end",
      "choice-finish",
    ]);
  });

  test("gives pieces without index and id to the last calls in their order", () => {
    const named = { tool_calls: ["a", "b"].map((id) => ({ id, type: "function", function: { name: `f${id}`, arguments: "" } })) };
    const grown = (...texts: string[]) => chunk({ tool_calls: texts.map((text) => ({ function: { arguments: text } })) });
    expect(items([chunk(named), grown('{"x"', '{"y"'), grown(":1}", ":2}"), chunk({}, "tool_calls"), done])).toEqual([
      { type: "call", callId: "a", name: "fa", arguments: '{"x":1}' },
      { type: "call", callId: "b", name: "fb", arguments: '{"y":2}' },
    ]);
    expect(items([chunk({ tool_calls: [named.tool_calls[0]] }), grown('{"x"'), grown(":1}"), chunk({}, "tool_calls")])).toEqual([
      { type: "call", callId: "a", name: "fa", arguments: '{"x":1}' },
    ]);
  });

  test("makes up the same call id for the same answer, streamed or whole", () => {
    const call = { function: { name: "f", arguments: "{}" } };
    const [streamed] = items([chunk({ tool_calls: [call] }, "stop")]) ?? [];
    const [whole] = openaiChat.readAnswer({ id: "c1", choices: [{ index: 0, message: { tool_calls: [call] } }] }).choices[0]?.items ?? [];
    expect(streamed).toMatchObject({ callId: "call_c1_0_0" });
    expect(whole).toMatchObject({ callId: "call_c1_0_0" });
  });

  test("has text, reasoning, refusal, custom calls, audio and citations as blocks in order", () => {
    const found = items([
      chunk({ reasoning_content: "hm" }),
      chunk({ content: "a" }),
      chunk({ annotations: [{ type: "url_citation", url_citation: { url: "https://x", title: "X", start_index: 0, end_index: 1 } }] }),
      chunk({ refusal: "no" }),
      chunk({ audio: { id: "au", data: "AA" } }),
      chunk({ audio: { transcript: "t", expires_at: 9 } }),
      chunk({ tool_calls: [{ index: 0, id: "c", type: "custom", custom: { name: "sh", input: "ls" } }] }),
      chunk({}, "tool_calls"),
      done,
    ]);
    expect(found).toMatchObject([
      { type: "reasoning", text: "hm" },
      {
        type: "message",
        parts: [{ type: "text", text: "a", annotations: [{ url: "https://x" }] }, { type: "refusal" }, { type: "audio", data: "AA" }],
      },
      { type: "call", callId: "c", name: "sh", arguments: "ls", custom: true },
    ]);
  });

  test("carries sealed reasoning through a client of this dialect and back to where it came from", () => {
    const sealed = { kind: "signature", value: "SIG" } as const;
    const item = { type: "reasoning", dialect: "anthropic-messages", summary: [], text: "hm", sealed } as const;
    const context = { request: { dialect: "openai-chat", model: "m", items: [], stream: true } as const, requestId: "req_1", createdAt: 1 };
    const answer = {
      id: "msg_1",
      model: "m",
      choices: [{ items: [item, { type: "message", role: "assistant", parts: [{ type: "text", text: "a" }] }] as const }],
    };
    const written = openaiChat.writeAnswer(answer, context) as { choices: { message: unknown }[] };
    expect(openaiChat.readAnswer(written).choices[0]?.items[0]).toMatchObject(item);
  });
});
