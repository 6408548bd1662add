import { describe, expect, test } from "bun:test";
import { type Item, JsonBody, Losses, type ModelRequest } from "../../exchange/index.ts";
import { anthropicMessages } from "../anthropic-messages/index.ts";
import type { TargetTraits } from "../dialect.ts";
import { openaiChat } from "../openai-chat/index.ts";
import { openaiResponses } from "../openai-responses/index.ts";
import { cohereChat } from "./index.ts";

const target: TargetTraits = { provider: "cohere", model: "command-a" };
const scan = (body: unknown) => JsonBody.scan(new TextEncoder().encode(JSON.stringify(body)));
const hello = { role: "user", content: "hi" };
const read = (body: object) => cohereChat.readRequest(scan({ model: "m", messages: [hello], ...body }), { header: () => undefined });

function write(request: Partial<ModelRequest>, traits: Partial<TargetTraits> = {}) {
  const losses = new Losses();
  const full: ModelRequest = { dialect: "openai-chat", model: "m", items: [], stream: false, ...request };
  const body = JSON.parse(JSON.stringify(cohereChat.writeRequest(full, { ...target, ...traits }, losses)));
  return { body, losses: losses.list.map((loss) => `${loss.code} ${loss.class} ${loss.path}`) };
}

const user = (text: string): Item => ({ type: "message", role: "user", parts: [{ type: "text", text }] });
const png = "data:image/png;base64,iVBORw0KGgo=";
const call = (id: string, text: string) => ({ id, type: "function", function: { name: "weather", arguments: text } });
const tool = { type: "function", function: { name: "weather", description: "d", parameters: { type: "object", properties: {} } } };
const source = { type: "tool", id: "a:0", tool_output: { content: "sunny" } };
const citation = { start: 0, end: 5, text: "Sunny", sources: [source], type: "TEXT_CONTENT" };
const conversation = [
  { role: "system", content: "Be brief." },
  {
    role: "user",
    content: [
      { type: "text", text: "What is this?" },
      { type: "image_url", image_url: { url: png, detail: "low" } },
    ],
  },
  {
    role: "assistant",
    tool_plan: "I look.",
    content: [{ type: "thinking", thinking: "Hm." }],
    tool_calls: [call("a", '{"city":"Paris"}'), call("b", "null")],
  },
  { role: "tool", tool_call_id: "a", content: [{ type: "document", document: { id: "1", data: { text: "sunny", title: "T" } } }] },
  { role: "tool", tool_call_id: "b", content: "noon" },
  { role: "assistant", content: "Sunny, at noon.", citations: [citation] },
  { role: "user", content: "Thanks!" },
];

