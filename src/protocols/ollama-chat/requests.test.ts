import { describe, expect, test } from "bun:test";
import { type Item, JsonBody, Losses, type ModelRequest } from "../../exchange/index.ts";
import { anthropicMessages } from "../anthropic-messages/index.ts";
import type { TargetTraits } from "../dialect.ts";
import { openaiChat } from "../openai-chat/index.ts";
import { ollamaChat } from "./index.ts";

const target: TargetTraits = { provider: "ollama", model: "qwen3" };
const scan = (body: unknown) => JsonBody.scan(new TextEncoder().encode(JSON.stringify(body)));
const read = (body: object) => ollamaChat.readRequest(scan({ model: "m", messages: [], ...body }), { header: () => undefined });

function write(request: Partial<ModelRequest>, traits: Partial<TargetTraits> = {}) {
  const losses = new Losses();
  const full: ModelRequest = { dialect: "openai-chat", model: "m", items: [], stream: false, ...request };
  const body = JSON.parse(JSON.stringify(ollamaChat.writeRequest(full, { ...target, ...traits }, losses)));
  return { body, losses: losses.list.map((loss) => `${loss.code} ${loss.class} ${loss.path}`) };
}

const user = (text: string): Item => ({ type: "message", role: "user", parts: [{ type: "text", text }] });
const png = "iVBORw0KGgoAAAANSUhEUg==";
const options = { temperature: 0.5, top_p: 0.9, top_k: 20, num_predict: 100, seed: 7, stop: ["END"], num_ctx: 8192, min_p: 0.1 };
const tool = { type: "function", function: { name: "weather", description: "d", parameters: { type: "object", properties: {} } } };
const conversation = [
  { role: "system", content: "Be brief." },
  { role: "user", content: "What is this?", images: [png] },
  {
    role: "assistant",
    content: "I look.",
    thinking: "Hm.",
    tool_calls: [{ function: { name: "weather", arguments: { city: "Paris" } } }, { function: { name: "time", arguments: {} } }],
  },
  { role: "tool", content: "noon", tool_name: "time" },
  { role: "tool", content: "sunny", tool_name: "weather" },
  { role: "assistant", content: "", tool_calls: [{ function: { name: "weather", arguments: { city: "Rome" } } }] },
  { role: "tool", content: "rain" },
];

