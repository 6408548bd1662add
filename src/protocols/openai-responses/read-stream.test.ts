import { describe, expect, test } from "bun:test";
import { Fault, usageOf } from "../../exchange/index.ts";
import { collect } from "../conversation/collect.ts";
import { openaiResponses } from "./index.ts";
import type { Wire } from "./wire.ts";

const encoder = new TextEncoder();

function faultOf(run: () => unknown): Fault | undefined {
  try {
    run();
  } catch (error) {
    return Fault.from(error);
  }
  return undefined;
}

describe("readStream", () => {
  const frame = (type: string, fields: Wire = {}) => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
  const skim = (text: string) => {
    const reader = openaiResponses.readStream({ depth: "skim", stripUsage: false });
    return { piece: reader.read(encoder.encode(text)), reader };
  };

  test("holds the preamble back and shows the first item", () => {
    const { piece, reader } = skim(`${frame("response.created", { response: {} }) + frame("response.in_progress")}: ping\n\n`);
    expect(piece).toMatchObject({ visible: false, last: false, events: [] });
    expect(reader.read(encoder.encode(frame("response.output_item.added", { item: { type: "message" } })))).toMatchObject({
      visible: true,
    });
  });

  test("refuses a frame that is no JSON object or no UTF-8, whatever its event is called", () => {
    const named = "event: response.output_text.delta\n";
    for (const text of [
      `${named}data: {oops\n\n`,
      `${named}data: nonsense\n\n`,
      `${named}data: {"a":\ndata: 1\n\n`,
      `${named}data: {"a"\r\n\r\n`,
    ]) {
      expect(faultOf(() => skim(text))?.code).toBe("upstream_malformed");
    }
    const broken = Buffer.concat([encoder.encode(`${named}data: {"delta":"`), Buffer.from([0xc3, 0x28]), encoder.encode('"}\n\n')]);
    const reader = openaiResponses.readStream({ depth: "skim", stripUsage: false });
    expect(faultOf(() => reader.read(broken))?.code).toBe("upstream_malformed");
    expect(skim(`${named}data: {"type":"response.output_text.delta",\ndata: "delta":"a"}\n\n`).piece.visible).toBe(true);
  });

  test("takes words in a text for words", () => {
    const text = '"type":"response.completed" event: response.failed \n\ndata: {"type":"error"}';
    const { piece, reader } = skim(frame("response.output_text.delta", { delta: text }));
    expect(piece.events).toEqual([]);
    expect(reader.ended()).toBe(false);
  });

  test("finds the end where no event is named and the type stands last", () => {
    const response = { status: "completed", output: [], usage: { input_tokens: 1, output_tokens: 2 } };
    const { piece, reader } = skim(`data: ${JSON.stringify({ response, type: "response.completed" })}\n\ndata: [DONE]\n\n`);
    expect(piece.events.map((event) => event.type)).toEqual(["choice-finish", "usage-report", "answer-end"]);
    expect(piece.last).toBe(true);
    expect(reader.ended()).toBe(true);
  });

  test.each([
    ["rate_limit_exceeded", "upstream_rate_limited"],
    ["server_error", "upstream_failed"],
    ["insufficient_quota", "upstream_quota"],
  ])("maps %s inside a stream to %s", (code, expected) => {
    const failed = frame("response.failed", { response: { status: "failed", error: { code, message: "secret account words" } } });
    const flat = frame("error", { code, message: "secret account words", param: null });
    const nested = frame("error", { error: { type: code, code, message: "secret account words" } });
    for (const text of [failed, flat, nested, failed + nested]) {
      const { piece, reader } = skim(text);
      expect(piece.events).toHaveLength(1);
      const [event] = piece.events;
      expect(event?.type === "answer-error" && event.fault.code).toBe(expected as never);
      expect(piece.visible).toBe(false);
      expect(reader.ended()).toBe(false);
    }
  });

  test("passes the response that is told as failed behind an error, and nothing else there", () => {
    const error = frame("error", { error: { code: "server_error", message: "No." } });
    const failed = frame("response.failed", { response: { status: "failed", error: { code: "server_error", message: "No." } } });
    const late = frame("response.output_text.delta", { delta: "a" });
    expect(new TextDecoder().decode(skim(error + late + failed).piece.raw)).toBe(error + failed);
    const { reader } = skim(error);
    expect(new TextDecoder().decode(reader.read(encoder.encode(failed)).raw)).toBe(failed);
  });

  const full = (frames: readonly string[]) => {
    const reader = openaiResponses.readStream({ depth: "full", stripUsage: false });
    return collect(reader.read(encoder.encode(frames.join(""))).events).choices[0];
  };
  const added = (item: Wire, place: Wire = {}) => frame("response.output_item.added", { item, ...place });
  const done = (item: Wire, place: Wire = {}) => frame("response.output_item.done", { item, ...place });

  test.each([
    ["where an item of its id began", (index: number) => ({ output_index: index })],
    ["behind the items before it, where no place is told at all", () => ({})],
  ])("puts a piece without a place %s", (_name, place) => {
    const said = (id: string, text: string) => frame("response.output_text.delta", { item_id: id, delta: text });
    const argued = (id: string, text: string) => frame("response.function_call_arguments.delta", { item_id: id, delta: text });
    const message = (id: string, text: string) => ({ type: "message", id, role: "assistant", content: [{ type: "output_text", text }] });
    const call = { type: "function_call", id: "fc", call_id: "c", name: "f", arguments: "" };
    const choice = full([
      added({ ...message("m1", ""), content: [] }, place(0)) + said("m1", "One") + said("m1", "."),
      done(message("m1", "One."), place(0)),
      added({ ...message("m2", ""), content: [] }, place(1)) + said("m2", "Two.") + done(message("m2", "Two."), place(1)),
      added(call, place(2)) + argued("fc", '{"x"') + argued("fc", ":1}") + done({ ...call, arguments: '{"x":1}' }, place(2)),
      frame("response.completed", { response: { usage: { input_tokens: 1, output_tokens: 1 } } }),
    ]);
    expect(choice?.items).toMatchObject([
      { type: "message", id: "m1", parts: [{ text: "One." }] },
      { type: "message", id: "m2", parts: [{ text: "Two." }] },
      { type: "call", callId: "c", arguments: '{"x":1}' },
    ]);
    expect(choice?.finish?.reason).toBe("call");
  });

  test("takes no search of the provider's own for a call of the caller's tools, and no whole call for a search", () => {
    const call = { type: "function_call", id: "fc", call_id: "c", name: "search_web", arguments: '{"q":1}', status: "completed" };
    const found = { type: "search_results", results: [] };
    const end = (output: readonly Wire[]) => frame("response.completed", { response: { status: "completed", output } });
    const place = { output_index: 0 };
    for (const output of [[found], []]) {
      const choice = full([added(call, place), done(found, place), end(output)]);
      expect(choice?.items).toMatchObject([{ type: "opaque", label: "search_results" }]);
    }
    expect(full([added(call, place), done(found, place), end([found])])?.finish?.reason).toBe("stop");
    for (const frames of [
      [added(call, place), done(call, place), end([call])],
      [added(call, place), end([call])],
      [added(call, place), end([])],
    ]) {
      const choice = full(frames);
      expect(choice?.items).toMatchObject([{ type: "call", callId: "c", name: "search_web", arguments: '{"q":1}' }]);
      expect(choice?.finish?.reason).toBe("call");
    }
  });

  test("is not ended by an upstream that only stops", () => {
    const { reader } = skim(`${frame("response.output_text.delta", { delta: "a" })}data: [DONE]\n\n`);
    expect(reader.ended()).toBe(false);
  });

  test("refuses an end that is not JSON", () => {
    expect(faultOf(() => skim("event: response.completed\ndata: {oops\n\n"))?.code).toBe("upstream_malformed");
  });
});

