import { describe, expect, test } from "bun:test";
import { Fault, type Item, JsonBody, Losses, type ModelRequest } from "../../exchange/index.ts";
import type { TargetTraits } from "../dialect.ts";
import { anthropicMessages } from "./index.ts";

type Body = Record<string, unknown> & { messages: { role: string; content: Record<string, unknown>[] }[] };

const target: TargetTraits = { provider: "anthropic", model: "claude-x", maxOutputTokens: 64_000 };

function write(request: Partial<ModelRequest>, traits: Partial<TargetTraits> = {}): { body: Body; losses: string[] } {
  const losses = new Losses();
  const whole: ModelRequest = { dialect: "openai-chat", model: "m", items: [user("Hello")], stream: false, ...request };
  const body = anthropicMessages.writeRequest(whole, { ...target, ...traits }, losses) as Body;
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

test("a type of media goes out by the name under which it is registered", () => {
  const source = { kind: "url", url: "data:image/JPG;base64,/9j/4AAQ" } as const;
  const { body } = write({ items: [{ type: "message", role: "user", parts: [{ type: "image", source }] }] });
  expect(body.messages[0]?.content).toEqual([{ type: "image", source: { type: "base64", media_type: "image/jpeg", data: "/9j/4AAQ" } }]);
});

describe("turns for an Anthropic upstream", () => {
  test("leading instructions become system, in order, and everything is in a fixed order of members", () => {
    const { body, losses } = write({ items: [message("system", "A"), message("developer", "B"), user("Hello")] });
    expect(Object.keys(body)).toEqual(["model", "max_tokens", "system", "messages"]);
    expect(body.system).toEqual([
      { type: "text", text: "A" },
      { type: "text", text: "B" },
    ]);
    expect(losses).toEqual([]);
  });

  test("a later system message is folded where it stood, or kept where the model takes it", () => {
    const items = [user("Hello"), message("assistant", "Hi"), message("system", "Be brief"), user("Go")];
    const folded = write({ items });
    expect(folded.body.messages[2]).toEqual({
      role: "user",
      content: [
        { type: "text", text: "<system>\nBe brief\n</system>" },
        { type: "text", text: "Go" },
      ],
    });
    expect(folded.losses).toEqual(["system_folded items.2 S"]);
    const kept = write({ items }, { midSystem: true });
    expect(kept.body.messages.map((turn) => turn.role)).toEqual(["user", "assistant", "system", "user"]);
    expect(kept.losses).toEqual([]);
  });

  test("what stands beside a message's content comes back where it stood, words or none", () => {
    const messages = [
      { role: "user", content: [{ type: "text", text: "Hello" }] },
      { role: "system", content: [{ type: "text", text: "Be brief" }], clear_at: "next_user_message" },
      { role: "system", output_config: { effort: "low" } },
      { role: "system", content: [{ type: "text", text: "Be kind" }] },
    ];
    const body = JsonBody.scan(new TextEncoder().encode(JSON.stringify({ model: "m", max_tokens: 9, messages })));
    const read = anthropicMessages.readRequest(body, { header: () => undefined });
    const own = write(read, { midSystem: true });
    expect([own.body.messages, own.losses]).toEqual([messages, []] as never);
    const folded = write(read);
    expect(folded.body.messages).toHaveLength(1);
    expect(folded.losses.toSorted()).toEqual([
      ...["field_dropped items.1.clear_at Q", "field_dropped items.2.output_config Q"],
      ...["system_folded items.1 S", "system_folded items.3 S"],
    ]);
  });

  test("results stand first in the turn right after their calls, whatever came between", () => {
    const items = [user("Hello"), call("a"), call("b"), user("Hurry"), result("b"), result("a")];
    const { body, losses } = write({ items });
    expect(body.messages.map((turn) => turn.role)).toEqual(["user", "assistant", "user"]);
    expect(body.messages[2]?.content.map((block) => block.tool_use_id ?? block.text)).toEqual(["a", "b", "Hurry"]);
    expect(losses).toEqual(["tool_result_reordered items.5 M"]);
  });

  test("an orphaned result and an unanswered call are refused by name", () => {
    expect(refusal({ items: [user("Hello"), result("ghost")] }).message).toContain('"ghost"');
    const unanswered = refusal({ items: [user("Hello"), call("open"), user("Well?")] });
    expect([unanswered.code, unanswered.message]).toEqual(["request_unsupported", 'The tool call "open" has no result.']);
  });

  test("ids outside Anthropic's alphabet and ids used twice map to others, the same ones each time", () => {
    const items = [user("Hello"), call("f:0"), result("f:0", "one"), call("f:0"), result("f:0", "two")];
    const { body } = write({ items });
    const ids = body.messages.flatMap((turn) => turn.content.map((block) => block.id ?? block.tool_use_id)).filter(Boolean) as string[];
    expect(ids[0]).toBe(ids[1] as string);
    expect(ids[2]).toBe(ids[3] as string);
    expect(ids[0]).not.toBe(ids[2] as string);
    for (const id of ids) expect(id).toMatch(/^[a-zA-Z0-9_-]+$/);
    expect(write({ items }).body).toEqual(body);
    expect(body.messages[4]?.content[0]?.content).toEqual([{ type: "text", text: "two" }]);
  });

  test("arguments become objects; broken ones are wrapped and reported, none are an empty object", () => {
    const { body, losses } = write({
      items: [user("Hello"), call("a", ""), call("b", '{"x":1}'), call("c", '{"x":'), result("a"), result("b"), result("c")],
    });
    expect(body.messages[1]?.content.map((block) => block.input)).toEqual([{}, { x: 1 }, { _raw: '{"x":' }]);
    expect(losses).toEqual(["arguments_wrapped items.3.arguments Q"]);
  });

  test("own thoughts go back byte for byte, foreign and unsigned ones are dropped with a loss", () => {
    const { body, losses } = write({
      items: [
        user("Hello"),
        { type: "reasoning", dialect: "anthropic-messages", summary: ["Hm."], sealed: { kind: "signature", value: "Ab+/=" } },
        { type: "reasoning", dialect: "anthropic-messages", summary: [], sealed: { kind: "redacted", value: "XYZ" } },
        { type: "reasoning", dialect: "anthropic-messages", summary: ["unsigned"] },
        { type: "reasoning", dialect: "openai-responses", summary: ["S"], sealed: { kind: "encrypted", value: "E" } },
        message("assistant", "Hi"),
        user("Go"),
      ],
    });
    expect(body.messages[1]?.content).toEqual([
      { type: "thinking", thinking: "Hm.", signature: "Ab+/=" },
      { type: "redacted_thinking", data: "XYZ" },
      { type: "text", text: "Hi" },
    ]);
    expect(losses).toEqual(["reasoning_foreign_dropped items.3 Q", "reasoning_foreign_dropped items.4 Q"]);
  });

  test("a conversation of instructions alone, and one that the assistant begins, still get a user turn", () => {
    const alone = write({ items: [message("system", "Say hi")] });
    expect([alone.body.system, alone.body.messages.length, alone.losses]).toEqual([undefined, 1, ["system_folded items.0 S"]]);
    const begun = write({ items: [message("assistant", "Hi!"), user("Hello")] });
    expect(begun.body.messages.map((turn) => turn.role)).toEqual(["user", "assistant", "user"]);
    expect(begun.losses).toEqual(["first_turn_added items.0 S"]);
  });

  test("a beginning of the answer is refused where the model does not continue one", () => {
    const items = [user("Hello"), message("assistant", "{")];
    expect(write({ items }).body.messages.at(-1)?.role).toBe("assistant");
    expect(refusal({ items }, { prefill: false }).code).toBe("request_unsupported");
  });

  test("media: data URIs and URLs pass, sound and other providers' files are refused by name", () => {
    const parts = [
      { type: "text", text: "" },
      { type: "image", source: { kind: "url", url: "data:image/png;base64,AAAA" }, detail: "high" },
      { type: "image", source: { kind: "url", url: "https://x.test/a.png" } },
      { type: "document", source: { kind: "base64", mediaType: "application/pdf", data: "JVBE" }, filename: "a.pdf" },
    ] as const;
    const { body, losses } = write({ items: [{ type: "message", role: "user", parts }] });
    expect(body.messages[0]?.content).toEqual([
      { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } },
      { type: "image", source: { type: "url", url: "https://x.test/a.png" } },
      { type: "document", source: { type: "base64", media_type: "application/pdf", data: "JVBE" }, title: "a.pdf" },
    ]);
    expect(losses).toEqual(["detail_dropped items.0.1.detail M"]);
    const one = (part: (typeof parts)[number] | { type: "audio"; format: string; data: string }) =>
      refusal({ items: [{ type: "message", role: "user", parts: [part] }] }, { inputs: ["text"] }).message;
    expect(one({ type: "audio", format: "wav", data: "" })).toContain("audio");
    expect(one(parts[1])).toContain("image");
    const file = { type: "image", source: { kind: "file", fileId: "file-9" } } as const;
    expect(refusal({ items: [{ type: "message", role: "user", parts: [file] }] }).message).toContain("file-9");
  });

  test("foreign history items become text where they can be said, and are refused where not", () => {
    const item = { type: "opaque", dialect: "openai-responses", label: "web_search_call", role: "assistant", native: {} } as const;
    const { body, losses } = write({ items: [user("Hello"), { ...item, text: "[searched: x]" }, user("Go")] });
    expect(body.messages[1]?.content).toEqual([{ type: "text", text: "[searched: x]" }]);
    expect(losses).toEqual(["server_tool_history_flattened items.1 S"]);
    expect(refusal({ items: [user("Hello"), item, user("Go")] }).message).toContain("web_search_call");
  });
});

