import { describe, expect, test } from "bun:test";
import { type AnswerEvent, Fault, JsonBody, usageOf } from "../../exchange/index.ts";
import { collect } from "../conversation/collect.ts";
import { eventStreamMessage, eventStreamMessages, headerText } from "../framing/aws-event-stream.ts";
import { bedrockConverse } from "./index.ts";

type Event = readonly [type: string, payload: Record<string, unknown>];

function message([type, payload]: Event): Uint8Array {
  const headers = { ":event-type": type, ":content-type": "application/json", ":message-type": "event" };
  return eventStreamMessage(headers, Buffer.from(JSON.stringify(payload)));
}

function exception(type: string, payload: Record<string, unknown>): Uint8Array {
  const headers = { ":exception-type": type, ":content-type": "application/json", ":message-type": "exception" };
  return eventStreamMessage(headers, Buffer.from(JSON.stringify(payload)));
}

function reading(depth: "skim" | "full" = "full") {
  const reader = bedrockConverse.readStream({ depth, stripUsage: false });
  const readBytes = (...bytes: Uint8Array[]) => reader.read(Buffer.concat(bytes));
  return { reader, readBytes, read: (...events: Event[]) => readBytes(...events.map(message)) };
}

const begin: Event = ["messageStart", { role: "assistant", p: "abc" }];
const delta = (payload: unknown, contentBlockIndex = 0): Event => ["contentBlockDelta", { delta: payload, contentBlockIndex }];
const said = (text: string, index = 0): Event => delta({ text }, index);
const stopBlock = (contentBlockIndex = 0): Event => ["contentBlockStop", { contentBlockIndex }];
const startBlock = (start: unknown, contentBlockIndex = 0): Event => ["contentBlockStart", { start, contentBlockIndex }];
const stop = (stopReason = "end_turn"): Event => ["messageStop", { stopReason }];
const counted: Event = ["metadata", { usage: { inputTokens: 3, outputTokens: 4, totalTokens: 7 }, metrics: { latencyMs: 9 } }];
const whole = (...events: Event[]) => collect(reading().read(begin, ...events, stop(), counted).events).choices[0]?.items;