describe("a request of Cohere's", () => {
  const whole = {
    ...{ model: "m", messages: conversation, tools: [tool], tool_choice: "REQUIRED", strict_tools: true },
    documents: ["a text", { id: "d1", data: { text: "another", title: "Doc" } }, { data: { price: 3, unit: "EUR" } }],
    response_format: { type: "json_object", json_schema: { type: "object" } },
    thinking: { type: "enabled", token_budget: 500 },
    ...{
      max_tokens: 100,
      temperature: 0.3,
      p: 0.75,
      k: 10,
      seed: 7,
      stop_sequences: ["END"],
      frequency_penalty: 0.1,
      presence_penalty: 0.2,
    },
    ...{ logprobs: true, citation_options: { mode: "accurate" }, safety_mode: "STRICT", priority: 3, stream: true },
  };

  test("is written back as it was read", () => {
    const losses = new Losses();
    const written = cohereChat.writeRequest(read(whole), { ...target, model: "m" }, losses);
    expect(JSON.parse(JSON.stringify(written))).toEqual(whole);
    expect(losses.list).toEqual([]);
  });

  test("is told in the common words", () => {
    const request = read(whole);
    expect(request).toMatchObject({
      ...{ stream: true, maxOutputTokens: 100, temperature: 0.3, topP: 0.75, topK: 10, seed: 7, stop: ["END"], logprobs: true },
      ...{ toolChoice: { mode: "required" }, tools: [{ type: "function", name: "weather", strict: true }] },
      ...{ reasoning: { mode: "enabled", budgetTokens: 500 }, output: { type: "json-schema", schema: { type: "object" } } },
      extra: { dialect: "cohere-chat", fields: { citation_options: { mode: "accurate" }, safety_mode: "STRICT", priority: 3 } },
    });
    const documents = request.items[1];
    expect(documents).toMatchObject({
      role: "user",
      parts: [
        { type: "document", source: { kind: "text", text: "a text" } },
        { type: "document", source: { kind: "text", text: "another" }, title: "Doc" },
        { type: "document", source: { kind: "text", text: '{"price":3,"unit":"EUR"}' } },
      ],
    });
    expect([read({}).stream, read({ tool_choice: "NONE" }).toolChoice, read({ thinking: { type: "disabled" } }).reasoning]).toEqual([
      ...[false, { mode: "none" as const }, { mode: "disabled" as const }],
    ]);
  });

  test("goes to the other dialects with images, documents, calls and results, and the same bytes for the same history", () => {
    for (const dialect of [openaiChat, anthropicMessages, openaiResponses]) {
      const texts = [conversation.slice(0, 5), conversation].map((messages) => {
        const losses = new Losses();
        const request = read({ messages, tools: [tool], documents: whole.documents });
        const body = dialect.writeRequest(request, { ...target, reasoningEffort: false }, losses);
        expect(losses.list.filter((loss) => loss.class === "S")).toEqual([]);
        return JSON.stringify((body as { messages?: unknown; input?: unknown }).messages ?? body.input).slice(0, -1);
      });
      const [first = "", second = ""] = texts;
      expect(second.startsWith(first)).toBe(true);
      for (const text of ["iVBORw0KGgo=", "a text", "another", "EUR", "I look.", "Paris", "sunny", "noon", "Sunny, at noon."]) {
        expect(second).toContain(text);
      }
      // Thoughts of one provider are not another's.
      expect(second).not.toContain("Hm.");
    }
  });

  test.each([
    ["model", { model: 3 }],
    ["messages", { messages: {} }],
    ["messages", { messages: [] }],
    ["stream", { stream: "yes" }],
    ["max_tokens", { max_tokens: -1 }],
    ["k", { k: 1.5 }],
    ["p", { p: "x" }],
    ["documents", { documents: {} }],
    ["tool_choice", { tool_choice: {} }],
  ])("with a wrong %s is refused by its name", (param, body) => {
    expect(() => cohereChat.checkRequest(scan({ model: "m", messages: [hello], ...body }))).toThrow(
      expect.objectContaining({ code: "request_malformed", param }),
    );
  });

  test.each([
    ["messages[0].role", { messages: [{ role: "wizard" }] }],
    ["messages[0].content[0].text", { messages: [{ role: "user", content: [{ type: "text" }] }] }],
    ["messages[0].tool_call_id", { messages: [{ role: "tool", content: "x" }] }],
    ["messages[0].tool_calls[0].id", { messages: [{ role: "assistant", tool_calls: [{}] }] }],
    ["documents[0]", { documents: [3] }],
    ["tools[0].function.name", { tools: [{ type: "function", function: {} }] }],
  ])("with a wrong %s is refused by its place", (param, body) => {
    expect(() => read(body)).toThrow(expect.objectContaining({ code: "request_malformed", param }));
  });

  test("changes its model's name and nothing else on the way to an upstream of its own", () => {
    expect(cohereChat.editRequest(scan({ model: "m", messages: [hello] }), target)).toEqual([{ name: "model", json: '"command-a"' }]);
    expect(cohereChat.editRequest(scan({ model: "command-a", messages: [hello] }), target)).toEqual([]);
  });
});

