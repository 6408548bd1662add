import { describe, expect, test } from "bun:test";
import { type Item, JsonBody, Losses, type ModelRequest } from "../../exchange/index.ts";
import type { TargetTraits } from "../dialect.ts";
import { openaiChat } from "./index.ts";

const encoder = new TextEncoder();
const target: TargetTraits = { provider: "p", model: "up" };
const scan = (value: unknown) => JsonBody.scan(encoder.encode(JSON.stringify(value)));
const read = (value: object) =>
  openaiChat.readRequest(scan({ model: "m", messages: [{ role: "user", content: "hi" }], ...value }), { header: () => undefined });

function write(request: Partial<ModelRequest>, traits: Partial<TargetTraits> = {}) {
  const losses = new Losses();
  const items: Item[] = [{ type: "message", role: "user", parts: [{ type: "text", text: "hi" }] }];
  const full: ModelRequest = { dialect: "anthropic-messages", model: "m", items, stream: false, ...request };
  const body = JSON.parse(JSON.stringify(openaiChat.writeRequest(full, { ...target, ...traits }, losses)));
  return { body, losses: losses.list.map((loss) => `${loss.code} ${loss.class}`) };
}

describe("checking a request", () => {
  const ok = { model: "m", messages: [{ role: "user", content: "hi" }] };

  test("accepts what the wire allows, null included", () => {
    openaiChat.checkRequest(scan({ ...ok, stream: null, temperature: 0.5, stop: "x", tools: [], n: 2, tool_choice: "auto" }));
  });

  test.each([
    ["model", { messages: ok.messages }],
    ["model", { ...ok, model: "" }],
    ["messages", { model: "m" }],
    ["messages", { model: "m", messages: "nonsense" }],
    ["messages", { model: "m", messages: [] }],
    ["stream", { ...ok, stream: "yes" }],
    ["stream_options", { ...ok, stream_options: true }],
    ["tools", { ...ok, tools: {} }],
    ["max_tokens", { ...ok, max_tokens: -1 }],
    ["n", { ...ok, n: 2 ** 31 }],
    ["temperature", { ...ok, temperature: "hot" }],
  ])("refuses a wrong %s by its name", (param, body) => {
    expect(() => openaiChat.checkRequest(scan(body))).toThrow(expect.objectContaining({ code: "request_malformed", status: 400, param }));
  });

  test("refuses an empty list of messages with any spacing, and numbers beyond all bounds", () => {
    const body = (text: string) => JsonBody.scan(encoder.encode(text));
    expect(() => openaiChat.checkRequest(body('{"model":"m","messages": [ \n ]}'))).toThrow("at least one");
    expect(() => openaiChat.checkRequest(body('{"model":"m","messages":[{}],"temperature":1e400}'))).toThrow("temperature");
  });

  test("reading refuses messages without a role that exists, by their place", () => {
    expect(() => read({ messages: [{ role: "robot", content: "" }] })).toThrow(expect.objectContaining({ param: "messages[0].role" }));
    expect(() => read({ messages: [{ role: "tool", content: "" }] })).toThrow(
      expect.objectContaining({ param: "messages[0].tool_call_id" }),
    );
  });
});

describe("editing a request of the same dialect", () => {
  const edited = (body: object, traits: Partial<TargetTraits> = {}) => {
    const asked = scan(body);
    return new TextDecoder().decode(asked.splice(openaiChat.editRequest(asked, { ...target, ...traits })));
  };

  test("changes the model where it differs, and asks for usage in streams", () => {
    expect(edited({ model: "up", messages: [] })).toBe('{"model":"up","messages":[]}');
    expect(edited({ messages: [], model: "m", max_tokens: 3 })).toBe('{"messages":[],"model":"up","max_tokens":3}');
    expect(edited({ model: "up", stream: true })).toBe('{"model":"up","stream":true,"stream_options":{"include_usage":true}}');
    expect(edited({ model: "up", stream_options: { include_obfuscation: false, include_usage: false }, stream: true })).toBe(
      '{"model":"up","stream_options":{"include_obfuscation":false,"include_usage":true},"stream":true}',
    );
    expect(edited({ model: "up", stream: true }, { streamUsage: "always" })).toBe('{"model":"up","stream":true}');
    expect(edited({ model: "up", stream: false })).toBe('{"model":"up","stream":false}');
  });

  test("takes out what only the gateway put into the history", () => {
    const message = {
      role: "assistant",
      content: "a",
      reasoning_content: "hm",
      reasoning_details: [{ type: "reasoning.text", signature: "S", format: "sluice/anthropic-messages" }],
    };
    expect(edited({ model: "up", messages: [message] })).toBe('{"model":"up","messages":[{"role":"assistant","content":"a"}]}');
    const others = JSON.stringify({
      model: "up",
      messages: [{ ...message, reasoning_details: [{ type: "reasoning.text", format: "x" }] }],
    });
    expect(edited(JSON.parse(others))).toBe(others);
  });
});