describe("reading a stream", () => {
  test.each(["skim", "full"] as const)("%s: the preamble is not visible, the first output is", (depth) => {
    const { read } = reading(depth);
    expect(read(begin).visible).toBe(false);
    expect(read(startBlock({}), said("")).visible).toBe(false);
    expect(read(said("Hi")).visible).toBe(true);
    expect(reading(depth).read(begin, startBlock({ toolUse: { toolUseId: "a", name: "f" } })).visible).toBe(true);
    expect(reading(depth).read(begin, delta({ reasoningContent: { redactedContent: "AA==" } })).visible).toBe(true);
  });

  test.each(["skim", "full"] as const)("%s: the end is told once, when both its stop and its usage are there", (depth) => {
    const { read, reader } = reading(depth);
    expect(read(begin, said("Hi"), stopBlock()).last).toBe(false);
    expect([read(stop()).last, reader.ended()]).toEqual([false, true]);
    const last = read(counted);
    expect([last.last, last.events.map((event) => event.type)]).toEqual([true, ["usage-report", "answer-end"]]);
    expect([read(counted).last, read(stop()).last]).toEqual([false, false]);
    const early = reading(depth);
    expect([early.read(begin, said("Hi"), counted).last, early.reader.ended()]).toEqual([false, false]);
    expect([early.read(stop()).last, early.reader.ended()]).toEqual([true, true]);
  });

  test.each(["skim", "full"] as const)("%s: exceptions are faults told in the bytes, and no end", (depth) => {
    const codes = [
      ["throttlingException", "upstream_rate_limited"],
      ["serviceUnavailableException", "upstream_overloaded"],
      ["internalServerException", "upstream_failed"],
      ["modelStreamErrorException", "upstream_failed"],
      ["modelTimeoutException", "upstream_timeout"],
      ["validationException", "upstream_rejected"],
      ["accessDeniedException", "upstream_credentials"],
      ["somethingNewException", "upstream_failed"],
    ] as const;
    for (const [name, code] of codes) {
      const { readBytes, reader } = reading(depth);
      readBytes(message(begin), message(said("Hi")));
      const [event] = readBytes(exception(name, { message: "No." })).events;
      expect(event?.type === "answer-error" && [event.fault.code, event.told], name).toEqual([code, true]);
      expect(reader.ended()).toBe(false);
      readBytes(message(stop()), message(counted));
      expect(reader.ended()).toBe(false);
    }
    const native = exception("modelStreamErrorException", { message: "slow down", originalStatusCode: 429 });
    const error = eventStreamMessage(
      { ":message-type": "error", ":error-code": "ThrottlingException", ":error-message": "slow" },
      new Uint8Array(),
    );
    for (const bytes of [native, error]) {
      const [event] = reading(depth).readBytes(bytes).events;
      expect(event?.type === "answer-error" && event.fault.code).toBe("upstream_rate_limited");
    }
  });

  test.each(["skim", "full"] as const)("%s: what Bedrock itself could not read is a fault, and its usage is still counted", (depth) => {
    const { read, reader } = reading(depth);
    const { events } = read(begin, said("Hi"), stopBlock(), stop("malformed_tool_use"), counted);
    const told = events.filter((event) => event.type === "answer-error" || event.type === "usage-report" || event.type === "answer-end");
    expect(told.map((event) => event.type)).toEqual(["answer-error", "usage-report"]);
    expect(reader.ended()).toBe(false);
    const native = { output: { message: { content: [] } }, stopReason: "malformed_model_output" };
    expect(() => bedrockConverse.readAnswer(native)).toThrow(Fault);
    expect(bedrockConverse.skimAnswer(native).map((event) => event.type)).toEqual(["answer-error"]);
  });

  test("skim looks past messages of content without parsing them, and leaves the bytes alone", () => {
    const { readBytes } = reading("skim");
    readBytes(message(begin), message(said("Hi")));
    const headers = { ":event-type": "contentBlockDelta", ":content-type": "application/json", ":message-type": "event" };
    const broken = eventStreamMessage(headers, Buffer.from("{oops"));
    const piece = readBytes(broken, message(said("messageStop")));
    expect([piece.events, piece.visible, piece.last, piece.raw?.length]).toEqual([
      [],
      true,
      false,
      broken.length + message(said("messageStop")).length,
    ]);
    expect(() => reading("full").readBytes(broken)).toThrow(Fault);
    // Headers in another order are read in full.
    const turned = eventStreamMessage({ ":message-type": "event", ":event-type": "messageStop" }, Buffer.from('{"stopReason":"end_turn"}'));
    expect(readBytes(turned).events.map((event) => event.type)).toEqual(["choice-finish"]);
  });

  test("a block may change its kind under one index, and text needs no start", () => {
    const items = whole(
      delta({ reasoningContent: { text: "Hm" } }),
      delta({ reasoningContent: { signature: "s1" } }),
      said("Hi"),
      stopBlock(),
    );
    expect(items).toEqual([
      { type: "reasoning", dialect: "bedrock-converse", summary: [], text: "Hm", sealed: { kind: "signature", value: "s1" } },
      { type: "message", role: "assistant", parts: [{ type: "text", text: "Hi" }] },
    ]);
  });

  test("pieces of a signature join, pieces of redacted bytes join as bytes", () => {
    const think = (reasoningContent: unknown) => delta({ reasoningContent });
    expect(whole(think({ text: "a" }), think({ signature: "x" }), think({ signature: "y" }), stopBlock())?.[0]).toMatchObject({
      sealed: { kind: "signature", value: "xy" },
    });
    const [one, two] = ["ab", "cde"].map((text) => Buffer.from(text).toString("base64"));
    expect(whole(think({ redactedContent: one }), think({ redactedContent: two }), stopBlock())?.[0]).toMatchObject({
      sealed: { kind: "redacted", value: Buffer.from("abcde").toString("base64") },
    });
  });

  test("a tool's input may not come at all; inputs of parallel calls may be mixed", () => {
    const call = (id: string, index: number) => startBlock({ toolUse: { toolUseId: id, name: "f" } }, index);
    const input = (text: string, index: number) => delta({ toolUse: { input: text } }, index);
    const items = whole(call("a", 0), call("b", 1), input("", 0), input('{"x"', 1), stopBlock(0), input(":1}", 1), stopBlock(1));
    expect(items?.map((item) => (item.type === "call" ? [item.callId, item.arguments] : item))).toEqual([
      ["a", "{}"],
      ["b", '{"x":1}'],
    ]);
  });

  test("Bedrock's own tools, their results and images are kept whole; sources stand beside their text", () => {
    const items = whole(
      startBlock({ toolUse: { toolUseId: "a", name: "nova_code_interpreter", type: "server_tool_use" } }),
      delta({ toolUse: { input: '{"snippet"' } }),
      delta({ toolUse: { input: ':"1+1"}' } }),
      stopBlock(),
      startBlock({ toolResult: { toolUseId: "a", type: "nova_code_interpreter_result", status: "success" } }, 1),
      delta({ toolResult: [{ json: { stdOut: "2" } }] }, 1),
      stopBlock(1),
      startBlock({ image: { format: "png" } }, 2),
      delta({ image: { source: { bytes: "AA==" } } }, 2),
      stopBlock(2),
      said("Two.", 3),
      delta({ citation: { title: "T", location: { web: { url: "https://x.test" } } } }, 3),
      delta({ novelty: { text: "?" } }, 3),
      stopBlock(3),
    );
    expect(items?.map((item) => (item.type === "opaque" ? item.native : item))).toEqual([
      { toolUse: { toolUseId: "a", name: "nova_code_interpreter", type: "server_tool_use", input: { snippet: "1+1" } } },
      {
        toolResult: { toolUseId: "a", type: "nova_code_interpreter_result", status: "success", content: [{ json: { stdOut: "2" } }] },
      },
      { image: { format: "png", source: { bytes: "AA==" } } },
      {
        type: "message",
        role: "assistant",
        parts: [{ type: "text", text: "Two.", annotations: [expect.objectContaining({ url: "https://x.test", title: "T" })] }],
      },
    ]);
    expect(items?.map((item) => (item.type === "opaque" ? item.text : ""))).toEqual([
      '[nova_code_interpreter: {"snippet":"1+1"}]',
      '[nova_code_interpreter_result: {"stdOut":"2"}]',
      undefined,
      "",
    ]);
  });

  test("counts: the cache by its old names, the new ones first", () => {
    const counts = { inputTokens: 3, outputTokens: 4, totalTokens: 37, cacheReadInputTokenCount: 10, cacheWriteInputTokenCount: 20 };
    const usageIn = (usage: object) => {
      const [report] = reading().read(["metadata", { usage }]).events;
      return report?.type === "usage-report" ? report.usage : undefined;
    };
    expect(usageIn(counts)).toMatchObject({ inputUncached: 3, cacheRead: 10, cacheWrite: 20, output: 4 });
    const both = { ...counts, cacheReadInputTokens: 11, cacheWriteInputTokens: 0 };
    expect(usageIn(both)).toMatchObject({ inputUncached: 3, cacheRead: 11, cacheWrite: 0 });
  });

  test("counts: the cache by time to live, the tier beside them", () => {
    const usage = {
      ...{ inputTokens: 5, outputTokens: 9, totalTokens: 46, cacheReadInputTokens: 2, cacheWriteInputTokens: 30 },
      cacheDetails: [
        { ttl: "5m", inputTokens: 10 },
        { ttl: "1h", inputTokens: 15 },
      ],
    };
    const [report] = reading().read(["metadata", { usage, serviceTier: { type: "flex" } }]).events;
    const counts = { inputUncached: 5, output: 9, cacheRead: 2, cacheWrite: 5, cacheWrite5m: 10, cacheWrite1h: 15, tier: "flex" };
    expect(report?.type === "usage-report" && report.usage).toEqual(usageOf(counts));
  });
});

