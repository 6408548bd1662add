import { describe, expect, test } from "bun:test";
import { type AnswerEvent, Fault, type Item, JsonBody, Losses, type ModelRequest, usageOf } from "../../exchange/index.ts";
import type { TargetTraits } from "../dialect.ts";
import { sseEvents } from "../sse.ts";
import { openaiResponses } from "./index.ts";
import { openForeign } from "./sealed.ts";
import { isWire, listOf, type Wire, wireOf } from "./wire.ts";

const encoder = new TextEncoder();
const target: TargetTraits = { provider: "openai", model: "gpt-5.6" };
const user: Item = { type: "message", role: "user", parts: [{ type: "text", text: "Hi" }] };

function bodyOf(wire: Wire): JsonBody {
  return JsonBody.scan(encoder.encode(JSON.stringify(wire)));
}

function read(wire: Wire): ModelRequest {
  return openaiResponses.readRequest(bodyOf({ model: "m", ...wire }), { header: () => undefined });
}

function write(request: Partial<ModelRequest>, traits = target): { wire: Wire; losses: string[] } {
  const losses = new Losses();
  const wire = openaiResponses.writeRequest(
    { dialect: "openai-chat", model: "m", items: [user], stream: false, ...request },
    traits,
    losses,
  );
  return { wire, losses: losses.list.map((loss) => `${loss.class} ${loss.code} ${loss.path}`) };
}

function faultOf(run: () => unknown): Fault | undefined {
  try {
    run();
  } catch (error) {
    return Fault.from(error);
  }
  return undefined;
}

function streamOf(events: readonly AnswerEvent[], request: Partial<ModelRequest> = {}): Wire[] {
  const context = {
    request: { dialect: "openai-responses" as const, model: "alias", items: [user], stream: true, ...request },
    requestId: "req_1",
    createdAt: 7,
  };
  const writer = openaiResponses.writeStream(context);
  return framesOf(events.map((event) => writer.write([event])).join(""));
}

