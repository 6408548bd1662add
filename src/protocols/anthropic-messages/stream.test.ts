import { describe, expect, test } from "bun:test";
import { type AnswerEvent, Fault, type ModelRequest, usageOf } from "../../exchange/index.ts";
import { anthropicMessages } from "./index.ts";

const request: ModelRequest = { dialect: "anthropic-messages", model: "alias", items: [], stream: true };
const context = { request, requestId: "req_42", createdAt: 0 };

function frame(event: Record<string, unknown>): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

function reading(depth: "skim" | "full") {
  const reader = anthropicMessages.readStream({ depth, stripUsage: false });
  return { reader, read: (...events: Record<string, unknown>[]) => reader.read(new TextEncoder().encode(events.map(frame).join(""))) };
}

function written(events: readonly AnswerEvent[]): Record<string, unknown>[] {
  const text = String(anthropicMessages.writeStream(context).write(events));
  return text
    .split("\n")
    .filter((line) => line.startsWith("data: "))
    .map((line) => JSON.parse(line.slice(6)) as Record<string, unknown>);
}

const start = { type: "message_start", message: { id: "msg_1", model: "m", usage: { input_tokens: 10, output_tokens: 1 } } };
const openText = { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } };
const said = (text: string) => ({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text } });
const end = { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 7 } };
const stop = { type: "message_stop" };

test("a message that begins anew stays one answer with the last usage", () => {
  const again = { type: "message_start", message: { id: "msg_2", model: "m", usage: { input_tokens: 12, output_tokens: 1 } } };
  const { events } = reading("full").read(start, openText, said("Hel"), again, openText, said("Hello"), end, stop);
  expect(events.filter((event) => event.type === "answer-start").map((event) => event.id)).toEqual(["msg_1"]);
  expect(events.findLast((event) => event.type === "usage-report")?.usage).toMatchObject({ inputUncached: 12, output: 7 });
});

test("words of a block that never opened are words of the answer", () => {
  const delta = (index: number, delta: object) => ({ type: "content_block_delta", index, delta });
  const { events } = reading("full").read(
    ...[start, delta(0, { type: "thinking_delta", thinking: "Hm." }), openText, said("Hel")],
    ...[delta(1, { type: "text_delta", text: "lo" }), { type: "content_block_stop", index: 1 }, end, stop],
  );
  const told = (type: "text-delta" | "reasoning-delta") => events.flatMap((event) => (event.type === type ? [event.text] : [])).join("");
  expect([told("reasoning-delta"), told("text-delta")]).toEqual(["Hm.", "Hello"]);
  const ends = events.filter(({ type }) => type === "text-end" || type === "reasoning-end");
  expect(ends).toHaveLength(3);
});

test("a compaction is what its last delta says it is", () => {
  const opened = { type: "content_block_start", index: 0, content_block: { type: "compaction", content: null, encrypted_content: null } };
  const delta = (content: string | null, sealed: string) => ({
    ...{ type: "content_block_delta", index: 0, delta: { type: "compaction_delta", content, encrypted_content: sealed } },
  });
  const native = (...deltas: ReturnType<typeof delta>[]) =>
    reading("full")
      .read(start, opened, ...deltas, end, stop)
      .events.flatMap((event) => (event.type === "opaque-item" ? [event.item.native] : []));
  expect(native(delta("We met.", "A"), delta("We met at noon.", "AB"))).toEqual([
    { type: "compaction", content: "We met at noon.", encrypted_content: "AB" },
  ]);
  expect(native(delta("We", "A"), delta(null, "B"))).toEqual([{ type: "compaction", content: null, encrypted_content: "B" }]);
});

test("a call says who made it, and of which set its tool is, whole and streamed alike", () => {
  const caller = { type: "code_execution_20260521", tool_id: "srvtoolu_1" };
  const block = { type: "tool_use", id: "toolu_1", name: "navigate", input: {}, toolset_name: "browser", caller };
  const { events } = reading("full").read(start, { type: "content_block_start", index: 0, content_block: block }, end, stop);
  const [whole] = anthropicMessages.readAnswer({ content: [block] }).choices[0]?.items ?? [];
  const told = events.find((event) => event.type === "call-start");
  expect(told?.extra).toEqual({ dialect: "anthropic-messages", fields: { toolset_name: "browser", caller } });
  expect(whole).toMatchObject({ extra: told?.extra });
  expect(written(events)).toContainEqual({ type: "content_block_start", index: 0, content_block: block });
});

