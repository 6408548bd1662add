import { describe, expect, test } from "bun:test";
import { Fault, usageOf } from "../../exchange/index.ts";
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