describe("controls for an Anthropic upstream", () => {
  test("max_tokens is always there: the caller's, the model's maximum, or 32000", () => {
    expect(write({ maxOutputTokens: 5 }).body.max_tokens).toBe(5);
    expect(write({}).body.max_tokens).toBe(64_000);
    expect(write({}, { maxOutputTokens: undefined }).body.max_tokens).toBe(32_000);
    expect(write({ maxOutputTokens: 99_999 }).losses).toEqual(["max_tokens_clamped max_tokens Q"]);
  });

  test("sampling is clamped, dropped where the model takes none, and always reported", () => {
    const hot = write({ temperature: 1.7 });
    expect([hot.body.temperature, hot.losses]).toEqual([1, ["sampling_clamped temperature Q"]]);
    const none = write({ temperature: 0.2, topP: 0.5, topK: 3 }, { sampling: false });
    expect(none.losses).toEqual(["sampling_dropped temperature Q", "sampling_dropped top_k Q", "sampling_dropped top_p Q"]);
    expect(write({ temperature: 1, topP: 1 }, { sampling: false }).losses).toEqual([]);
    expect(write({ stop: ["END", "\n"] })).toMatchObject({ body: { stop_sequences: ["END"] }, losses: ["sampling_dropped stop S"] });
  });

  test("what Anthropic has no field for is reported, and several answers or sound are refused", () => {
    const { losses } = write({
      seed: 1,
      logprobs: true,
      logitBias: { "1": 2 },
      frequencyPenalty: 0.5,
      presencePenalty: 0,
      verbosity: "low",
      prediction: {},
      metadata: { a: "b" },
      serviceTier: "priority",
      cacheKey: "k",
      extra: { dialect: "openai-chat", fields: { moderation: 1 } },
    });
    expect(losses).toEqual([
      "logprobs_unsupported logprobs S",
      "sampling_dropped seed Q",
      "sampling_dropped frequency_penalty Q",
      "logit_bias_unsupported logit_bias S",
      "verbosity_dropped verbosity Q",
      "prediction_dropped prediction Q",
      "cache_hint_dropped prompt_cache_key Q",
      "field_dropped moderation M",
      "metadata_dropped metadata M",
      "tier_dropped service_tier Q",
    ]);
    expect(refusal({ count: 2 }).param).toBe("n");
    expect(refusal({ modalities: ["text", "audio"] }).param).toBe("modalities");
  });

  test("effort becomes a budget below max_tokens, which is raised for it", () => {
    const { body, losses } = write({ maxOutputTokens: 1000, reasoning: { effort: "medium" }, temperature: 0.5 });
    expect([body.thinking, body.max_tokens, body.temperature]).toEqual([{ type: "enabled", budget_tokens: 8192 }, 9192, undefined]);
    expect(losses).toEqual(["reasoning_control_approximated reasoning Q", "sampling_dropped temperature Q"]);
    const tight = write({ reasoning: { effort: "max" } }, { maxOutputTokens: 8192 }).body;
    expect(tight).toMatchObject({ max_tokens: 8192, thinking: { budget_tokens: 4096 } });
    expect(write({ reasoning: { effort: "high" } }, { maxOutputTokens: 1024 }).body.thinking).toBeUndefined();
  });

  test("adaptive models get the nearest effort they take", () => {
    const adaptive = write({ reasoning: { effort: "minimal", summary: "auto" } }, { thinking: "adaptive" });
    expect(adaptive.body).toMatchObject({ thinking: { type: "adaptive", display: "summarized" }, output_config: { effort: "low" } });
    expect(adaptive.losses).toEqual(["reasoning_control_approximated reasoning Q"]);
    const capped = write({ reasoning: { effort: "max" } }, { thinking: "adaptive", efforts: ["low", "medium", "high"] });
    expect(capped.body.output_config).toEqual({ effort: "high" });
    expect(write({ reasoning: { effort: "high" } }, { thinking: "adaptive" }).losses).toEqual([]);
    expect(write({ reasoning: { effort: "none" } }, { thinking: "adaptive" }).body.thinking).toEqual({ type: "disabled" });
    expect(write({ reasoning: { effort: "high" } }, { thinking: "none" })).toMatchObject({
      body: { messages: expect.anything() },
      losses: ["reasoning_control_approximated reasoning Q"],
    });
  });

  test("a budget gives way to a forced tool, and to a round of tools whose thoughts are gone", () => {
    const forced = write({ tools: [look], toolChoice: { mode: "required" }, reasoning: { effort: "low" } });
    expect([forced.body.thinking, forced.body.tool_choice]).toEqual([undefined, { type: "any" }]);
    expect(forced.losses).toContain("reasoning_control_approximated tool_choice Q");
    const open = write({ items: [user("Hello"), call("a"), result("a")], tools: [look], reasoning: { effort: "low" } });
    expect([open.body.thinking, open.losses.at(-1)]).toEqual([undefined, "reasoning_state_lost reasoning Q"]);
    // Behind results the model need not think again: what counts is how the round began.
    const sealed: Item = {
      ...{ type: "reasoning", dialect: "anthropic-messages", summary: ["T"] },
      sealed: { kind: "signature", value: "s" },
    };
    const items = [user("Hello"), sealed, call("a"), result("a"), call("b"), result("b")];
    const going = write({ items, tools: [look], reasoning: { effort: "low" } }).body.thinking;
    expect(going).toMatchObject({ type: "enabled" });
  });

  test("tools, choices and parallel calls", () => {
    const other = { type: "function", name: "other", strict: true } as const;
    const tools = [look, other];
    expect(write({ tools, parallelToolCalls: false }).body.tool_choice).toEqual({ type: "auto", disable_parallel_tool_use: true });
    expect(write({ tools }).body.tools).toEqual([
      { name: "look", input_schema: { type: "object" } },
      { name: "other", input_schema: { type: "object", properties: {} }, strict: true },
    ]);
    expect(write({ tools, toolChoice: { mode: "tool", name: "look" } }).body.tool_choice).toEqual({ type: "tool", name: "look" });
    expect(write({ tools, toolChoice: { mode: "none" } }).body.tool_choice).toEqual({ type: "none" });
    const subset = write({ tools, toolChoice: { mode: "subset", names: ["look"], required: true } });
    expect([(subset.body.tools as unknown[]).length, subset.body.tool_choice]).toEqual([1, { type: "any" }]);
    expect(subset.losses).toEqual(["tool_choice_approximated tool_choice Q"]);
    const hosted = { type: "opaque", dialect: "gemini-generate", label: "urlContext", native: { urlContext: {} } } as const;
    const beside = write({ tools: [...tools, hosted], toolChoice: { mode: "subset", names: ["look"], required: false } });
    expect(beside.losses).toEqual(["tool_choice_approximated tool_choice Q", `hosted_tool_dropped tools[${tools.length}] Q`]);
    expect(refusal({ tools: [{ type: "custom", name: "free" }] }).message).toContain('"free"');
    expect(refusal({ tools: [{ type: "opaque", dialect: "openai-responses", label: "file_search", native: {} }] }).message).toContain(
      "file_search",
    );
    const native = { type: "web_search", user_location: { type: "approximate", country: "NO" } };
    expect(write({ tools: [{ type: "web-search", dialect: "openai-responses", native }] }).body.tools).toEqual([
      { type: "web_search_20250305", name: "web_search", user_location: { type: "approximate", country: "NO" } },
    ]);
  });

  test("structured output natively, or in words where the model knows no schema", () => {
    const output = { type: "json-schema", name: "a", schema: { type: "object" } } as const;
    expect(write({ output }).body.output_config).toEqual({ format: { type: "json_schema", schema: { type: "object" } } });
    const worded = write({ output }, { jsonSchema: false });
    expect([typeof worded.body.system, worded.losses]).toEqual(["string", ["output_format_emulated response_format S"]]);
    expect(write({ output: { type: "json" } }).losses).toEqual(["output_format_emulated response_format Q"]);
  });

  test("cache marks: the last four stay, longer times become the hour", () => {
    const part = (text: string) => ({ type: "text", text, cache: { ttl: "30m" } }) as const;
    const parts = ["1", "2", "3", "4", "5"].map(part);
    const { body, losses } = write({ items: [{ type: "message", role: "user", parts }], endUser: "u" });
    expect(body.messages[0]?.content.map((block) => block.cache_control)).toEqual([
      undefined,
      ...Array(4).fill({ type: "ephemeral", ttl: "1h" }),
    ]);
    expect(losses.filter((loss) => loss.startsWith("cache_hint"))).toEqual(["cache_hint_dropped cache_control Q"]);
    expect(body.metadata).toEqual({ user_id: "u" });
  });
});