describe("reading a stream", () => {
  test.each(["skim", "full"] as const)("%s: the preamble is not visible, the first output is", (depth) => {
    const { read } = reading(depth);
    expect(read(start, { type: "ping" }).visible).toBe(false);
    expect(read(openText).visible).toBe(false);
    expect(read(said("Hi")).visible).toBe(true);
    const call = reading(depth);
    call.read(start);
    expect(call.read({ ...openText, content_block: { type: "tool_use", id: "a", name: "f", input: {} } }).visible).toBe(true);
  });

  test.each(["skim", "full"] as const)("%s: usage is overwritten, never added, and the end is told once", (depth) => {
    const { read, reader } = reading(depth);
    const first = read(start, openText, said("Hi"));
    const last = read(end, stop);
    expect(first.last).toBe(false);
    expect(last.last).toBe(true);
    expect(reader.ended()).toBe(true);
    const usages = [...first.events, ...last.events].flatMap((event) => (event.type === "usage-report" ? [event.usage] : []));
    expect(usages.map((usage) => [usage.inputUncached, usage.output])).toEqual([
      [10, 1],
      [10, 7],
    ]);
    expect(read(stop).last).toBe(false);
  });

  test.each(["skim", "full"] as const)("%s: an error event is a fault, and no end", (depth) => {
    const { read, reader } = reading(depth);
    read(start, openText, said("Hi"));
    const [event] = read({ type: "error", error: { type: "overloaded_error", message: "Overloaded" } }).events;
    expect(event?.type === "answer-error" && event.fault.code).toBe("upstream_overloaded");
    expect(reader.ended()).toBe(false);
  });

  test("skim looks past frames of text without parsing them, whatever they hold", () => {
    const { read, reader } = reading("skim");
    read(start, openText, said("Hi"));
    const bytes = new TextEncoder().encode(
      `event: content_block_delta\ndata: {"broken\n\n${frame(said('event: message_stop "message_stop"'))}`,
    );
    expect(reader.read(bytes)).toEqual({ raw: bytes, events: [], visible: true, last: false });
    for (const cut of ["\r\n", "\r"]) {
      const other = reading("skim");
      other.read(start, openText, said("Hi"));
      const piece = other.reader.read(new TextEncoder().encode((frame(said("x")) + frame(end) + frame(stop)).replaceAll("\n", cut)));
      expect(piece.events.map((event) => event.type)).toEqual(["usage-report", "choice-finish", "answer-end"]);
    }
  });

  test("bytes that cannot be read are the upstream's fault", () => {
    const broken = (bytes: Uint8Array) => () => reading("full").reader.read(bytes);
    expect(broken(new TextEncoder().encode("data: {oops\n\n"))).toThrow(Fault);
    expect(broken(new Uint8Array([...new TextEncoder().encode('data: {"type":"'), 0xff, 0x22, 0x7d, 10, 10]))).toThrow(Fault);
  });

  test("unknown events and deltas are stepped over, and pass as they came", () => {
    const { read } = reading("full");
    read(start, openText);
    const piece = read({ type: "novelty", index: 0 }, { ...said(""), delta: { type: "novel_delta", text: "x" } });
    expect([piece.events, piece.raw?.length]).toEqual([[], expect.any(Number)]);
  });

  test("a tool's input may come whole with its start, or not at all", () => {
    const { read } = reading("full");
    const begin = (input: unknown) => ({ ...openText, content_block: { type: "tool_use", id: "a", name: "f", input } });
    const given = (...events: Record<string, unknown>[]) =>
      read(...events, { type: "content_block_stop", index: 0 }).events.flatMap((event) =>
        event.type === "call-delta" ? [event.arguments] : [],
      );
    const piece = (json: string) => ({ ...openText, type: "content_block_delta", delta: { type: "input_json_delta", partial_json: json } });
    expect(given(begin({ a: 1 }))).toEqual(['{"a":1}']);
    expect(given(begin({}), piece(""))).toEqual(["{}"]);
    expect(given(begin({}), piece('{"a"'), piece(":1}"))).toEqual(['{"a"', ":1}"]);
  });

  test("counts: cache by time to live, compaction on top, an advisor's not", () => {
    const answer = anthropicMessages.readAnswer({
      content: [],
      usage: {
        input_tokens: 5,
        output_tokens: 9,
        cache_creation_input_tokens: 30,
        cache_read_input_tokens: 2,
        cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 15 },
        output_tokens_details: { thinking_tokens: 4 },
        server_tool_use: { web_search_requests: 3 },
        service_tier: "priority",
        iterations: [
          { type: "compaction", input_tokens: 100, output_tokens: 20, cache_creation_input_tokens: 7 },
          { type: "advisor_message", input_tokens: 1000, output_tokens: 200 },
        ],
      },
    });
    expect(answer.usage).toEqual(
      usageOf({
        inputUncached: 105,
        output: 29,
        cacheRead: 2,
        cacheWrite: 12,
        cacheWrite5m: 10,
        cacheWrite1h: 15,
        reasoning: 4,
        webSearches: 3,
        tier: "priority",
      }),
    );
  });
});

