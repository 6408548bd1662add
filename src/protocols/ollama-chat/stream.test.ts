import { describe, expect, test } from "bun:test";
import { type AnswerEvent, Fault, type ModelRequest, type Piece, usageOf } from "../../exchange/index.ts";
import { collect } from "../conversation/collect.ts";
import { JsonLineCutter, jsonLine } from "../framing/json-lines.ts";
import { ollamaChat } from "./index.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const head = { model: "qwen3", created_at: "2026-08-07T06:08:09.335586Z" };
const line = (message: object, more: object = {}) =>
  jsonLine({ ...head, message: { role: "assistant", content: "", ...message }, done: false, ...more });
const call = (city: string, more: object = {}) => ({ ...more, function: { name: "weather", arguments: { city } } });
const metrics = { total_duration: 9, load_duration: 1, prompt_eval_count: 12, prompt_eval_duration: 2, eval_count: 34, eval_duration: 5 };
const done = jsonLine({ ...head, message: { role: "assistant", content: "" }, done: true, done_reason: "stop", ...metrics });
const meterEvents = new Set(["usage-report", "choice-finish", "answer-end", "answer-error"]);

function readAll(lines: readonly string[], depth: "skim" | "full" = "full") {
  const reader = ollamaChat.readStream({ depth, stripUsage: false });
  const pieces: Piece[] = lines.map((text) => reader.read(encoder.encode(text)));
  return { pieces, events: pieces.flatMap((piece) => piece.events), raw: rawOf(pieces), ended: reader.ended() };
}

const rawOf = (pieces: readonly Piece[]) => decoder.decode(Buffer.concat(pieces.map((piece) => piece.raw ?? new Uint8Array())));
const faultOf = (events: readonly AnswerEvent[]) => events.flatMap((event) => (event.type === "answer-error" ? [event] : [])).at(-1);

/** Thinking, words, two calls and more words, as Ollama's models with tools say them. */
const agentic = [
  line({ thinking: "The user wants " }),
  line({ thinking: "the weather." }),
  line({ content: "I look " }),
  line({ content: "it up." }),
  line({ tool_calls: [call("Paris"), call("Rome")] }),
  line({ tool_calls: [call("Oslo", { id: "call_x" })] }),
  done,
];