describe("readAnswer", () => {
  test("throws the fault of a failed response that came with 200, and the skim tells it after the usage", () => {
    const failed = {
      status: "failed",
      output: [],
      error: { code: "server_error", message: "x" },
      usage: { input_tokens: 3, output_tokens: 0 },
    };
    expect(faultOf(() => openaiResponses.readAnswer(failed))?.code).toBe("upstream_failed");
    expect(openaiResponses.skimAnswer(failed).map((event) => event.type)).toEqual(["usage-report", "answer-error"]);
  });

  test("is cut short by a reason that it does not know, and to be asked again for by two that it does", () => {
    const reasonOf = (reason: string) =>
      openaiResponses.readAnswer({ id: "r", model: "m", status: "incomplete", incomplete_details: { reason }, output: [] }).choices[0]
        ?.finish;
    expect(reasonOf("server_timeout")).toEqual({ reason: "length", native: "server_timeout" });
    expect(reasonOf("steered")?.reason).toBe("pause");
    expect(reasonOf("max_messages")?.reason).toBe("pause");
    expect(reasonOf("content_filter")?.reason).toBe("filtered");
  });

  test("counts what Perplexity and xAI tell of cache writes and searches in their own places", () => {
    const read = (usage: Wire) => openaiResponses.readAnswer({ id: "r", model: "m", status: "completed", output: [], usage }).usage;
    const details = { cache_creation_input_tokens: 30, cache_read_input_tokens: 20, cached_tokens: 20 };
    const perplexity = {
      input_tokens: 60,
      input_tokens_details: details,
      output_tokens: 1,
      tool_calls_details: { search_web: { invocation: 2 } },
    };
    expect(read(perplexity)).toEqual(usageOf({ inputUncached: 10, cacheRead: 20, cacheWrite: 30, output: 1, webSearches: 2 }));
    const tools = { web_search_calls: 2, x_search_calls: 1, code_interpreter_calls: 4 };
    expect(read({ input_tokens: 1, output_tokens: 1, server_side_tool_usage_details: tools })?.webSearches).toBe(3);
  });

  test("counts cache writes by lifetime and searches by what is billed", () => {
    const usage = {
      input_tokens: 100,
      input_tokens_details: { cached_tokens: 10, cache_write_tokens: 50, cache_write_tokens_details: { ttl_30m: 20, ttl_12h: 5 } },
      output_tokens: 7,
      output_tokens_details: { reasoning_tokens: 3 },
    };
    const search = (type: string) => ({ type: "web_search_call", id: type, action: { type } });
    const output = [search("search"), search("open_page"), search("search")];
    const read = openaiResponses.readAnswer({ id: "r", model: "m", status: "completed", output, usage, service_tier: "flex" });
    expect(read.usage).toEqual(
      usageOf({
        inputUncached: 40,
        cacheRead: 10,
        cacheWrite: 25,
        cacheWrite30m: 20,
        cacheWrite12h: 5,
        output: 7,
        reasoning: 3,
        webSearches: 2,
        tier: "flex",
      }),
    );
    const told = openaiResponses.skimAnswer({ status: "completed", output, usage, tool_usage: { web_search: { num_requests: 9 } } });
    expect(told.find((event) => event.type === "usage-report")?.usage.webSearches).toBe(9);
  });
});