function framesOf(text: string): Wire[] {
  return sseEvents(encoder.encode(text)).map((event) => {
    const data = JSON.parse(event.data) as Wire;
    expect(data.type).toBe(event.event);
    return data;
  });
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

describe("writeRequest for callers of other dialects", () => {
  test("is stateless, says strictness, and keeps one order of members", () => {
    const { wire, losses } = write({
      items: [{ type: "message", role: "system", parts: [{ type: "text", text: "Be brief." }] }, user],
      tools: [{ type: "function", name: "f", description: "d", schema: { type: "object" } }],
      toolChoice: { mode: "tool", name: "f" },
      parallelToolCalls: false,
      maxOutputTokens: 5,
      reasoning: { effort: "low" },
      logprobs: true,
      stream: true,
    });
    expect(JSON.stringify(wire)).toBe(
      JSON.stringify({
        model: "gpt-5.6",
        instructions: "Be brief.",
        input: [{ type: "message", role: "user", content: "Hi" }],
        tools: [{ type: "function", name: "f", description: "d", parameters: { type: "object" }, strict: false }],
        tool_choice: { type: "function", name: "f" },
        parallel_tool_calls: false,
        reasoning: { effort: "low" },
        max_output_tokens: 16,
        include: ["message.output_text.logprobs", "reasoning.encrypted_content"],
        store: false,
        stream: true,
      }),
    );
    expect(losses).toEqual(["Q output_limit_raised max_output_tokens"]);
  });

  test("reports what cannot be said", () => {
    const { losses } = write({
      stop: ["x"],
      seed: 1,
      topK: 2,
      frequencyPenalty: 1,
      presencePenalty: 0,
      logitBias: { "1": 1 },
      serviceTier: "odd",
    });
    expect(losses).toEqual([
      "S sampling_dropped stop",
      "Q sampling_dropped seed",
      "Q sampling_dropped top_k",
      "Q sampling_dropped frequency_penalty",
      "S logit_bias_unsupported logit_bias",
      "Q tier_dropped service_tier",
    ]);
  });

  test("refuses what would give a wrong answer", () => {
    const message = (part: Extract<Item, { type: "message" }>["parts"][number]): Item => ({ type: "message", role: "user", parts: [part] });
    expect(faultOf(() => write({ count: 2 }))?.param).toBe("n");
    expect(faultOf(() => write({ modalities: ["text", "audio"] }))?.param).toBe("modalities");
    expect(faultOf(() => write({ items: [message({ type: "audio", format: "wav", data: "A" })] }))?.param).toBe("input[0].content[0]");
    const image = message({ type: "image", source: { kind: "url", url: "https://example.com/a.png" } });
    expect(faultOf(() => write({ items: [image] }, { ...target, inputs: ["text"] }))?.message).toContain("image");
    const prefill: Item = { type: "message", role: "assistant", parts: [{ type: "text", text: "{" }] };
    expect(faultOf(() => write({ dialect: "anthropic-messages", items: [user, prefill] }))?.param).toBe("messages");
    const tool = { type: "opaque" as const, dialect: "anthropic-messages" as const, label: "computer", native: {} };
    expect(faultOf(() => write({ tools: [tool] }))?.param).toBe("tools[0]");
  });

  test("writes calls, results with images and errors, and documents", () => {
    const { wire, losses } = write({
      dialect: "anthropic-messages",
      items: [
        {
          type: "message",
          role: "user",
          parts: [{ type: "document", source: { kind: "base64", mediaType: "application/pdf", data: "AA" }, title: "T" }],
        },
        {
          type: "message",
          role: "assistant",
          parts: [
            { type: "text", text: "So", annotations: [] },
            { type: "text", text: "then" },
          ],
        },
        { type: "call", callId: "toolu_1", name: "f", arguments: "", id: "toolu_1" },
        {
          type: "result",
          callId: "toolu_1",
          isError: true,
          parts: [
            { type: "text", text: "no" },
            { type: "image", source: { kind: "base64", mediaType: "image/png", data: "BB" } },
          ],
        },
      ],
    });
    expect(wire.input).toEqual([
      { type: "message", role: "user", content: [{ type: "input_file", filename: "T", file_data: "data:application/pdf;base64,AA" }] },
      {
        type: "message",
        role: "assistant",
        content: [
          { type: "output_text", text: "So", annotations: [] },
          { type: "output_text", text: "then", annotations: [] },
        ],
      },
      { type: "function_call", call_id: "toolu_1", name: "f", arguments: "{}" },
      {
        type: "function_call_output",
        call_id: "toolu_1",
        output: [
          { type: "input_text", text: "no" },
          { type: "input_image", image_url: "data:image/png;base64,BB" },
        ],
      },
    ]);
    expect(losses).toEqual(["Q is_error_flattened input[3]"]);
  });

  test("turns budgets and modes into an effort that the model takes", () => {
    const reasoning = (control: ModelRequest["reasoning"], efforts?: TargetTraits["efforts"]) =>
      write({ reasoning: control }, { ...target, ...(efforts && { efforts }) }).wire.reasoning;
    expect(reasoning({ mode: "enabled", budgetTokens: 2048 })).toEqual({ effort: "low", summary: "auto" });
    expect(reasoning({ mode: "adaptive", effort: "max" }, ["low", "high"])).toEqual({ effort: "high", summary: "auto" });
    expect(reasoning({ mode: "disabled" })).toBeUndefined();
    expect(reasoning({ mode: "disabled" }, ["none", "low"])).toEqual({ effort: "none" });
    expect(reasoning({ effort: "low" }, [])).toBeUndefined();
  });

  test("shortens ids that are too long in the same way for a call and its result", () => {
    const callId = "x".repeat(100);
    const { wire } = write({
      items: [
        { type: "call", callId, name: "f", arguments: "{}" },
        { type: "result", callId, parts: [] },
      ],
      endUser: callId,
    });
    const [call, result] = listOf(wire.input).filter(isWire);
    expect(String(call?.call_id).length).toBeLessThanOrEqual(64);
    expect(result?.call_id).toBe(call?.call_id);
    expect(wire.safety_identifier).toHaveLength(64);
  });

  test("puts foreign hosted tools into words, or refuses them", () => {
    const item: Item = {
      type: "opaque",
      dialect: "anthropic-messages",
      label: "web_search",
      role: "assistant",
      native: {},
      text: "[Searched]",
    };
    const { wire, losses } = write({ items: [user, item] });
    expect(listOf(wire.input)[1]).toEqual({ type: "message", role: "assistant", content: "[Searched]" });
    expect(losses).toEqual(["S server_tool_history_flattened input[1]"]);
    const { text: _text, ...wordless } = item;
    expect(faultOf(() => write({ items: [wordless] }))?.code).toBe("request_unsupported");
  });
});

describe("reasoning of another provider", () => {
  const events: AnswerEvent[] = [
    { type: "answer-start", id: "msg_1", model: "claude" },
    { type: "reasoning-start", block: 0, choice: 0, dialect: "anthropic-messages" },
    { type: "reasoning-delta", block: 0, choice: 0, text: "Hm…", form: "summary", paragraph: 0 },
    { type: "reasoning-end", block: 0, choice: 0, sealed: { kind: "signature", value: "sig+/=" } },
    { type: "text-start", block: 1, choice: 0 },
    { type: "text-delta", block: 1, choice: 0, text: "Yes" },
    { type: "text-end", block: 1, choice: 0 },
    { type: "choice-finish", choice: 0, finish: { reason: "stop", native: "end_turn" } },
    { type: "answer-end" },
  ];
  const output = () => listOf(wireOf(streamOf(events).at(-1)?.response).output).filter(isWire);

  test("comes back from the client with its signature, byte for byte", () => {
    const [reasoning] = read({ input: output() }).items;
    expect(reasoning).toEqual({
      type: "reasoning",
      dialect: "anthropic-messages",
      summary: ["Hm…"],
      sealed: { kind: "signature", value: "sig+/=" },
    });
    const answer = { id: "a", model: "claude", choices: [{ items: [reasoning as Item] }] };
    const request = { dialect: "openai-responses" as const, model: "m", items: [], stream: false };
    const whole = wireOf(openaiResponses.writeAnswer(answer, { request, requestId: "req_1", createdAt: 7 }));
    expect(listOf(whole.output)[0]).toEqual(output()[0]);
  });

  test("never reaches an upstream of this dialect, written or untouched", () => {
    const wire = { model: "gpt-5.6", input: [...output(), { role: "user", content: "And?" }] };
    const losses = new Losses();
    const written = openaiResponses.writeRequest(read(wire), target, losses);
    expect(
      listOf(written.input)
        .filter(isWire)
        .map((item) => item.type),
    ).toEqual(["message", "message"]);
    expect(losses.list.map((loss) => loss.code)).toEqual(["reasoning_foreign_dropped"]);
    const body = bodyOf(wire);
    const edited = JSON.parse(new TextDecoder().decode(body.splice(openaiResponses.editRequest(body, target)))) as Wire;
    expect(edited.input).toEqual(wire.input.slice(1));
  });

  test("is told from the provider's own", () => {
    expect(openForeign("gAAAAAB")).toBeUndefined();
    expect(openForeign("sluice-sealed-v1.%%%")).toEqual({ dialect: "openai-chat", form: "summary" });
  });
});

describe("writeStream", () => {
  test("emits the whole contract for a text", () => {
    const frames = streamOf([
      { type: "answer-start", id: "x", model: "m1", created: 9 },
      { type: "text-start", block: 0, choice: 0 },
      { type: "text-delta", block: 0, choice: 0, text: "Hel" },
      { type: "text-delta", block: 0, choice: 0, text: "lo" },
      { type: "text-end", block: 0, choice: 0 },
      { type: "choice-finish", choice: 0, finish: { reason: "stop" } },
      { type: "usage-report", usage: usageOf({ inputUncached: 2, cacheRead: 3, output: 4, reasoning: 1 }) },
      { type: "answer-end" },
    ]);
    expect(frames.map((frame) => frame.type)).toEqual([
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.content_part.added",
      "response.output_text.delta",
      "response.output_text.delta",
      "response.output_text.done",
      "response.content_part.done",
      "response.output_item.done",
      "response.completed",
    ]);
    expect(wireOf(frames[0]?.response)).toMatchObject({ status: "in_progress", output: [], usage: null });
    expect(wireOf(frames[2]?.item)).toMatchObject({ status: "in_progress", content: [] });
    const content = [{ type: "output_text", annotations: [], logprobs: [], text: "Hello" }];
    const end = wireOf(frames.at(-1)?.response);
    expect(end).toMatchObject({
      id: "resp_1",
      object: "response",
      created_at: 9,
      status: "completed",
      model: "m1",
      output: [{ id: "msg_1_0", type: "message", status: "completed", role: "assistant", content }],
      usage: { input_tokens: 5, input_tokens_details: { cached_tokens: 3 }, output_tokens: 4, total_tokens: 9 },
      tools: [],
      tool_choice: "auto",
      parallel_tool_calls: true,
      incomplete_details: null,
      error: null,
    });
  });

  test("keeps interleaved calls apart and gives an empty call the empty object", () => {
    const frames = streamOf([
      { type: "answer-start", id: "x", model: "m1" },
      { type: "text-start", block: 0, choice: 0 },
      { type: "text-delta", block: 0, choice: 0, text: "Calling" },
      { type: "call-start", block: 1, choice: 0, callId: "a", name: "f" },
      { type: "call-delta", block: 1, choice: 0, arguments: '{"x":' },
      { type: "call-start", block: 2, choice: 0, callId: "b", name: "g" },
      { type: "call-delta", block: 1, choice: 0, arguments: "1}" },
      { type: "text-end", block: 0, choice: 0 },
      { type: "call-end", block: 1, choice: 0 },
      { type: "call-end", block: 2, choice: 0 },
      { type: "choice-finish", choice: 0, finish: { reason: "call" } },
      { type: "answer-end" },
    ]);
    const output = listOf(wireOf(frames.at(-1)?.response).output).filter(isWire);
    expect(output.map((item) => [item.id, item.status, item.arguments])).toEqual([
      ["msg_1_0", "completed", undefined],
      ["fc_1_1", "completed", '{"x":1}'],
      ["fc_1_2", "completed", "{}"],
    ]);
    expect(frames.filter((frame) => frame.type === "response.output_item.done").map((frame) => frame.output_index)).toEqual([0, 1, 2]);
  });

  test("joins text that follows text into one message", () => {
    const text = (block: number): AnswerEvent[] => [
      { type: "text-start", block, choice: 0 },
      { type: "text-delta", block, choice: 0, text: `part ${block}` },
      { type: "text-end", block, choice: 0 },
    ];
    const frames = streamOf([
      ...text(0),
      ...text(1),
      { type: "choice-finish", choice: 0, finish: { reason: "stop" } },
      { type: "answer-end" },
    ]);
    const output = listOf(wireOf(frames.at(-1)?.response).output).filter(isWire);
    expect(output).toHaveLength(1);
    expect(output.flatMap((item) => listOf(item.content)).map((part) => wireOf(part).text)).toEqual(["part 0", "part 1"]);
  });

  test.each([
    ["length" as const, "max_output_tokens"],
    ["filtered" as const, "content_filter"],
    ["refusal" as const, "content_filter"],
  ])("says incomplete for %s, on the item that was cut too", (reason, native) => {
    const frames = streamOf([
      { type: "text-start", block: 0, choice: 0 },
      { type: "text-delta", block: 0, choice: 0, text: "Hel" },
      { type: "text-end", block: 0, choice: 0 },
      { type: "choice-finish", choice: 0, finish: { reason } },
      { type: "answer-end" },
    ]);
    expect(frames.at(-1)?.type).toBe("response.incomplete");
    const end = wireOf(frames.at(-1)?.response);
    expect(end.incomplete_details).toEqual({ reason: native });
    expect(listOf(end.output)[0]).toMatchObject({ status: "incomplete" });
  });

  test("ends with response.failed, and says nothing after it", () => {
    const request = { dialect: "openai-responses" as const, model: "m", items: [], stream: true };
    const writer = openaiResponses.writeStream({ request, requestId: "req_1", createdAt: 7 });
    const start: AnswerEvent[] = [
      { type: "text-start", block: 0, choice: 0 },
      { type: "text-delta", block: 0, choice: 0, text: "Hel" },
    ];
    const frames = framesOf(writer.write(start) + writer.fault(new Fault("upstream_incomplete")) + writer.write([{ type: "answer-end" }]));
    expect(frames.at(-1)?.type).toBe("response.failed");
    const end = wireOf(frames.at(-1)?.response);
    expect(end).toMatchObject({ status: "failed", error: { code: "upstream_incomplete" } });
    expect(listOf(end.output)[0]).toMatchObject({ status: "incomplete" });
    expect(frames.some((frame) => frame.type === "response.completed")).toBe(false);
  });

  test("repeats what the caller asked for", () => {
    const request = read({
      input: "Hi",
      instructions: "Be brief.",
      tools: [{ type: "function", name: "f", parameters: {} }],
      tool_choice: "required",
      temperature: 0.2,
      metadata: { a: "b" },
      text: { verbosity: "low" },
      truncation: "auto",
    });
    const end = wireOf(streamOf([{ type: "answer-end" }], request).at(-1)?.response);
    expect(end).toMatchObject({
      instructions: "Be brief.",
      tools: [{ type: "function", name: "f", parameters: {} }],
      tool_choice: "required",
      temperature: 0.2,
      metadata: { a: "b" },
      text: { format: { type: "text" }, verbosity: "low" },
      truncation: "auto",
    });
  });
});

describe("readStream", () => {
  const frame = (type: string, fields: Wire = {}) => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;
  const skim = (text: string) => {
    const reader = openaiResponses.readStream({ depth: "skim", stripUsage: false });
    return { piece: reader.read(encoder.encode(text)), reader };
  };

  test("holds the preamble back and shows the first item", () => {
    const { piece, reader } = skim(frame("response.created", { response: {} }) + frame("response.in_progress") + ": ping\n\n");
    expect(piece).toMatchObject({ visible: false, last: false, events: [] });
    expect(reader.read(encoder.encode(frame("response.output_item.added", { item: { type: "message" } })))).toMatchObject({
      visible: true,
    });
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
    const { reader } = skim(frame("response.output_text.delta", { delta: "a" }) + "data: [DONE]\n\n");
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