describe("requests of Anthropic's callers", () => {
  const read = (body: unknown, version?: string) =>
    anthropicMessages.readRequest(JsonBody.scan(new TextEncoder().encode(JSON.stringify(body))), {
      header: (name) => (name === "anthropic-version" ? version : undefined),
    });
  const base = { model: "m", max_tokens: 9, messages: [{ role: "user", content: "Hello" }] };

  test("version 2026-10-21 refuses sampling, documents in answers and citations on the user's text", () => {
    const document = { type: "document", source: { type: "url", url: "https://x.test" } };
    const cited = { type: "text", text: "x", citations: [{ type: "char_location" }] };
    const bodies = [
      { ...base, temperature: 1 },
      { ...base, messages: [...base.messages, { role: "assistant", content: [document] }] },
      { ...base, messages: [{ role: "user", content: [cited] }] },
    ];
    for (const body of bodies) {
      expect(() => read(body, "2026-10-21")).toThrow(Fault);
      expect(() => read(body, "2023-06-01")).not.toThrow();
      expect(() => read(body)).not.toThrow();
    }
  });

  test("malformed members are named by their place", () => {
    const param = (body: unknown) => {
      try {
        read(body);
      } catch (error) {
        return Fault.from(error).param;
      }
      return "read";
    };
    expect(param({ ...base, max_tokens: undefined })).toBe("max_tokens");
    expect(param({ ...base, messages: [] })).toBe("messages");
    expect(param({ ...base, model: 5 })).toBe("model");
    expect(param({ ...base, messages: [{ role: "tool", content: "" }] })).toBe("messages.0.role");
    expect(param({ ...base, messages: [{ role: "user", content: [{ text: "x" }] }] })).toBe("messages.0.content.0.type");
    expect(param({ ...base, messages: [{ role: "user", content: [{ type: "tool_result" }] }] })).toBe("messages.0.content.0.tool_use_id");
  });

  test("every control, mark, tool and block is kept, and comes back to the same dialect", () => {
    const body = {
      model: "m",
      max_tokens: 4096,
      system: [{ type: "text", text: "S", cache_control: { type: "ephemeral", ttl: "1h" } }],
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: "Hello" },
            {
              type: "document",
              source: { type: "content", content: [{ type: "text", text: "a" }] },
              title: "T",
              context: "C",
              citations: { enabled: true },
            },
            { type: "search_result", source: "s", title: "t", content: [{ type: "text", text: "r" }] },
            { type: "container_upload", file_id: "f" },
          ],
        },
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "", signature: "s1" },
            { type: "redacted_thinking", data: "d" },
            { type: "text", text: "x", citations: [{ type: "page_location", cited_text: "y" }] },
            { type: "server_tool_use", id: "srv", name: "web_search", input: { query: "q" } },
            { type: "web_search_tool_result", tool_use_id: "srv", content: [{ type: "web_search_result", title: "T", url: "U" }] },
            { type: "tool_use", id: "a", name: "look", input: { b: 1, a: 2 }, caller: { type: "direct" } },
          ],
        },
        {
          role: "user",
          content: [
            {
              type: "tool_result",
              tool_use_id: "a",
              content: [
                { type: "image", source: { type: "file", file_id: "f" } },
                { type: "tool_reference", tool_name: "look" },
              ],
              is_error: true,
            },
          ],
        },
      ],
      tools: [
        { name: "look", input_schema: { type: "object" }, strict: false, defer_loading: true, cache_control: { type: "ephemeral" } },
        { type: "web_search_20260318", name: "web_search", max_uses: 2 },
        { type: "code_execution_20260120", name: "code_execution" },
      ],
      tool_choice: { type: "tool", name: "look", disable_parallel_tool_use: true },
      thinking: { type: "enabled", budget_tokens: 2000, display: "omitted", block_binding: { prefix_mismatch_behavior: "drop_block" } },
      output_config: { effort: "high", format: { type: "json_schema", schema: { type: "object" } }, task_budget: 3 },
      stop_sequences: ["END"],
      metadata: { user_id: "u", other: "o" },
      service_tier: "standard_only",
      cache_control: { type: "ephemeral" },
      stream: true,
      speed: "fast",
      container: "c",
      mcp_servers: [{ name: "n" }],
    };
    const losses = new Losses();
    const written = anthropicMessages.writeRequest(read(body), { provider: "anthropic", model: "m" }, losses);
    expect(written).toEqual(body);
    expect(losses.list).toEqual([]);
    const betweenTools = { ...base, thinking: { type: "between_tools" } };
    expect(anthropicMessages.writeRequest(read(betweenTools), target, losses).thinking).toEqual({ type: "between_tools" });
  });

  test("server tools and their results can be said in words for other dialects", () => {
    const content = [
      { type: "server_tool_use", id: "s", name: "web_search", input: { query: "q" } },
      {
        type: "web_search_tool_result",
        tool_use_id: "s",
        content: [{ type: "web_search_result", title: "T", url: "U", encrypted_content: "E" }],
      },
    ];
    const items = read({ ...base, messages: [{ role: "assistant", content }] }).items;
    expect(items.map((item) => (item.type === "opaque" ? item.text : ""))).toEqual([
      '[web_search: {"query":"q"}]',
      "[web_search_tool_result: T\nU]",
    ]);
  });

  test("only the model's name is edited, and thoughts that another provider sealed are taken out", () => {
    const edits = (body: unknown, losses?: Losses) =>
      anthropicMessages.editRequest(JsonBody.scan(new TextEncoder().encode(JSON.stringify(body))), target, losses);
    expect(edits({ ...base, model: "claude-x" })).toEqual([]);
    expect(edits(base)).toEqual([{ name: "model", json: '"claude-x"' }]);
    const foreign = { type: "thinking", thinking: "t", signature: "sluice.openai-responses.encrypted.rs_1.gAAA" };
    const text = { type: "text", text: "x" };
    const losses = new Losses();
    const messages = [{ role: "assistant", content: [foreign, text] }];
    expect(edits({ ...base, model: "claude-x", messages }, losses)).toEqual([
      { name: "messages", json: JSON.stringify([{ role: "assistant", content: [text] }]) },
    ]);
    expect(losses.list).toHaveLength(1);
    expect(read({ ...base, messages }).items[0]).toEqual({
      type: "reasoning",
      dialect: "openai-responses",
      id: "rs_1",
      summary: ["t"],
      sealed: { kind: "encrypted", value: "gAAA" },
    });
  });
});

test("a system message between turns holds no tool's result", () => {
  const of = (content: unknown) =>
    anthropicMessages.readRequest(
      JsonBody.scan(
        new TextEncoder().encode(
          JSON.stringify({
            model: "m",
            max_tokens: 1,
            messages: [
              { role: "user", content: "a" },
              { role: "system", content },
            ],
          }),
        ),
      ),
      { header: () => undefined },
    ); // prettier-ignore
  expect(of([{ type: "text", text: "b" }]).items.length).toBe(2);
  expect(() => of([{ type: "tool_result", text: "b" }])).toThrow("cannot be tool_result in a system message");
});