describe("a request of Ollama's", () => {
  const whole = {
    ...{ model: "m", messages: conversation, tools: [tool], think: "high", format: { type: "object" }, options },
    ...{ keep_alive: "5m", logprobs: true, top_logprobs: 2, stream: false },
  };

  test("is written back as it was read", () => {
    const losses = new Losses();
    const written = ollamaChat.writeRequest(read(whole), { ...target, model: "m" }, losses);
    expect(JSON.parse(JSON.stringify(written))).toEqual(whole);
    expect(losses.list).toEqual([]);
  });

  test("streams where it does not say otherwise, and the upstream is told so", () => {
    expect([read({}).stream, read({ stream: null }).stream, read({ stream: false }).stream]).toEqual([true, true, false]);
    expect(write({ stream: true }).body.stream).toBe(true);
    expect(write({ stream: false }).body.stream).toBe(false);
  });

  test("is told in the common words", () => {
    expect(read(whole)).toMatchObject({
      ...{ temperature: 0.5, topP: 0.9, topK: 20, maxOutputTokens: 100, seed: 7, stop: ["END"], logprobs: true, topLogprobs: 2 },
      ...{ reasoning: { effort: "high" }, output: { type: "json-schema", schema: { type: "object" } } },
      extra: { dialect: "ollama-chat", fields: { keep_alive: "5m", options: { num_ctx: 8192, min_p: 0.1 } } },
    });
    expect([read({ think: true }).reasoning, read({ think: false }).reasoning]).toEqual([{ mode: "enabled" }, { mode: "disabled" }]);
    expect([read({ format: "json" }).output, read({ format: "" }).output]).toEqual([{ type: "json" }, undefined]);
    // "Without end" is no limit in tokens.
    expect(read({ options: { num_predict: -1 } })).toMatchObject({ extra: { fields: { options: { num_predict: -1 } } } });
    expect(read({ options: { num_predict: -1 } }).maxOutputTokens).toBeUndefined();
  });

  test("has call ids that follow from the place, and results that find their call by name or by order", () => {
    const items = read({ messages: conversation }).items;
    expect(items.flatMap((item) => (item.type === "call" || item.type === "result" ? [`${item.type} ${item.callId}`] : []))).toEqual([
      ...["call call_0", "call call_1", "result call_1", "result call_0", "call call_2", "result call_2"],
    ]);
    expect(items[1]).toMatchObject({
      parts: [{ type: "image", source: { kind: "base64", mediaType: "image/png", data: png } }, { text: "What is this?" }],
    });
  });

  test("goes to the other dialects with images, calls and results, and the same bytes for the same history", () => {
    for (const dialect of [openaiChat, anthropicMessages]) {
      const texts = [conversation.slice(0, 5), conversation].map((messages) => {
        const losses = new Losses();
        const body = dialect.writeRequest(
          read({ messages, tools: [tool, { type: "function", function: { name: "time" } }] }),
          target,
          losses,
        );
        expect(losses.list.filter((loss) => loss.class === "S")).toEqual([]);
        return JSON.stringify((body as { messages: unknown }).messages).slice(0, -1);
      });
      const [first = "", second = ""] = texts;
      expect(second.startsWith(first)).toBe(true);
      expect(second).toContain(png);
      for (const text of ["noon", "sunny", "rain", "call_2", "Rome"]) expect(second).toContain(text);
      // Thoughts of one provider are not another's.
      expect(second).not.toContain("Hm.");
    }
  });

  test.each([
    ["model", { model: "" }],
    ["messages", { messages: "hi" }],
    ["stream", { stream: 1 }],
    ["think", { think: 3 }],
    ["format", { format: [] }],
    ["options", { options: [] }],
    ["options.temperature", { options: { temperature: "hot" } }],
    ["options.num_predict", { options: { num_predict: 1.5 } }],
  ])("with a wrong %s is refused by its name", (param, body) => {
    expect(() => ollamaChat.checkRequest(scan({ model: "m", messages: [], ...body }))).toThrow(
      expect.objectContaining({ code: "request_malformed", param }),
    );
  });

  test.each([
    ["messages[0].role", [{ role: "wizard" }]],
    ["messages[0].content", [{ role: "user", content: [{ type: "text" }] }]],
    ["messages[0].images[0]", [{ role: "user", images: [1] }]],
    ["messages[0].tool_calls[0].function", [{ role: "assistant", tool_calls: [{}] }]],
  ])("with a wrong %s is refused by its place", (param, messages) => {
    expect(() => read({ messages })).toThrow(expect.objectContaining({ code: "request_malformed", param }));
  });

  test("that only loads a model passes", () => {
    expect(() => ollamaChat.checkRequest(scan({ model: "m", keep_alive: 0 }))).not.toThrow();
    expect(ollamaChat.editRequest(scan({ model: "m" }), target)).toEqual([{ name: "model", json: '"qwen3"' }]);
    expect(ollamaChat.editRequest(scan({ model: "qwen3" }), target)).toEqual([]);
  });
});