const context = { request: { dialect: "openai-chat", model: "m", items: [], stream: true }, requestId: "req_42", createdAt: 0 } as const;

function written(events: readonly AnswerEvent[]): [string | undefined, Record<string, unknown>][] {
  const bytes = bedrockConverse.writeStream(context).write(events) as Uint8Array;
  return eventStreamMessages(bytes).map((one) => [headerText(one, ":event-type"), JSON.parse(Buffer.from(one.payload).toString())]);
}

const started: AnswerEvent = { type: "answer-start", id: "chatcmpl-1", model: "gpt-x" };
const place = (block: number) => ({ block, choice: 0 });
const finish = (reason: "stop" | "call"): AnswerEvent => ({ type: "choice-finish", choice: 0, finish: { reason } });

describe("writing a stream", () => {
  test("blocks that another dialect interleaves come one after the other", () => {
    const call = (block: number): AnswerEvent => ({ type: "call-start", ...place(block), callId: `c${block}`, name: "f" });
    const args = (block: number, text: string): AnswerEvent => ({ type: "call-delta", ...place(block), arguments: text });
    const events = written([
      ...[
        started,
        { type: "text-start", ...place(0) } as const,
        call(1),
        { type: "text-delta", ...place(0), text: "Hi" } as const,
        call(2),
      ],
      ...[
        args(2, "{}"),
        args(1, "{"),
        { type: "call-end", ...place(2) } as const,
        { type: "text-end", ...place(0) } as const,
        args(1, "}"),
      ],
      ...[{ type: "call-end", ...place(1) } as const, finish("stop")],
      { type: "usage-report", usage: usageOf({ inputUncached: 3, output: 4, cacheRead: 1, cacheWrite1h: 2 }) },
      { type: "answer-end" },
    ]);
    expect(events.map(([type, { contentBlockIndex }]) => `${type} ${contentBlockIndex ?? ""}`.trim())).toEqual([
      ...["messageStart", "contentBlockDelta 0", "contentBlockStop 0"],
      ...["contentBlockStart 1", "contentBlockDelta 1", "contentBlockDelta 1", "contentBlockStop 1"],
      ...["contentBlockStart 2", "contentBlockDelta 2", "contentBlockStop 2", "messageStop", "metadata"],
    ]);
    expect(events.at(-2)?.[1]).toEqual({ stopReason: "tool_use" });
    expect(events.at(-1)?.[1]).toEqual({
      usage: {
        ...{ inputTokens: 3, outputTokens: 4, totalTokens: 10, cacheReadInputTokens: 1, cacheWriteInputTokens: 2 },
        cacheDetails: [{ ttl: "1h", inputTokens: 2 }],
      },
      metrics: { latencyMs: 0 },
    });
  });

  test("foreign thoughts become signed reasoning whose signature brings them home", () => {
    const events = written([
      started,
      { type: "reasoning-start", ...place(0), dialect: "openai-responses", id: "rs.1" },
      { type: "reasoning-delta", ...place(0), text: "A", form: "summary", paragraph: 0 },
      { type: "reasoning-delta", ...place(0), text: "B", form: "summary", paragraph: 1 },
      { type: "reasoning-end", ...place(0), sealed: { kind: "encrypted", value: "gA.b=" } },
    ]);
    const signature = "sluice.openai-responses.encrypted.rs%2E1.gA.b=";
    expect(events.slice(1, 4).map(([, { delta: told }]) => told)).toEqual([
      { reasoningContent: { text: "A" } },
      { reasoningContent: { text: "\n\nB" } },
      { reasoningContent: { signature } },
    ]);
    const content = [{ reasoningContent: { reasoningText: { text: "A\n\nB", signature } } }, { text: "Hi" }];
    const messages = [
      { role: "user", content: [{ text: "x" }] },
      { role: "assistant", content },
    ];
    const body = JsonBody.scan(Buffer.from(JSON.stringify({ messages })));
    const [, home] = bedrockConverse.readRequest(body, { header: () => undefined }).items;
    expect(home).toEqual({
      ...{ type: "reasoning", dialect: "openai-responses", id: "rs.1", summary: ["A\n\nB"] },
      sealed: { kind: "encrypted", value: "gA.b=" },
    });
  });

  test("own thoughts go out byte for byte, redacted ones too", () => {
    const own = (block: number, sealed: { kind: "signature" | "redacted"; value: string }): AnswerEvent[] => [
      { type: "reasoning-start", ...place(block), dialect: "bedrock-converse" },
      { type: "reasoning-end", ...place(block), sealed },
    ];
    const events = written([started, ...own(0, { kind: "signature", value: "Ab+/=" }), ...own(1, { kind: "redacted", value: "UlhS" })]);
    expect(events.filter(([type]) => type === "contentBlockDelta").map(([, { delta: told }]) => told)).toEqual([
      { reasoningContent: { signature: "Ab+/=" } },
      { reasoningContent: { redactedContent: "UlhS" } },
    ]);
  });

  test("an empty text is no block, a refusal is filtered, items of others are left out, pages of the web are cited", () => {
    const events = written([
      ...[started, { type: "text-start", ...place(0) } as const, { type: "text-end", ...place(0) } as const],
      {
        type: "opaque-item",
        ...place(1),
        item: { type: "opaque", dialect: "openai-responses", label: "x", role: "assistant", native: {} },
      },
      { type: "text-start", ...place(2) },
      { type: "text-delta", ...place(2), text: "See." },
      { type: "text-annotation", ...place(2), annotation: { dialect: "openai-chat", url: "https://x.test", title: "T", native: {} } },
      { type: "text-annotation", ...place(2), annotation: { dialect: "openai-chat", native: {} } },
      { type: "text-end", ...place(2) },
      { type: "refusal-start", ...place(3) },
      { type: "refusal-delta", ...place(3), text: "No." },
      ...[{ type: "refusal-end", ...place(3) } as const, finish("stop"), { type: "answer-end" } as const],
    ]);
    expect(events.flatMap(([type, payload]) => (type === "contentBlockDelta" ? [payload.delta] : []))).toEqual([
      { text: "See." },
      { citation: { title: "T", location: { web: { url: "https://x.test" } } } },
      { text: "No." },
    ]);
    expect(events.at(-2)?.[1]).toEqual({ stopReason: "content_filtered" });
  });

  test("a block of Bedrock's own goes out in pieces that read as the same block", () => {
    const native = { toolResult: { toolUseId: "a", type: "r", status: "success", content: [{ text: "2" }] } };
    const item = { type: "opaque", dialect: "bedrock-converse", label: "toolResult", role: "assistant", native } as const;
    const bytes = bedrockConverse.writeStream(context).write([started, { type: "opaque-item", ...place(0), item }]) as Uint8Array;
    const [, again] = reading().reader.read(bytes).events;
    expect(again?.type === "opaque-item" && again.item.native).toEqual(native);
  });

  test("a custom call's text waits for its end and goes out as JSON", () => {
    const events = written([
      started,
      { type: "call-start", ...place(0), callId: "c", name: "f", custom: true },
      ...["fr", "ee"].map((text): AnswerEvent => ({ type: "call-delta", ...place(0), arguments: text })),
      { type: "call-end", ...place(0) },
    ]);
    expect(events[2]?.[1].delta).toEqual({ toolUse: { input: '{"_raw":"free"}' } });
  });

  test("a fault ends the stream as an exception, and nothing follows it", () => {
    const faults = [
      ["rate_limited", "throttlingException"],
      ["upstream_overloaded", "serviceUnavailableException"],
      ["policy_denied", "validationException"],
      ["upstream_incomplete", "modelStreamErrorException"],
      ["gateway_failed", "internalServerException"],
    ] as const;
    for (const [code, name] of faults) {
      const writer = bedrockConverse.writeStream(context);
      writer.write([started]);
      const bytes = writer.fault(new Fault(code)) as Uint8Array;
      const [told] = eventStreamMessages(bytes);
      expect(told && [headerText(told, ":message-type"), headerText(told, ":exception-type")]).toEqual(["exception", name]);
      expect(writer.write([{ type: "answer-end" }]).length).toBe(0);
      const [event] = reading().readBytes(bytes).events;
      expect(event?.type).toBe("answer-error");
    }
  });
});