describe("a stream of Ollama", () => {
  test("reads to the same answer as its joined form", () => {
    const joined = {
      ...head,
      message: {
        role: "assistant",
        content: "I look it up.",
        thinking: "The user wants the weather.",
        tool_calls: [call("Paris"), call("Rome"), call("Oslo", { id: "call_x" })],
      },
      ...{ done: true, done_reason: "stop", ...metrics },
    };
    const streamed = collect(readAll(agentic).events);
    expect(streamed).toEqual(ollamaChat.readAnswer(joined));
    expect(streamed.choices[0]?.finish).toEqual({ reason: "call", native: "stop" });
    const ids = streamed.choices[0]?.items.flatMap((item) => (item.type === "call" ? [item.callId] : []));
    expect(new Set(ids).size).toBe(3);
    expect(ids?.[2]).toBe("call_x");
  });

  test("reads the same however it is grouped and sliced, at both depths", () => {
    const text = agentic.join("");
    const full = readAll(agentic);
    const skim = readAll(agentic, "skim");
    expect(skim.events).toEqual(full.events.filter((event) => meterEvents.has(event.type)));
    for (const depth of ["full", "skim"] as const) {
      const expected = depth === "full" ? full : skim;
      for (let size = 1; size < text.length; size += 13) {
        const cutter = new JsonLineCutter();
        const runs: string[] = [];
        for (let at = 0; at < text.length; at += size) {
          const run = cutter.push(encoder.encode(text.slice(at, at + size)));
          if (run.length > 0) runs.push(decoder.decode(run));
        }
        const got = readAll(runs, depth);
        expect([got.events, got.raw, got.ended]).toEqual([expected.events, text, true]);
      }
    }
  });

  test.each([
    ["words", { content: "a" }],
    ["a thought", { thinking: "a" }],
    ["a call", { tool_calls: [call("Rome")] }],
  ])("becomes visible with %s and not before", (_name, message) => {
    for (const depth of ["skim", "full"] as const) {
      expect(readAll([line({}), line(message), line({})], depth).pieces.map((piece) => piece.visible)).toEqual([false, true, true]);
    }
  });

  test("ends with `done` alone, in the piece that holds it, and hears nothing after it", () => {
    for (const depth of ["skim", "full"] as const) {
      expect(readAll(agentic.slice(0, -1), depth).ended).toBe(false);
      const { pieces, raw, ended } = readAll([line({ content: "a" }), done + line({ content: "b" }), line({ content: "c" })], depth);
      expect([pieces.map((piece) => piece.last), raw, ended]).toEqual([[false, true, false], line({ content: "a" }) + done, true]);
    }
  });

  test("is not whole with an error line, which keeps its own words", () => {
    const lines = [
      ["model 'x' not found", "upstream_rejected"],
      ["server busy, please try again.  maximum pending requests exceeded", "upstream_overloaded"],
      ["llama runner process has terminated", "upstream_failed"],
      ["you have reached your weekly usage limit", "upstream_rate_limited"],
      ["unauthorized", "upstream_credentials"],
    ] as const;
    for (const depth of ["skim", "full"] as const) {
      for (const [words, code] of lines) {
        const { events, raw, ended } = readAll([line({ content: "a" }), jsonLine({ error: words }), done], depth);
        expect([faultOf(events)?.fault.code, faultOf(events)?.told, ended]).toEqual([code, true, false]);
        expect(raw).toBe(line({ content: "a" }) + jsonLine({ error: words }));
        if (code !== "upstream_rejected") expect(faultOf(events)?.fault.message).not.toContain(words);
      }
    }
  });

  test("refuses what is no JSON, without losing the lines before it", () => {
    for (const depth of ["skim", "full"] as const) {
      expect(() => readAll(["{oops\n"], depth)).toThrow(expect.objectContaining({ code: "upstream_malformed" }));
      const { events, raw, ended } = readAll([`${line({ content: "a" })}{oops\n${done}`], depth);
      expect([faultOf(events)?.fault.code, faultOf(events)?.told, raw, ended]).toEqual([
        "upstream_malformed",
        undefined,
        line({ content: "a" }),
        false,
      ]);
      const reader = ollamaChat.readStream({ depth, stripUsage: false });
      reader.read(encoder.encode(line({ content: "a" })));
      const bad = Buffer.concat([
        encoder.encode('{"message":{"content":"'),
        Buffer.from([0xc3, 0x28]),
        encoder.encode('"},"done":false}\n'),
      ]);
      expect(() => reader.read(bad)).toThrow(expect.objectContaining({ code: "upstream_malformed" }));
    }
  });

  test("is not fooled by text that looks like its own members", () => {
    const text = 'say ,"done":true} and "tool_calls": [1] and {"error":"x"},"done":false}';
    for (const depth of ["skim", "full"] as const) {
      const { events, ended } = readAll([line({ content: "a" }), line({ content: text }), line({ content: text }), done], depth);
      expect(events.filter((event) => event.type === "choice-finish")).toEqual([
        { type: "choice-finish", choice: 0, finish: { reason: "stop", native: "stop" } },
      ]);
      expect([faultOf(events), ended]).toEqual([undefined, true]);
    }
  });

  test("says length, and stop where an older server gives no reason", () => {
    const finishes = [{ done_reason: "length" }, {}].map((more) => {
      const { events } = readAll([line({ content: "a" }), jsonLine({ ...head, message: {}, done: true, ...more })]);
      return events.flatMap((event) => (event.type === "choice-finish" ? [event.finish] : []));
    });
    expect(finishes).toEqual([[{ reason: "length", native: "length" }], [{ reason: "stop" }]]);
  });
});