describe("another dialect's request for Cohere", () => {
  test("has what was said before calls as their plan, and documents in results", () => {
    const { body, losses } = write({
      items: [
        { type: "message", role: "developer", parts: [{ type: "text", text: "Be brief." }] },
        user("hi"),
        { type: "message", role: "assistant", parts: [{ type: "text", text: "I look." }] },
        { type: "call", callId: "a", name: "f", arguments: '{"x":1}' },
        { type: "call", callId: "b", name: "g", arguments: "" },
        { type: "result", callId: "a", parts: [{ type: "document", source: { kind: "text", text: "doc" }, title: "T" }] },
        { type: "result", callId: "b", parts: [{ type: "text", text: "B" }], isError: true },
        { type: "message", role: "assistant", parts: [{ type: "text", text: "Done." }] },
        user("and?"),
      ],
      tools: [{ type: "function", name: "f" }],
      ...{ maxOutputTokens: 5, temperature: 1, topP: 1, topK: 900, seed: 1, stop: ["x"], frequencyPenalty: -1, presencePenalty: 0.2 },
      output: { type: "json-schema", name: "r", schema: { type: "object" } },
    });
    expect(body).toEqual({
      model: "command-a",
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "hi" },
        {
          role: "assistant",
          tool_plan: "I look.",
          tool_calls: [
            { id: "a", type: "function", function: { name: "f", arguments: '{"x":1}' } },
            { id: "b", type: "function", function: { name: "g", arguments: "{}" } },
          ],
        },
        { role: "tool", tool_call_id: "a", content: [{ type: "document", document: { data: { title: "T", text: "doc" } } }] },
        { role: "tool", tool_call_id: "b", content: "B" },
        { role: "assistant", content: "Done." },
        { role: "user", content: "and?" },
      ],
      tools: [{ type: "function", function: { name: "f", parameters: { type: "object", properties: {} } } }],
      response_format: { type: "json_object", json_schema: { type: "object" } },
      ...{ max_tokens: 5, temperature: 1, p: 0.99, k: 500, seed: 1, frequency_penalty: 0, presence_penalty: 0.2, stop_sequences: ["x"] },
      stream: false,
    });
    expect(losses).toEqual([
      ...["is_error_flattened Q items[6]", "sampling_clamped Q p", "sampling_clamped Q k", "sampling_clamped Q frequency_penalty"],
    ]);
  });

  test.each<[string, ModelRequest["reasoning"], Partial<TargetTraits>, unknown, string[]]>([
    ["no effort", { effort: "none" }, {}, { type: "disabled" }, []],
    ["low effort", { effort: "low" }, {}, { type: "enabled", token_budget: 2048 }, ["reasoning_control_approximated Q reasoning"]],
    ["high effort", { effort: "high" }, {}, { type: "enabled" }, ["reasoning_control_approximated Q reasoning"]],
    ["a budget", { mode: "enabled", budgetTokens: 9 }, {}, { type: "enabled", token_budget: 9 }, []],
    [
      "effort of a model without thoughts",
      { effort: "low" },
      { thinking: "none" },
      undefined,
      ["reasoning_control_approximated Q reasoning"],
    ],
    ["no thoughts of a model without any", { mode: "disabled" }, { thinking: "none" }, undefined, []],
  ])("that asks for %s thinks accordingly", (_name, reasoning, traits, thinking, expected) => {
    const { body, losses } = write({ items: [user("hi")], reasoning }, traits);
    expect([body.thinking, losses]).toEqual([thinking, expected]);
  });

  test.each<[string, ModelRequest["toolChoice"], unknown, string[], string[]]>([
    ["auto", { mode: "auto" }, undefined, ["f", "g"], []],
    ["none", { mode: "none" }, "NONE", ["f", "g"], []],
    ["required", { mode: "required" }, "REQUIRED", ["f", "g"], []],
    ["one tool", { mode: "tool", name: "g" }, "REQUIRED", ["g"], ["tool_choice_approximated Q tool_choice"]],
    ["some tools", { mode: "subset", names: ["f"], required: false }, undefined, ["f"], ["tool_choice_approximated Q tool_choice"]],
  ])("that chooses %s says so as far as it can", (_name, toolChoice, choice, names, expected) => {
    const tools = ["f", "g"].map((name) => ({ type: "function", name }) as const);
    const { body, losses } = write({ items: [user("hi")], tools, toolChoice });
    const written = body.tools.map((one: { function: { name: string } }) => one.function.name);
    expect([body.tool_choice, written, losses]).toEqual([choice, names, expected]);
  });

  test("reports the hosted tools that a choice of functions leaves out", () => {
    const search = { type: "web-search", dialect: "gemini-generate", native: {} } as const;
    const tools = [search, { type: "function", name: "f" } as const];
    const { body, losses } = write({ items: [user("hi")], tools, toolChoice: { mode: "tool", name: "f" } });
    expect(body.tools).toHaveLength(1);
    expect(losses).toEqual(["tool_choice_approximated Q tool_choice", "hosted_tool_dropped Q tools[0]"]);
  });

  test("reports what it loses", () => {
    const { body, losses } = write({
      dialect: "openai-responses",
      items: [
        { type: "message", role: "user", name: "Ann", parts: [{ type: "text", text: "a", cache: {} }] },
        { type: "reasoning", dialect: "openai-responses", summary: ["hm"], sealed: { kind: "encrypted", value: "X" } },
        { type: "call", callId: "c", name: "f", arguments: "{oops" },
        { type: "result", callId: "c", parts: [{ type: "image", source: { kind: "url", url: "https://x" } }] },
        { type: "message", role: "assistant", phase: "final_answer", parts: [{ type: "text", text: "b" }] },
        { type: "message", role: "user", parts: [{ type: "document", source: { kind: "text", text: "doc" } }] },
      ],
      tools: [
        { type: "function", name: "f", strict: true },
        { type: "function", name: "g" },
      ],
      ...{ logprobs: true, parallelToolCalls: false },
    });
    expect(losses.sort()).toEqual(
      [
        ...["parallel_control_dropped Q parallel_tool_calls", "logprobs_unsupported S logprobs", "name_dropped M items[0].name"],
        ...["cache_hint_dropped Q items[0].content[0]", "reasoning_foreign_dropped Q items[1]", "arguments_wrapped Q items[2].tool_calls"],
        ...[
          "tool_result_media_dropped S items[3]",
          "phase_dropped Q items[4]",
          "document_flattened Q items[5].content[0]",
          "strict_dropped S tools",
        ],
      ].sort(),
    );
    expect(body.messages[1].tool_calls[0].function.arguments).toBe('{"_raw":"{oops"}');
    expect(JSON.stringify(body)).not.toContain("hm");
  });

  test.each<[string, Partial<ModelRequest>]>([
    ["several answers", { count: 2 }],
    ["sound", { modalities: ["audio"] }],
    ["a tool for free text", { tools: [{ type: "custom", name: "sh" }] }],
    ["a search of the web", { tools: [{ type: "web-search", dialect: "openai-chat", native: {} }] }],
    ["an image by id", { items: [{ type: "message", role: "user", parts: [{ type: "image", source: { kind: "file", fileId: "f" } }] }] }],
    ["a PDF", { items: [{ type: "message", role: "user", parts: [{ type: "document", source: { kind: "url", url: "https://x" } }] }] }],
  ])("with %s is refused, because the answer would be a wrong one", (_name, request) => {
    expect(() => write(request)).toThrow(expect.objectContaining({ code: "request_unsupported" }));
  });
});