describe("reading a request", () => {
  test("takes data URIs apart and keeps addresses, files and sounds", () => {
    const content = [
      { type: "image_url", image_url: { url: "data:image/png;base64,AAAA", detail: "low" } },
      { type: "image_url", image_url: { url: "https://a/b.png" } },
      { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,BBBB" } },
      { type: "file", file: { file_id: "file-1" } },
      { type: "input_audio", input_audio: { data: "CCCC", format: "wav" } },
      { type: "video_url", video_url: { url: "https://v" } },
    ];
    const [item] = read({ messages: [{ role: "user", content }] }).items;
    expect(item).toMatchObject({
      parts: [
        { type: "image", source: { kind: "base64", mediaType: "image/png", data: "AAAA" }, detail: "low" },
        { type: "image", source: { kind: "url", url: "https://a/b.png" } },
        { type: "document", source: { kind: "base64", mediaType: "application/pdf", data: "BBBB" }, filename: "a.pdf" },
        { type: "document", source: { kind: "file", fileId: "file-1" } },
        { type: "audio", format: "wav", data: "CCCC" },
        { type: "opaque", label: "video_url" },
      ],
    });
  });

  test("has the old function form as calls, results and tools, and answers in it", () => {
    const request = read({
      messages: [
        { role: "assistant", content: null, function_call: { name: "f", arguments: "{}" } },
        { role: "function", name: "f", content: "1" },
      ],
      functions: [{ name: "f", parameters: {} }],
      function_call: { name: "f" },
    });
    const [call, result] = request.items;
    expect(call?.type === "call" && result?.type === "result" && call.callId === result.callId).toBe(true);
    expect(request.toolChoice).toEqual({ mode: "tool", name: "f" });
    const answer = {
      id: "",
      model: "m",
      choices: [{ items: [{ type: "call", callId: "c", name: "f", arguments: "{}" } as const], finish: { reason: "call" } as const }],
    };
    const written = openaiChat.writeAnswer(answer, { request, requestId: "req_9", createdAt: 1 });
    expect(written).toMatchObject({
      id: "chatcmpl-9",
      choices: [{ message: { function_call: { name: "f" } }, finish_reason: "function_call" }],
    });
  });

  test("an id of the user's that is too long for OpenAI goes as its hash, the same each time", () => {
    const { body, losses } = write({ endUser: "user_".padEnd(140, "x") });
    expect(body.user).toMatch(/^[0-9a-f]{64}$/);
    expect(losses).toEqual(["user_hashed M"]);
    expect(write({ endUser: "user_".padEnd(140, "x") }).body.user).toBe(body.user);
    expect(write({ endUser: "short" })).toMatchObject({ body: { user: "short" }, losses: [] });
  });

  test("knows custom tools, subsets, search options, effort and output schemas", () => {
    const request = read({
      tools: [
        { type: "function", function: { name: "f", parameters: { type: "object" }, strict: true } },
        { type: "custom", custom: { name: "sh", format: { type: "grammar", grammar: { syntax: "lark", definition: "x" } } } },
      ],
      tool_choice: { type: "allowed_tools", allowed_tools: { mode: "required", tools: [{ type: "function", function: { name: "f" } }] } },
      web_search_options: { search_context_size: "low" },
      reasoning: { effort: "high" },
      response_format: { type: "json_schema", json_schema: { name: "n", schema: {}, strict: true } },
      unknown_field: 1,
    });
    expect(request).toMatchObject({
      tools: [{ type: "function", strict: true }, { type: "custom", format: { type: "grammar", syntax: "lark" } }, { type: "web-search" }],
      toolChoice: { mode: "subset", names: ["f"], required: true },
      reasoning: { effort: "high" },
      output: { type: "json-schema", name: "n", strict: true },
      extra: { fields: { unknown_field: 1 } },
    });
  });
});

describe("writing a request of another dialect", () => {
  test("groups what the assistant did into one message and drops foreign seals with a loss", () => {
    const { body, losses } = write({
      items: [
        { type: "message", role: "system", parts: [{ type: "text", text: "s" }] },
        { type: "message", role: "user", parts: [{ type: "text", text: "u" }] },
        { type: "reasoning", dialect: "anthropic-messages", summary: [], text: "t", sealed: { kind: "signature", value: "S" } },
        {
          type: "message",
          role: "assistant",
          parts: [
            { type: "text", text: "a" },
            { type: "text", text: "b" },
          ],
        },
        { type: "call", callId: "c", name: "f", arguments: "" },
        { type: "result", callId: "c", parts: [{ type: "text", text: "r" }], isError: true },
      ],
    });
    expect(body.messages).toEqual([
      { role: "system", content: "s" },
      { role: "user", content: "u" },
      { role: "assistant", content: "ab", tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: "{}" } }] },
      { role: "tool", tool_call_id: "c", content: "r" },
    ]);
    expect(losses).toEqual(["reasoning_foreign_dropped Q", "is_error_flattened Q"]);
  });

  test("writes a document of text under its title, or its file's name", () => {
    const document = (names: object) =>
      write({
        items: [{ type: "message", role: "user", parts: [{ type: "document", source: { kind: "text", text: "words" }, ...names }] }],
      });
    const texts = [{ title: "Plan", filename: "p.txt" }, { filename: "p.txt" }, {}].map(
      (names) => document(names).body.messages[0].content,
    );
    expect(texts).toEqual(["Plan\n\nwords", "p.txt\n\nwords", "words"].map((text) => [{ type: "text", text }]));
  });

  test("refuses a result without its call by the exact id, documents by address and images by file id", () => {
    const user = (part: object): Item[] => [{ type: "message", role: "user", parts: [part as never] }];
    expect(() => write({ items: [{ type: "result", callId: "call_x", parts: [] }] })).toThrow("call_x");
    expect(() => write({ items: user({ type: "document", source: { kind: "url", url: "https://d" } }) })).toThrow(
      expect.objectContaining({ code: "request_unsupported" }),
    );
    expect(() => write({ items: user({ type: "image", source: { kind: "file", fileId: "f" } }) })).toThrow(
      expect.objectContaining({ code: "request_unsupported" }),
    );
    const image = { type: "image", source: { kind: "url", url: "https://i" } };
    expect(() => write({ items: user(image) }, { inputs: ["text"] })).toThrow(expect.objectContaining({ code: "request_unsupported" }));
    expect(() =>
      write({ dialect: "openai-responses", extra: { dialect: "openai-responses", fields: { previous_response_id: "resp_1" } } }),
    ).toThrow(expect.objectContaining({ code: "request_unsupported", param: "previous_response_id" }));
  });

  test("follows the target's traits", () => {
    const developer: Item[] = [{ type: "message", role: "developer", parts: [{ type: "text", text: "d" }] }];
    const { body } = write(
      { items: developer, maxOutputTokens: 7, stream: true },
      { developerRole: false, outputLimitField: "max_tokens" },
    );
    expect(body).toEqual({
      model: "up",
      messages: [{ role: "system", content: "d" }],
      max_tokens: 7,
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(write({ stream: true }, { streamUsage: "never" }).body.stream_options).toBeUndefined();
  });

  test("takes the nearest effort, budgets included, and reports it", () => {
    const effort = (reasoning: ModelRequest["reasoning"], traits: Partial<TargetTraits> = {}) => {
      const { body, losses } = write({ reasoning }, traits);
      return [body.reasoning_effort, losses.length];
    };
    expect(effort({ effort: "high" })).toEqual(["high", 0]);
    expect(effort({ effort: "max" }, { efforts: ["low", "high"] })).toEqual(["high", 1]);
    expect(effort({ budgetTokens: 10_000 })).toEqual(["medium", 1]);
    expect(effort({ mode: "enabled" })).toEqual(["medium", 1]);
    expect(effort({ mode: "adaptive" })).toEqual([undefined, 0]);
    expect(effort({ effort: "low" }, { reasoningEffort: false })).toEqual([undefined, 1]);
    expect(effort({ mode: "disabled" }, { efforts: ["none", "low"] })).toEqual(["none", 0]);
    expect(effort({ mode: "disabled" })).toEqual([undefined, 1]);
  });

  test("tells the model the schema where the target knows none", () => {
    const { body, losses } = write({ output: { type: "json-schema", name: "n", schema: { type: "object" } } }, { jsonSchema: false });
    expect(body.response_format).toEqual({ type: "json_object" });
    expect(body.messages[0].content).toContain('{"type":"object"}');
    expect(losses).toEqual(["strict_dropped S"]);
  });

  test("refuses hosted tools: an answer without them would be another answer", () => {
    const tools = [{ type: "opaque", dialect: "anthropic-messages", label: "bash", native: {} }] as const;
    expect(() => write({ tools })).toThrow(expect.objectContaining({ code: "request_unsupported", param: "tools[0]" }));
  });

  test("turns search tools into search options", () => {
    const native = { type: "web_search", search_context_size: "low", user_location: { type: "approximate", city: "Bonn" } };
    const { body } = write({ dialect: "openai-responses", tools: [{ type: "web-search", dialect: "openai-responses", native }] });
    expect(body.web_search_options).toEqual({
      search_context_size: "low",
      user_location: { type: "approximate", approximate: { city: "Bonn" } },
    });
  });

  test("reports what it leaves out, and writes the same bytes every time", () => {
    const request: Partial<ModelRequest> = {
      ...{ topK: 4, metadata: { a: "b" }, serviceTier: "standard_only" },
      items: [
        { type: "opaque", dialect: "anthropic-messages", label: "server_tool_use", role: "assistant", native: {}, text: "searched" },
        {
          type: "message",
          role: "user",
          parts: [
            { type: "text", text: "u", cache: { ttl: "5m" } },
            { type: "text", text: "v" },
          ],
        },
      ],
    };
    const { body, losses } = write(request);
    expect(losses.toSorted()).toEqual([
      "cache_hint_dropped Q",
      "metadata_dropped M",
      "sampling_dropped Q",
      "server_tool_history_flattened S",
      "tier_dropped Q",
    ]);
    expect(JSON.stringify(write(request).body)).toBe(JSON.stringify(body));
    expect(Object.keys(body).slice(0, 2)).toEqual(["model", "messages"]);
  });
});