describe("writing a stream", () => {
  const begin: AnswerEvent = { type: "answer-start", id: "chatcmpl-1", model: "gpt-x" };
  const finish = (reason: "stop" | "call" | "length"): AnswerEvent => ({ type: "choice-finish", choice: 0, finish: { reason } });

  test("blocks that another dialect interleaves come one after the other", () => {
    const place = (block: number) => ({ block, choice: 0 });
    const call = (block: number): AnswerEvent => ({ type: "call-start", ...place(block), callId: `c${block}`, name: "f" });
    const args = (block: number, text: string): AnswerEvent => ({ type: "call-delta", ...place(block), arguments: text });
    const events = written([
      begin,
      { type: "text-start", ...place(0) },
      call(1),
      { type: "text-delta", ...place(0), text: "Hi" },
      call(2),
      args(2, "{}"),
      args(1, "{"),
      { type: "call-end", ...place(2) },
      { type: "text-end", ...place(0) },
      args(1, "}"),
      { type: "call-end", ...place(1) },
      finish("stop"),
      { type: "usage-report", usage: usageOf({ inputUncached: 3, output: 4, cacheRead: 1 }) },
      { type: "answer-end" },
    ]);
    expect(events.map((event) => `${event.type} ${event.index ?? ""}`.trim())).toEqual([
      "message_start",
      "content_block_start 0",
      "content_block_delta 0",
      "content_block_stop 0",
      "content_block_start 1",
      "content_block_delta 1",
      "content_block_delta 1",
      "content_block_stop 1",
      "content_block_start 2",
      "content_block_delta 2",
      "content_block_stop 2",
      "message_delta",
      "message_stop",
    ]);
    expect(events[0]?.message).toMatchObject({ id: "msg_42", model: "gpt-x", content: [], usage: { input_tokens: 0 } });
    expect(events.at(-2)).toMatchObject({
      delta: { stop_reason: "tool_use", stop_sequence: null },
      usage: { input_tokens: 3, cache_read_input_tokens: 1, output_tokens: 4 },
    });
  });

  test("foreign thoughts become thinking blocks whose signature brings them home", () => {
    const place = { block: 0, choice: 0 };
    const events = written([
      begin,
      { type: "reasoning-start", ...place, dialect: "openai-responses", id: "rs.1" },
      { type: "reasoning-delta", ...place, text: "A", form: "summary", paragraph: 0 },
      { type: "reasoning-delta", ...place, text: "B", form: "summary", paragraph: 1 },
      { type: "reasoning-end", ...place, sealed: { kind: "encrypted", value: "gA.b=" } },
    ]);
    const deltas = events.flatMap((event) => (event.type === "content_block_delta" ? [event.delta as Record<string, string>] : []));
    expect(deltas.map((delta) => delta.thinking ?? delta.signature)).toEqual([
      "A",
      "\n\nB",
      "sluice.openai-responses.encrypted.rs%2E1.gA.b=",
    ]);
  });

  test("an empty text is no block, a refusal is text with its own stop reason, opaque items of others are left out", () => {
    const events = written([
      begin,
      { type: "text-start", block: 0, choice: 0 },
      { type: "text-end", block: 0, choice: 0 },
      {
        type: "opaque-item",
        block: 1,
        choice: 0,
        item: { type: "opaque", dialect: "openai-responses", label: "x", role: "assistant", native: {} },
      },
      { type: "refusal-start", block: 2, choice: 0 },
      { type: "refusal-delta", block: 2, choice: 0, text: "No." },
      { type: "refusal-end", block: 2, choice: 0 },
      finish("stop"),
      { type: "answer-end" },
    ]);
    expect(events.filter((event) => event.type === "content_block_start")).toHaveLength(1);
    expect(events.at(-2)).toMatchObject({ delta: { stop_reason: "refusal" } });
  });

  test("a fault ends the stream as an error event, and nothing follows it", () => {
    const writer = anthropicMessages.writeStream(context);
    writer.write([begin]);
    const text = String(writer.fault(new Fault("upstream_incomplete")));
    expect(text).toStartWith("event: error\ndata: ");
    expect(JSON.parse(text.split("data: ")[1] as string)).toMatchObject({
      type: "error",
      error: { type: "api_error" },
      request_id: "req_42",
    });
    expect(writer.write([{ type: "answer-end" }])).toBe("");
  });

  test("whole answers: calls, custom calls, broken arguments and the model's name", () => {
    const answer = anthropicMessages.writeAnswer(
      {
        id: "resp_1",
        model: "",
        choices: [
          {
            items: [
              { type: "message", role: "assistant", parts: [{ type: "text", text: "" }] },
              { type: "call", callId: "a", name: "f", arguments: "" },
              { type: "call", callId: "b", name: "f", arguments: "[1]" },
              { type: "call", callId: "c", name: "f", arguments: "free", custom: true },
            ],
            finish: { reason: "stop" },
          },
        ],
      },
      context,
    ) as Record<string, unknown>;
    expect(answer).toMatchObject({ id: "msg_42", type: "message", role: "assistant", model: "alias", stop_reason: "tool_use" });
    expect((answer.content as { input: unknown }[]).map((block) => block.input)).toEqual([{}, { _raw: "[1]" }, { _raw: "free" }]);
  });
});

