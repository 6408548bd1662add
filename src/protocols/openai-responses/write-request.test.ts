import { describe, expect, test } from "bun:test";
import { Fault, type Item, Losses, type ModelRequest } from "../../exchange/index.ts";
import type { TargetTraits } from "../dialect.ts";
import { openaiResponses } from "./index.ts";
import { isWire, listOf, type Wire } from "./wire.ts";

const target: TargetTraits = { provider: "openai", model: "gpt-5.6" };

const user: Item = { type: "message", role: "user", parts: [{ type: "text", text: "Hi" }] };

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

describe("writeRequest for callers of other dialects", () => {
  test("a mark for the cache changes nothing but the losses, for it wanders from turn to turn", () => {
    const said = (cache?: object): Item[] => [
      { type: "message", role: "user", parts: [{ type: "text", text: "Hi", ...(cache && { cache }) }] },
      { type: "message", role: "assistant", parts: [{ type: "text", text: "Ho", ...(cache && { cache }) }] },
      { type: "call", callId: "c", name: "f", arguments: "{}" },
      { type: "result", callId: "c", parts: [{ type: "text", text: "seen", ...(cache && { cache }) }] },
    ];
    const marked = write({ dialect: "anthropic-messages", items: said({ ttl: "5m" }) });
    const plain = write({ dialect: "anthropic-messages", items: said() });
    expect(JSON.stringify(marked.wire)).toBe(JSON.stringify(plain.wire));
    expect([marked.losses.length, plain.losses.length]).toEqual([3, 0]);
  });

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
          { type: "input_image", image_url: "data:image/png;base64,BB", detail: "auto" },
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