describe("another dialect's request for Ollama", () => {
  test("says options, names the called tools, and holds arguments as objects", () => {
    const { body, losses } = write({
      items: [
        { type: "message", role: "developer", parts: [{ type: "text", text: "Be brief." }] },
        {
          type: "message",
          role: "user",
          parts: [
            { type: "image", source: { kind: "base64", mediaType: "image/png", data: png } },
            { type: "text", text: "hi" },
          ],
        },
        { type: "call", callId: "a", name: "f", arguments: '{"x":1}' },
        { type: "call", callId: "b", name: "g", arguments: "" },
        { type: "result", callId: "b", parts: [{ type: "text", text: "B" }] },
        { type: "result", callId: "a", parts: [{ type: "text", text: "A" }], isError: true },
        user("and?"),
      ],
      ...{ maxOutputTokens: 5, temperature: 1, topP: 0.5, topK: 3, seed: 1, stop: ["x"], frequencyPenalty: 0.1, presencePenalty: 0.2 },
      tools: [{ type: "function", name: "f", schema: { type: "object" } }],
      output: { type: "json-schema", name: "r", schema: { type: "object" }, strict: true },
      reasoning: { effort: "medium" },
    });
    expect(body).toEqual({
      model: "qwen3",
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "hi", images: [png] },
        {
          role: "assistant",
          content: "",
          tool_calls: [
            { id: "a", function: { name: "f", arguments: { x: 1 } } },
            { id: "b", function: { name: "g", arguments: {} } },
          ],
        },
        { role: "tool", content: "B", tool_name: "g", tool_call_id: "b" },
        { role: "tool", content: "A", tool_name: "f", tool_call_id: "a" },
        { role: "user", content: "and?" },
      ],
      tools: [{ type: "function", function: { name: "f", parameters: { type: "object" } } }],
      format: { type: "object" },
      think: "medium",
      options: {
        ...{ num_predict: 5, temperature: 1, top_p: 0.5, top_k: 3, seed: 1, frequency_penalty: 0.1, presence_penalty: 0.2, stop: ["x"] },
      },
      stream: false,
    });
    expect(losses).toEqual(["is_error_flattened Q items[5]"]);
  });

  test.each<[string, ModelRequest["reasoning"], Partial<TargetTraits>, unknown, string[]]>([
    ["no effort", { effort: "none" }, {}, false, []],
    ["off", { mode: "disabled" }, {}, false, []],
    ["on", { mode: "enabled" }, {}, true, []],
    ["the least effort", { effort: "minimal" }, {}, "low", ["reasoning_control_approximated Q reasoning"]],
    ["the most effort", { effort: "max" }, {}, "high", ["reasoning_control_approximated Q reasoning"]],
    ["a budget", { mode: "enabled", budgetTokens: 10_000 }, {}, "medium", ["reasoning_control_approximated Q reasoning"]],
    ["effort of a model without levels", { effort: "high" }, { efforts: [] }, true, ["reasoning_control_approximated Q reasoning"]],
    [
      "effort of a model that does not think",
      { effort: "high" },
      { thinking: "none" },
      undefined,
      ["reasoning_control_approximated Q reasoning"],
    ],
    ["no thoughts of a model that has none", { effort: "none" }, { thinking: "none" }, undefined, []],
  ])("that asks for %s thinks accordingly", (_name, reasoning, traits, think, expected) => {
    const { body, losses } = write({ items: [user("hi")], reasoning }, traits);
    expect([body.think, losses]).toEqual([think, expected]);
  });

  test("reports the hosted tools that a choice of functions leaves out, and names tools by the caller's list", () => {
    const search = { type: "web-search", dialect: "gemini-generate", native: {} } as const;
    const tools = [search, { type: "function", name: "f", strict: true } as const];
    const { body, losses } = write({ items: [user("hi")], tools, toolChoice: { mode: "subset", names: ["f"], required: false } });
    expect(body.tools).toHaveLength(1);
    expect(losses).toEqual([
      "tool_choice_approximated Q tool_choice",
      "hosted_tool_dropped Q tools[0]",
      "strict_dropped S tools[1].strict",
    ]);
  });

  test("reports what it loses", () => {
    const { body, losses } = write({
      dialect: "openai-responses",
      items: [
        { type: "message", role: "user", name: "Ann", parts: [{ type: "text", text: "a", cache: {} }] },
        { type: "reasoning", dialect: "openai-responses", summary: ["hm"], sealed: { kind: "encrypted", value: "X" } },
        { type: "call", callId: "c", name: "f", arguments: "[1]" },
        { type: "message", role: "assistant", phase: "commentary", parts: [{ type: "text", text: "b" }] },
        { type: "result", callId: "c", parts: [{ type: "document", source: { kind: "text", text: "doc" }, title: "T" }] },
        {
          type: "message",
          role: "user",
          parts: [
            { type: "text", text: "x" },
            { type: "image", source: { kind: "base64", mediaType: "image/png", data: png } },
          ],
        },
      ],
      tools: [
        { type: "function", name: "f", strict: true },
        { type: "function", name: "g" },
      ],
      toolChoice: { mode: "tool", name: "f" },
      ...{ parallelToolCalls: false, logitBias: { "1": 1 }, endUser: "u", metadata: { a: "b" }, store: true, serviceTier: "priority" },
      ...{ verbosity: "low", cacheKey: "k", prediction: {}, cache: {} },
      extra: { dialect: "openai-responses", fields: { truncation: "auto" } },
    });
    expect(losses.sort()).toEqual(
      [
        ...["field_dropped Q truncation", "logit_bias_unsupported S logit_bias", "cache_hint_dropped Q cache_control"],
        ...["cache_hint_dropped Q prompt_cache_key", "verbosity_dropped Q verbosity", "prediction_dropped Q prediction"],
        ...["tier_dropped Q service_tier", "parallel_control_dropped Q parallel_tool_calls", "metadata_dropped M metadata"],
        ...[
          "user_dropped M user",
          "state_unsupported M store",
          "tool_choice_approximated S tool_choice",
          "strict_dropped S tools[0].strict",
        ],
        ...["name_dropped M items[0].name", "cache_hint_dropped Q items[0].content[0]", "reasoning_foreign_dropped Q items[1]"],
        ...["arguments_wrapped Q items[2].tool_calls", "phase_dropped Q items[3].phase", "turn_reordered M items[3]"],
        ...["document_flattened Q items[4].content[0]", "parts_reordered M items[5].content[1]"],
      ].sort(),
    );
    expect(body.tools).toHaveLength(1);
    expect(body.messages[1]).toEqual({
      role: "assistant",
      content: "b",
      tool_calls: [{ id: "c", function: { name: "f", arguments: { _raw: "[1]" } } }],
    });
    expect(body.messages[2].content).toBe("T\n\ndoc");
    expect(JSON.stringify(body)).not.toContain("hm");
  });

  test.each<[string, Partial<ModelRequest>]>([
    ["several answers", { count: 2 }],
    ["sound", { modalities: ["audio"] }],
    ["state", { extra: { dialect: "openai-responses", fields: { previous_response_id: "r" } } }],
    ["a tool for free text", { tools: [{ type: "custom", name: "sh" }] }],
    ["a search of the web", { tools: [{ type: "web-search", dialect: "openai-chat", native: {} }] }],
    [
      "an image by URL",
      { items: [{ type: "message", role: "user", parts: [{ type: "image", source: { kind: "url", url: "https://x" } }] }] },
    ],
    [
      "a PDF",
      {
        items: [
          {
            type: "message",
            role: "user",
            parts: [{ type: "document", source: { kind: "base64", mediaType: "application/pdf", data: "" } }],
          },
        ],
      },
    ],
    ["sound as input", { items: [{ type: "message", role: "user", parts: [{ type: "audio", format: "wav", data: "" }] }] }],
  ])("with %s is refused, because the answer would be a wrong one", (_name, request) => {
    expect(() => write(request)).toThrow(expect.objectContaining({ code: "request_unsupported" }));
  });

  test("with a result without its call is refused", () => {
    expect(() => write({ items: [{ type: "result", callId: "x", parts: [] }] })).toThrow(
      expect.objectContaining({ code: "request_malformed", param: "x" }),
    );
  });
});