describe("a stream for clients of Ollama", () => {
  const place = { block: 0, choice: 0 } as const;
  const request: ModelRequest = { dialect: "ollama-chat", model: "asked", items: [], stream: true };
  const write = (events: readonly AnswerEvent[]) => {
    const writer = ollamaChat.writeStream({ request, requestId: "req_1", createdAt: 1_700_000_000 });
    return events.map((event) => String(writer.write([event]))).join("");
  };
  const lines = (text: string) =>
    text
      .trimEnd()
      .split("\n")
      .map((one) => JSON.parse(one));

  test("has calls whole, thoughts apart from each other, and durations of zero where nobody measured", () => {
    const text = write([
      { type: "answer-start", id: "msg_1", model: "claude" },
      { type: "reasoning-start", ...place, dialect: "anthropic-messages" },
      { type: "reasoning-delta", ...place, text: "one", form: "summary", paragraph: 0 },
      { type: "reasoning-delta", ...place, text: "two", form: "summary", paragraph: 1 },
      { type: "reasoning-end", ...place, sealed: { kind: "signature", value: "SIG" } },
      { type: "text-start", block: 1, choice: 0 },
      { type: "text-delta", block: 1, choice: 0, text: "hi" },
      { type: "text-end", block: 1, choice: 0 },
      { type: "call-start", block: 2, choice: 0, callId: "toolu_1", name: "f" },
      { type: "call-delta", block: 2, choice: 0, arguments: '{"a"' },
      { type: "call-delta", block: 2, choice: 0, arguments: ":1}" },
      { type: "call-end", block: 2, choice: 0 },
      { type: "call-start", block: 3, choice: 0, callId: "toolu_2", name: "g" },
      { type: "call-end", block: 3, choice: 0 },
      { type: "choice-finish", choice: 0, finish: { reason: "call", native: "tool_use" } },
      { type: "usage-report", usage: usageOf({ inputUncached: 1, cacheRead: 2, output: 3 }) },
      { type: "answer-end" },
    ]);
    const begin = { model: "claude", created_at: "2023-11-14T22:13:20.000Z" };
    const open = (message: object) => ({ ...begin, message: { role: "assistant", content: "", ...message }, done: false });
    expect(lines(text)).toEqual([
      open({ thinking: "one" }),
      open({ thinking: "\n\ntwo" }),
      open({ content: "hi" }),
      open({ tool_calls: [{ id: "toolu_1", function: { index: 0, name: "f", arguments: { a: 1 } } }] }),
      open({ tool_calls: [{ id: "toolu_2", function: { index: 1, name: "g", arguments: {} } }] }),
      {
        ...begin,
        message: { role: "assistant", content: "" },
        ...{ done: true, done_reason: "stop", total_duration: 0, load_duration: 0, prompt_eval_count: 3 },
        ...{ prompt_eval_duration: 0, eval_count: 3, eval_duration: 0 },
      },
    ]);
  });

  test("wraps arguments that are no object, and never throws them away", () => {
    const text = write([
      { type: "call-start", ...place, callId: "c", name: "f" },
      { type: "call-delta", ...place, arguments: '{"a":' },
      { type: "call-end", ...place },
    ]);
    expect(lines(text)[0].message.tool_calls[0].function.arguments).toEqual({ _raw: '{"a":' });
  });

  test("tells a fault as a line, without `done`", () => {
    const writer = ollamaChat.writeStream({ request, requestId: "req_1", createdAt: 1 });
    const fault = new Fault("upstream_incomplete");
    expect(writer.fault(fault)).toBe(`{"error":${JSON.stringify(fault.message)}}\n`);
    expect(
      ollamaChat.readStream({ depth: "full", stripUsage: false }).read(encoder.encode(String(writer.fault(fault)))).events,
    ).toMatchObject([{ type: "answer-error" }]);
  });
});

describe("a refusal of Ollama", () => {
  test.each([
    [400, '"llama3" does not support thinking', "upstream_rejected", 400],
    [401, "unauthorized", "upstream_credentials", 502],
    [404, "model 'x' not found", "upstream_rejected", 404],
    [429, "rate limited", "upstream_rate_limited", 429],
    [500, "boom", "upstream_failed", 502],
    [503, "server busy", "upstream_overloaded", 503],
  ] as const)("with status %d is read", (status, error, code, written) => {
    const fault = ollamaChat.readFault({ status, header: () => undefined, body: encoder.encode(JSON.stringify({ error })) });
    expect(fault.code).toBe(code);
    const { status: told, body } = ollamaChat.writeFault(fault, "req_1");
    expect([told, body]).toEqual([written, { error: fault.message }]);
  });

  test("inside a 200 is an error, whole too", () => {
    expect(ollamaChat.skimAnswer({ error: "boom" })).toMatchObject([{ type: "answer-error" }]);
    expect(() => ollamaChat.readAnswer({ error: "boom" })).toThrow(expect.objectContaining({ code: "upstream_failed" }));
    expect(() => ollamaChat.readAnswer({ done: true })).toThrow(expect.objectContaining({ code: "upstream_malformed" }));
  });
});
