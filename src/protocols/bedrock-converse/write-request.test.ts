import { describe, expect, test } from "bun:test";
import { Fault, type Item, Losses, type ModelRequest, type Part } from "../../exchange/index.ts";
import type { TargetTraits } from "../dialect.ts";
import { bedrockConverse } from "./index.ts";

type Body = Record<string, unknown> & { messages: { role: string; content: Record<string, never>[] }[] };

const claude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";
const nova = "us.amazon.nova-2-lite-v1:0";

function write(request: Partial<ModelRequest>, traits: Partial<TargetTraits> = {}): { body: Body; losses: string[] } {
  const losses = new Losses();
  const asked: ModelRequest = { dialect: "openai-chat", model: "m", items: [user("Hello")], stream: false, ...request };
  const body = bedrockConverse.writeRequest(asked, { provider: "aws", model: claude, ...traits }, losses) as Body;
  return { body, losses: losses.list.map((loss) => `${loss.code} ${loss.path} ${loss.class}`) };
}

function refusal(request: Partial<ModelRequest>, traits: Partial<TargetTraits> = {}): Fault {
  try {
    write(request, traits);
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error("nothing was refused");
}

function message(role: "user" | "assistant" | "system" | "developer", text: string): Item {
  return { type: "message", role, parts: [{ type: "text", text }] };
}
const user = (text: string) => message("user", text);
const call = (callId: string, args = "{}"): Item => ({ type: "call", callId, name: "look", arguments: args });
const result = (callId: string, text = "seen"): Item => ({ type: "result", callId, parts: [{ type: "text", text }] });
const look = { type: "function", name: "look", schema: { type: "object" } } as const;
const parts = (...given: Part[]): Partial<ModelRequest> => ({ items: [{ type: "message", role: "user", parts: given }] });

describe("turns for Converse", () => {
  test("leading instructions become system, and everything is in a fixed order of members", () => {
    const { body, losses } = write({
      items: [message("system", "A"), message("developer", "B"), user("Hello")],
      ...{ tools: [look], maxOutputTokens: 9, metadata: { team: "a b" }, serviceTier: "flex" },
    });
    expect(Object.keys(body)).toEqual(["system", "messages", "inferenceConfig", "toolConfig", "serviceTier", "requestMetadata"]);
    expect(body.system).toEqual([{ text: "A" }, { text: "B" }]);
    expect(losses).toEqual([]);
  });

  test("a later system message is folded where it stood, or kept where the model takes it", () => {
    const items = [user("Hello"), message("assistant", "Hi"), message("system", "Be brief"), user("Go")];
    const folded = write({ items });
    expect(folded.body.messages[2]).toEqual({
      role: "user",
      content: [{ text: "<system>\nBe brief\n</system>" }, { text: "Go" }] as never,
    });
    expect(folded.losses).toEqual(["system_folded items.2 S"]);
    const kept = write({ items }, { midSystem: true });
    expect([kept.body.messages.map((turn) => turn.role), kept.losses]).toEqual([["user", "assistant", "system", "user"], []]);
  });

  test("results stand first in the turn right after their calls, whatever came between", () => {
    const items = [user("Hello"), call("a"), call("b"), user("Hurry"), result("b"), { ...result("a"), isError: true }];
    const { body, losses } = write({ items, tools: [look] });
    expect(body.messages[2]?.content).toEqual([
      { toolResult: { toolUseId: "a", content: [{ text: "seen" }], status: "error" } },
      { toolResult: { toolUseId: "b", content: [{ text: "seen" }] } },
      { text: "Hurry" },
    ] as never);
    expect(losses).toEqual(["tool_result_reordered items.5 M"]);
    expect(refusal({ items: [user("Hello"), result("ghost")] }).message).toContain('"ghost"');
    expect(refusal({ items: [user("Hello"), call("open"), user("Well?")] }).message).toContain('"open"');
  });

  test("ids outside Bedrock's alphabet, too long or used twice map to others, the same ones each time", () => {
    const long = "x".repeat(65);
    const items = [
      user("Hello"),
      call("f/0"),
      result("f/0"),
      call("f/0"),
      result("f/0"),
      call(long),
      result(long),
      call("f:0"),
      result("f:0"),
    ];
    const { body } = write({ items });
    const of = (name: string) =>
      body.messages.flatMap((turn) => turn.content.flatMap((block) => (block[name] as { toolUseId: string } | undefined)?.toolUseId ?? []));
    expect(of("toolUse")).toEqual(of("toolResult"));
    expect(new Set(of("toolUse")).size).toBe(4);
    for (const id of of("toolUse")) expect(id).toMatch(/^[a-zA-Z0-9_.:-]{1,64}$/);
    expect(of("toolUse")[3]).toBe("f:0");
    expect(write({ items }).body).toEqual(body);
  });

  test("arguments become objects; broken ones are wrapped and reported, none are an empty object", () => {
    const { body, losses } = write({ items: [user("Hello"), call("a", ""), call("b", '{"x":'), result("a"), result("b")], tools: [look] });
    expect(body.messages[1]?.content.map((block) => (block.toolUse as unknown as { input: unknown }).input)).toEqual([
      {},
      { _raw: '{"x":' },
    ]);
    expect(losses).toEqual(["arguments_wrapped items.2.arguments Q"]);
  });

  test("own thoughts go back byte for byte; foreign and unsigned ones are dropped with a loss", () => {
    const { body, losses } = write({
      items: [
        user("Hello"),
        { type: "reasoning", dialect: "bedrock-converse", summary: ["Hm."], sealed: { kind: "signature", value: "Ab+/=" } },
        { type: "reasoning", dialect: "bedrock-converse", summary: [], sealed: { kind: "redacted", value: "UlhS" } },
        { type: "reasoning", dialect: "bedrock-converse", summary: [], text: "unsigned" },
        { type: "reasoning", dialect: "anthropic-messages", summary: ["S"], sealed: { kind: "signature", value: "E" } },
        message("assistant", "Hi"),
        user("Go"),
      ],
    });
    expect(body.messages[1]?.content).toEqual([
      { reasoningContent: { reasoningText: { text: "Hm.", signature: "Ab+/=" } } },
      { reasoningContent: { redactedContent: "UlhS" } },
      { text: "Hi" },
    ] as never);
    expect(losses).toEqual(["reasoning_foreign_dropped items.3 Q", "reasoning_foreign_dropped items.4 Q"]);
  });

  test("a conversation of instructions alone, one that the assistant begins, and a beginning of the answer", () => {
    expect(write({ items: [message("system", "Say hi")] }).losses).toEqual(["system_folded items.0 S"]);
    const begun = write({ items: [message("assistant", "Hi!"), user("Hello")] });
    expect([begun.body.messages.map((turn) => turn.role), begun.losses]).toEqual([
      ["user", "assistant", "user"],
      ["first_turn_added items.0 S"],
    ]);
    const items = [user("Hello"), message("assistant", "{")];
    expect(write({ items }).body.messages.at(-1)?.role).toBe("assistant");
    expect(refusal({ items }, { prefill: false }).code).toBe("request_unsupported");
  });

  test("the prefix of a conversation is the same bytes on the next turn", () => {
    const file = { type: "document", source: { kind: "text", text: "a" }, title: "A" } as const;
    const turn = (index: number): Item[] => [
      { type: "message", role: "user", parts: [{ type: "text", text: `Look ${index}` }, file] },
      ...[call(`c ${index}`), result(`c ${index}`), message("assistant", "Seen.")],
    ];
    const once = JSON.stringify(write({ items: turn(1), tools: [look] }).body.messages);
    const twice = JSON.stringify(write({ items: [...turn(1), ...turn(2)], tools: [look] }).body.messages);
    expect(twice.startsWith(once.slice(0, -1))).toBe(true);
  });
});

describe("media for Converse", () => {
  test("data URIs become bytes, documents get names that differ, plain text becomes a file", () => {
    const pdf = { kind: "base64", mediaType: "application/pdf", data: "JVBE" } as const;
    const { body, losses } = write(
      parts(
        ...[
          { type: "text", text: "" } as const,
          { type: "image", source: { kind: "url", url: "data:image/jpg;base64,AAAA" }, detail: "high" } as const,
        ],
        { type: "document", source: pdf, filename: "my_report (v1.2).pdf" },
        { type: "document", source: pdf, filename: "my report (v1 2).pdf" },
        { type: "document", source: { kind: "text", text: "ü" }, title: "Notes" },
        ...[
          { type: "document", source: { kind: "base64", mediaType: "text/csv", data: "YSxi" } } as const,
          { type: "audio", format: "wav", data: "UklG" } as const,
        ],
      ),
    );
    expect(body.messages[0]?.content).toEqual([
      { image: { format: "jpeg", source: { bytes: "AAAA" } } },
      { document: { format: "pdf", name: "my report (v1 2)", source: { bytes: "JVBE" } } },
      { document: { format: "pdf", name: "my report (v1 2) (2)", source: { bytes: "JVBE" } } },
      { document: { format: "txt", source: { bytes: Buffer.from("ü").toString("base64") }, name: "Notes" } },
      { document: { format: "csv", name: "document", source: { bytes: "YSxi" } } },
      { audio: { format: "wav", source: { bytes: "UklG" } } },
      // Bedrock refuses documents without words beside them.
      { text: "(A document.)" },
    ] as never);
    expect(losses).toEqual(["detail_dropped items.0.1.detail M", "text_added messages.0 Q"]);
  });

  test("addresses of the web, of S3 and of other providers' files are refused, and so is what no model takes", () => {
    const refused = (part: Part, traits?: Partial<TargetTraits>) => refusal(parts(part), traits).code;
    for (const url of ["https://x.test/a.png", "s3://bucket/secret.png"]) {
      expect(refused({ type: "image", source: { kind: "url", url } })).toBe("request_unsupported");
    }
    expect(refused({ type: "image", source: { kind: "file", fileId: "file-9" } })).toBe("request_unsupported");
    expect(refused({ type: "image", source: { kind: "base64", mediaType: "image/tiff", data: "A" } })).toBe("request_unsupported");
    expect(refused({ type: "document", source: { kind: "base64", mediaType: "application/zip", data: "A" } })).toBe("request_unsupported");
    expect(refused({ type: "audio", format: "wav", data: "A" }, { inputs: ["text"] })).toBe("request_unsupported");
    expect(refused({ type: "opaque", dialect: "anthropic-messages", label: "search_result", native: {} })).toBe("request_unsupported");
  });

  test("foreign history items become text where they can be said, and are refused where not", () => {
    const item = { type: "opaque", dialect: "openai-responses", label: "web_search_call", role: "assistant", native: {} } as const;
    const { body, losses } = write({ items: [user("Hello"), { ...item, text: "[searched: x]" }, user("Go")] });
    expect(body.messages[1]?.content).toEqual([{ text: "[searched: x]" }] as never);
    expect(losses).toEqual(["server_tool_history_flattened items.1 S"]);
    expect(refusal({ items: [user("Hello"), item, user("Go")] }).message).toContain("web_search_call");
  });
});

describe("cache points", () => {
  test("stand behind what was marked, longer times become the hour, and the last four stay", () => {
    const marked = (text: string, ttl?: "30m") => ({ type: "text", text, cache: ttl ? { ttl } : {} }) as const;
    const { body, losses } = write({
      items: [
        { type: "message", role: "system", parts: [marked("S")] },
        { type: "message", role: "user", parts: [marked("1"), marked("2", "30m"), { type: "text", text: "3" }] },
        { ...call("a"), cache: {} } as Item,
        { type: "result", callId: "a", parts: [marked("seen")] },
      ],
      tools: [{ ...look, cache: {} }],
    });
    expect((body.toolConfig as { tools: unknown[] }).tools).toHaveLength(1);
    expect(body.system).toEqual([{ text: "S" }]);
    const point = { cachePoint: { type: "default" } };
    expect(body.messages.map((turn) => turn.content)).toEqual([
      [{ text: "1" }, point, { text: "2" }, { cachePoint: { type: "default", ttl: "1h" } }, { text: "3" }],
      [{ toolUse: { toolUseId: "a", name: "look", input: {} } }, point],
      [{ toolResult: { toolUseId: "a", content: [{ text: "seen" }] } }, point],
    ] as never);
    expect(losses).toEqual(["cache_ttl_changed items.1.1 Q", "cache_hint_dropped cachePoint Q", "cache_hint_dropped cachePoint Q"]);
  });
});

describe("tools for Converse", () => {
  const config = (request: Partial<ModelRequest>, traits?: Partial<TargetTraits>) => {
    const { body, losses } = write({ tools: [look], ...request }, traits);
    return { config: body.toolConfig as { tools: unknown[]; toolChoice?: unknown } | undefined, body, losses };
  };

  test("functions and choices", () => {
    const strict = { type: "function", name: "strict", description: "", strict: true } as const;
    expect(config({ tools: [look, strict] }).config).toEqual({
      tools: [
        { toolSpec: { name: "look", inputSchema: { json: { type: "object" } } } },
        { toolSpec: { name: "strict", inputSchema: { json: { type: "object", properties: {} } }, strict: true } },
      ],
    });
    expect(config({ tools: [strict] }, { jsonSchema: false }).losses).toEqual(["strict_dropped tools.0.strict S"]);
    const chosen = (toolChoice: ModelRequest["toolChoice"]) => config({ toolChoice } as Partial<ModelRequest>).config?.toolChoice;
    expect([chosen({ mode: "auto" }), chosen({ mode: "required" }), chosen({ mode: "tool", name: "look" })]).toEqual([
      ...[{ auto: {} }, { any: {} }, { tool: { name: "look" } }],
    ]);
    const subset = config({ tools: [look, strict], toolChoice: { mode: "subset", names: ["look"], required: true } });
    expect([subset.config?.tools.length, subset.config?.toolChoice, subset.losses]).toEqual([
      1,
      { any: {} },
      ["tool_choice_approximated tool_choice Q"],
    ]);
    const hosted = { type: "opaque", dialect: "gemini-generate", label: "urlContext", native: { urlContext: {} } } as const;
    expect(config({ tools: [look, hosted], toolChoice: { mode: "subset", names: ["look"], required: false } }).losses).toEqual([
      "tool_choice_approximated tool_choice Q",
      "hosted_tool_dropped tools[1] Q",
    ]);
  });

  test("no tool: the tools are left out, or stay beside calls in the history and the model is told", () => {
    expect(config({ toolChoice: { mode: "none" } })).toMatchObject({ config: undefined, losses: [] });
    const hosted = { type: "opaque", dialect: "gemini-generate", label: "urlContext", native: { urlContext: {} } } as const;
    expect(config({ tools: [look, hosted], toolChoice: { mode: "none" } }).losses).toEqual(["hosted_tool_dropped tools[1] Q"]);
    const items = [user("Hello"), call("a"), result("a")];
    const told = config({ items, toolChoice: { mode: "none" } });
    expect([told.config?.tools.length, told.config?.toolChoice, told.body.system]).toEqual([1, undefined, [{ text: expect.any(String) }]]);
    expect(told.losses).toEqual(["tool_choice_approximated tool_choice S"]);
  });

  test("calls in the history of a request without tools get a tool of their name", () => {
    const added = config({ items: [user("Hello"), call("a"), result("a"), user("Go")], tools: undefined as never });
    expect(added.config?.tools).toEqual([{ toolSpec: { name: "look", inputSchema: { json: { type: "object" } } } }]);
    expect(added.losses).toEqual(["tools_added tools Q"]);
  });

  test("hosted tools: the search of the web where the model has one, all else is refused", () => {
    const search = { type: "web-search", dialect: "openai-responses", native: {} } as const;
    expect(config({ tools: [search] }, { model: nova }).config?.tools).toEqual([{ systemTool: { name: "nova_grounding" } }]);
    expect(refusal({ tools: [search] }).code).toBe("request_unsupported");
    expect(refusal({ tools: [{ type: "custom", name: "free" }] }).message).toContain('"free"');
    expect(refusal({ tools: [{ type: "opaque", dialect: "openai-responses", label: "file_search", native: {} }] }).message).toContain(
      "file_search",
    );
  });

  test("one call at a time can be asked of Claude only", () => {
    const asked = config({ parallelToolCalls: false, toolChoice: { mode: "tool", name: "look" } });
    expect(asked.body.additionalModelRequestFields).toEqual({
      tool_choice: { type: "tool", name: "look", disable_parallel_tool_use: true },
    });
    expect(config({ parallelToolCalls: false }, { model: nova }).losses).toEqual(["parallel_control_dropped parallel_tool_calls Q"]);
    expect(config({ parallelToolCalls: true }).losses).toEqual([]);
  });
});

describe("controls for Converse", () => {
  const fields = (request: Partial<ModelRequest>, traits?: Partial<TargetTraits>) => {
    const { body, losses } = write(request, traits);
    return { fields: body.additionalModelRequestFields, inference: body.inferenceConfig, losses };
  };

  test("efforts and budgets are said in the words of the model's family", () => {
    const reasoning = { effort: "high" } as const;
    expect(fields({ reasoning }, { thinking: "adaptive" }).fields).toEqual({
      thinking: { type: "adaptive" },
      output_config: { effort: "high" },
    });
    expect(fields({ reasoning }, { model: nova }).fields).toEqual({ reasoningConfig: { type: "enabled", maxReasoningEffort: "high" } });
    expect(fields({ reasoning }, { model: "openai.gpt-oss-120b-1:0" })).toMatchObject({ fields: { reasoning_effort: "high" }, losses: [] });
    expect(fields({ reasoning: { effort: "max" } }, { model: "qwen.qwen3-32b-v1:0" })).toMatchObject({
      fields: { reasoning_config: "high" },
      losses: ["reasoning_control_approximated reasoning Q"],
    });
    for (const model of ["us.amazon.nova-lite-v1:0", "meta.llama3-2-1b-instruct-v1:0"]) {
      expect(fields({ reasoning }, { model }).fields, model).toBeUndefined();
      expect(fields({ reasoning }, { model }).losses, model).toContain("reasoning_control_approximated reasoning Q");
    }
  });

  test("a budget stays below the limit, which is raised for it, and gives way to a forced tool and to lost thoughts", () => {
    const medium = fields({ maxOutputTokens: 1000, reasoning: { effort: "medium" }, temperature: 0.5 });
    expect([medium.fields, medium.inference]).toEqual([{ thinking: { type: "enabled", budget_tokens: 8192 } }, { maxTokens: 9192 }]);
    expect(medium.losses).toEqual(["reasoning_control_approximated reasoning Q", "sampling_dropped temperature Q"]);
    expect(fields({ reasoning: { budgetTokens: 2000 } }).inference).toBeUndefined();
    expect(fields({ reasoning: { effort: "max" } }, { maxOutputTokens: 8192 }).fields).toEqual({
      thinking: { type: "enabled", budget_tokens: 4096 },
    });
    expect(fields({ tools: [look], toolChoice: { mode: "required" }, reasoning: { effort: "low" } }).fields).toBeUndefined();
    const open = fields({ items: [user("Hello"), call("a"), result("a")], tools: [look], reasoning: { effort: "low" } });
    expect([open.fields, open.losses]).toEqual([undefined, ["reasoning_state_lost reasoning Q"]]);
    expect(fields({ reasoning: { effort: "none" } }).fields).toEqual({ thinking: { type: "disabled" } });
  });

  test("sampling is clamped or dropped, and always reported", () => {
    expect(fields({ temperature: 1.7, topP: 0.5, topK: 3 })).toMatchObject({
      fields: { top_k: 3 },
      inference: { temperature: 1 },
      losses: ["sampling_clamped temperature Q", "sampling_dropped top_p Q"],
    });
    expect(fields({ temperature: 0.2, topP: 0.5, topK: 3 }, { model: nova })).toMatchObject({
      fields: { inferenceConfig: { topK: 3 } },
      inference: { temperature: 0.2, topP: 0.5 },
      losses: [],
    });
    expect(fields({ topK: 3 }, { model: "meta.llama3" }).losses).toEqual(["sampling_dropped top_k Q"]);
    expect(fields({ temperature: 0.2, topK: 3 }, { sampling: false }).losses).toEqual([
      "sampling_dropped temperature Q",
      "sampling_dropped top_k Q",
    ]);
    expect(fields({ stop: ["END", "\n"] })).toMatchObject({ inference: { stopSequences: ["END"] }, losses: ["sampling_dropped stop S"] });
    expect(fields({ maxOutputTokens: 99 }, { maxOutputTokens: 9 })).toMatchObject({
      inference: { maxTokens: 9 },
      losses: ["max_tokens_clamped max_tokens Q"],
    });
  });

  test("structured output natively, or in words where the model knows no schema", () => {
    const output = { type: "json-schema", name: "a", schema: { type: "object" } } as const;
    expect(write({ output }).body.outputConfig).toEqual({
      textFormat: { type: "json_schema", structure: { jsonSchema: { schema: '{"type":"object"}', name: "a" } } },
    });
    expect(write({ output }, { jsonSchema: false }).losses).toEqual(["output_format_emulated response_format S"]);
    expect(write({ output: { type: "json" } }).losses).toEqual(["output_format_emulated response_format Q"]);
  });

  test("what Converse has no field for is reported, and several answers or sound are refused", () => {
    const { losses } = write({
      ...{
        seed: 1,
        logprobs: true,
        logitBias: { "1": 2 },
        frequencyPenalty: 0.5,
        verbosity: "low",
        prediction: {},
        cacheKey: "k",
        cache: {},
      },
      ...{ endUser: "u", store: true, serviceTier: "scale", metadata: { "a!": "b", c: "d" } },
      extra: { dialect: "openai-chat", fields: { moderation: 1 } },
    });
    expect(losses).toEqual([
      ...["logprobs_unsupported logprobs S", "sampling_dropped seed Q", "sampling_dropped frequency_penalty Q"],
      ...["logit_bias_unsupported logit_bias S", "verbosity_dropped verbosity Q", "prediction_dropped prediction Q"],
      ...["cache_hint_dropped prompt_cache_key Q", "state_unsupported store M", "field_dropped moderation M"],
      ...["cache_hint_dropped cache_control Q", "user_dropped user M"],
      ...["tier_dropped service_tier Q", "metadata_dropped metadata M"],
    ]);
    expect([refusal({ count: 2 }).param, refusal({ modalities: ["text", "audio"] }).param]).toEqual(["n", "modalities"]);
  });
});