describe("faults", () => {
  const refused = (status: number, type: string, message: string, headers: Record<string, string> = {}) => {
    const body = new TextEncoder().encode(JSON.stringify({ type: "error", error: { type, message }, request_id: "req_up" }));
    return anthropicMessages.readFault({ status, header: (name) => headers[name], body });
  };

  test("an upstream's refusal is told by its status and type", () => {
    const codes = [
      refused(400, "invalid_request_error", "messages: bad"),
      refused(401, "authentication_error", "invalid x-api-key"),
      refused(402, "billing_error", "pay"),
      refused(403, "permission_error", "no"),
      refused(404, "not_found_error", "model: x"),
      refused(413, "request_too_large", "too large"),
      refused(500, "api_error", "oops"),
      refused(529, "overloaded_error", "Overloaded"),
      refused(400, "invalid_request_error", "Your credit balance is too low to access the API"),
    ].map((fault) => `${fault.code} ${fault.status}`);
    expect(codes).toEqual([
      "upstream_rejected 400",
      "upstream_credentials 502",
      "upstream_quota 503",
      "upstream_credentials 502",
      "upstream_rejected 404",
      "upstream_rejected 413",
      "upstream_failed 502",
      "upstream_overloaded 503",
      "upstream_quota 503",
    ]);
    expect(refused(429, "rate_limit_error", "slow", { "retry-after": "3" }).retryAfterMs).toBe(3000);
    const long = refused(400, "invalid_request_error", "prompt is too long: 9 tokens > 8 maximum");
    expect([long.nativeCode, long.nativeBody?.length]).toEqual(["context_length_exceeded", expect.any(Number)]);
    expect(anthropicMessages.readFault({ status: 502, header: () => undefined, body: new TextEncoder().encode("<html>") }).code).toBe(
      "upstream_failed",
    );
  });

  test("callers read Anthropic's own types, and 529 for overload", () => {
    const types = (["request_malformed", "credentials_missing", "rate_limited", "upstream_overloaded", "model_unknown"] as const).map(
      (code) => {
        const { status, body } = anthropicMessages.writeFault(new Fault(code), "req_42");
        return `${status} ${(body as { error: { type: string } }).error.type}`;
      },
    );
    expect(types).toEqual([
      "400 invalid_request_error",
      "401 authentication_error",
      "429 rate_limit_error",
      "529 overloaded_error",
      "404 not_found_error",
    ]);
    const long = new Fault("upstream_rejected", { message: "maximum context length is 8", nativeCode: "context_length_exceeded" });
    expect(anthropicMessages.writeFault(long, "r").body).toMatchObject({
      error: { message: "prompt is too long: maximum context length is 8" },
      request_id: "r",
    });
  });
});
