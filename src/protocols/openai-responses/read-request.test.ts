import { describe, expect, test } from "bun:test";
import { Fault, type Item, JsonBody, type ModelRequest } from "../../exchange/index.ts";
import { openaiResponses } from "./index.ts";
import type { Wire } from "./wire.ts";

const encoder = new TextEncoder();

function bodyOf(wire: Wire): JsonBody {
  return JsonBody.scan(encoder.encode(JSON.stringify(wire)));
}

function read(wire: Wire): ModelRequest {
  return openaiResponses.readRequest(bodyOf({ model: "m", ...wire }), { header: () => undefined });
}

function faultOf(run: () => unknown): Fault | undefined {
  try {
    run();
  } catch (error) {
    return Fault.from(error);
  }
  return undefined;
}

describe("stored state", () => {
  const refused: [string, Wire][] = [
    ["previous_response_id", { input: "Hi", previous_response_id: "resp_1" }],
    ["conversation", { input: "Hi", conversation: { id: "conv_1" } }],
    ["background", { input: "Hi", background: true }],
    [
      "input[1]",
      {
        input: [
          { role: "user", content: "Hi" },
          { type: "item_reference", id: "msg_1" },
        ],
      },
    ],
    ["input[0]", { input: [{ id: "msg_1" }] }],
    ["input[0]", { input: [{ id: "msg_1", type: null }] }],
    ["input[0]", { input: [{ id: "msg_1", role: "user" }] }],
  ];
  test.each(refused)("is refused and named: %s", (param, wire) => {
    const fault = faultOf(() => openaiResponses.checkRequest(bodyOf({ model: "m", ...wire })));
    expect([fault?.code, fault?.param]).toEqual(["request_unsupported", param]);
  });

  test("is found behind escapes and doubled members", () => {
    for (const item of [
      '{"ty\\u0070e":"item\\u005freference","id":"a"}',
      '{"type":"message","role":"user","content":"","type":"item_reference"}',
    ]) {
      const body = JsonBody.scan(encoder.encode(`{"model":"m","input":[${item}]}`));
      expect(faultOf(() => openaiResponses.checkRequest(body))?.code).toBe("request_unsupported");
    }
  });

  test("is not seen where words only look like it", () => {
    const quoted = 'a "type": "item_reference" \\';
    const items = [
      { role: "user", content: quoted },
      { role: "user", content: [{ type: "input_text", text: quoted }] },
      { type: "function_call", call_id: "c", name: "f", arguments: JSON.stringify({ type: "item_reference", id: quoted }) },
      { type: "mcp_call", nested: { type: "item_reference", id: "a" }, list: [[{ id: 1 }]] },
    ];
    openaiResponses.checkRequest(bodyOf({ model: "m", input: items, background: false, previous_response_id: null, conversation: null }));
  });
});

describe("checkRequest", () => {
  test.each([
    ["model", { model: 1, input: "Hi" }],
    ["input", { model: "m" }],
    ["input", { model: "m", input: { text: "Hi" } }],
    ["stream", { model: "m", input: "Hi", stream: "yes" }],
  ])("names %s where it is wrong", (param, wire) => {
    const fault = faultOf(() => openaiResponses.checkRequest(bodyOf(wire)));
    expect([fault?.code, fault?.param]).toEqual(["request_malformed", param]);
  });

  test("lets a prompt template stand without input", () => {
    openaiResponses.checkRequest(bodyOf({ model: "m", prompt: { id: "pmpt_1" } }));
  });
});

describe("readRequest", () => {
  test("reads every kind of content", () => {
    const { items } = read({
      instructions: "Be brief.",
      input: [
        {
          role: "user",
          content: [
            { type: "input_text", text: "Look", prompt_cache_breakpoint: { mode: "explicit" } },
            { type: "input_image", image_url: "data:image/png;base64,AAAA", detail: "low" },
            { type: "input_image", image_url: "https://example.com/a.png" },
            { type: "input_file", filename: "a.pdf", file_data: "data:application/pdf;base64,BBBB" },
            { type: "input_audio", input_audio: { data: "CCCC", format: "wav" } },
            { type: "input_strange", x: 1 },
          ],
        },
        { type: "function_call_output", call_id: "c1", output: [{ type: "input_text", text: "done" }] },
      ],
    });
    expect(items[0]).toMatchObject({ type: "message", role: "system", parts: [{ text: "Be brief." }] });
    expect((items[1] as Extract<Item, { type: "message" }>).parts).toEqual([
      { type: "text", text: "Look", cache: {} },
      { type: "image", source: { kind: "base64", mediaType: "image/png", data: "AAAA" }, detail: "low" },
      { type: "image", source: { kind: "url", url: "https://example.com/a.png" } },
      { type: "document", source: { kind: "base64", mediaType: "application/pdf", data: "BBBB" }, filename: "a.pdf" },
      { type: "audio", data: "CCCC", format: "wav" },
      { type: "opaque", dialect: "openai-responses", label: "input_strange", native: { type: "input_strange", x: 1 } },
    ]);
    expect(items[2]).toMatchObject({ type: "result", callId: "c1", parts: [{ type: "text", text: "done" }] });
  });

  test("reads settings, and keeps what it does not know", () => {
    const request = read({
      input: "Hi",
      tools: [
        { type: "function", name: "f", parameters: {}, defer_loading: true },
        { type: "custom", name: "g" },
        { type: "web_search" },
        { type: "shell" },
      ],
      tool_choice: { type: "allowed_tools", mode: "required", tools: [{ type: "function", name: "f" }] },
      text: { format: { type: "json_schema", name: "s", schema: {}, strict: true }, verbosity: "low" },
      reasoning: { effort: "high", summary: "auto", context: "all_turns" },
      top_logprobs: 2,
      user: "u",
      truncation: "auto",
    });
    expect(request.tools?.map((tool) => tool.type)).toEqual(["function", "custom", "web-search", "opaque"]);
    expect(request.toolChoice).toEqual({ mode: "subset", names: ["f"], required: true });
    expect(request.output).toEqual({ type: "json-schema", name: "s", schema: {}, strict: true });
    expect(request).toMatchObject({
      verbosity: "low",
      logprobs: true,
      topLogprobs: 2,
      endUser: "u",
      reasoning: { effort: "high", summary: "auto" },
    });
    expect(request.extra?.fields).toEqual({ user: "u", truncation: "auto", reasoning: { context: "all_turns" } });
  });

  test("gives hosted tools words where they are true", () => {
    const [call, image] = read({
      input: [
        { type: "web_search_call", id: "ws_1", status: "completed", action: { type: "search", query: "weather" } },
        { type: "image_generation_call", id: "ig_1", result: "AAAA" },
      ],
    }).items;
    expect(call).toMatchObject({ type: "opaque", label: "web_search_call", role: "assistant", text: "[Web search: weather]" });
    expect(image).not.toHaveProperty("text");
  });

  test.each([
    ["input[0].role", { input: [{ role: "robot", content: "Hi" }] }],
    ["input[0].call_id", { input: [{ type: "function_call", name: "f" }] }],
    ["input[0].content[0].text", { input: [{ role: "user", content: [{ type: "input_text" }] }] }],
    ["temperature", { input: "Hi", temperature: "hot" }],
    ["tools[0].name", { input: "Hi", tools: [{ type: "function" }] }],
    ["metadata", { input: "Hi", metadata: { a: 1 } }],
  ])("names %s where it is wrong", (param, wire) => {
    const fault = faultOf(() => read(wire));
    expect([fault?.code, fault?.param]).toEqual(["request_malformed", param]);
  });
});
