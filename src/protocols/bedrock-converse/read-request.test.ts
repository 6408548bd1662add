import { describe, expect, test } from "bun:test";
import { Fault, type Item, JsonBody, Losses, type Part } from "../../exchange/index.ts";
import { bedrockConverse } from "./index.ts";

const claude = "us.anthropic.claude-sonnet-4-5-20250929-v1:0";

describe("requests of Converse's callers", () => {
  const read = (body: unknown) => bedrockConverse.readRequest(scan(body), { model: "alias", stream: true, header: () => undefined });
  const scan = (body: unknown) => JsonBody.scan(new TextEncoder().encode(JSON.stringify(body)));
  const base = { messages: [{ role: "user", content: [{ text: "Hello" }] }] };

  test("malformed members are named by their place", () => {
    const param = (body: unknown) => {
      try {
        read(body);
      } catch (error) {
        return Fault.from(error).param;
      }
      return "read";
    };
    const said = (content: unknown) => ({ messages: [{ role: "user", content }] });
    expect(param({})).toBe("messages");
    expect(param({ messages: [] })).toBe("messages");
    expect(param({ messages: {} })).toBe("messages");
    expect(param({ ...base, inferenceConfig: [] })).toBe("inferenceConfig");
    expect(param({ messages: [{ role: "tool", content: [] }] })).toBe("messages.0.role");
    expect(param(said("Hello"))).toBe("messages.0.content");
    expect(param(said([5]))).toBe("messages.0.content.0");
    expect(param(said([{ text: 5 }]))).toBe("messages.0.content.0.text");
    expect(param(said([{ toolResult: { content: [] } }]))).toBe("messages.0.content.0.toolResult.toolUseId");
    expect(param({ ...base, toolConfig: { tools: [{ toolSpec: {} }] } })).toBe("toolConfig.tools.0.toolSpec.name");
    const format = { textFormat: { structure: { jsonSchema: { schema: "{" } } } };
    expect(param({ ...base, outputConfig: format })).toBe("outputConfig.textFormat.structure.jsonSchema.schema");
  });

  test("every block, tool, mark and control is kept, and comes back to the same dialect", () => {
    const s3 = { s3Location: { uri: "s3://b/k", bucketOwner: "111122223333" } };
    const body = {
      system: [
        { text: "S" },
        { cachePoint: { type: "default", ttl: "1h" } },
        { guardContent: { text: { text: "G", qualifiers: ["query"] } } },
      ],
      messages: [
        {
          role: "user",
          content: [
            { text: "Hello" },
            { cachePoint: { type: "default" } },
            { image: { format: "webp", source: { bytes: "AAAA" } } },
            { image: { format: "png", source: s3 } },
            { document: { format: "md", name: "a [1]", source: { bytes: "IyBh" }, context: "C", citations: { enabled: true } } },
            { document: { name: "pieces", source: { content: [{ text: "a" }, { text: "b" }] } } },
            { document: { format: "txt", name: "plain", source: { text: "p" } } },
            { video: { format: "mp4", source: s3 } },
            { audio: { format: "mp3", source: { bytes: "SUQz" } } },
            { searchResult: { source: "s", title: "t", content: [{ text: "r" }] } },
            { guardContent: { image: { format: "png", source: { bytes: "AAAA" } } } },
            { toolAddition: { tool: { name: "look" } } },
          ],
        },
        {
          role: "assistant",
          content: [
            { reasoningContent: { reasoningText: { text: "Hm", signature: "s1" } } },
            { reasoningContent: { redactedContent: "UlhS" } },
            { reasoningContent: { reasoningText: { text: "unsigned" } } },
            { citationsContent: { content: [{ text: "x" }, { text: "y" }], citations: [{ title: "T", location: { web: { url: "U" } } }] } },
            { toolUse: { toolUseId: "srv", name: "nova_grounding", input: { q: 1 }, type: "server_tool_use" } },
            { toolResult: { toolUseId: "srv", content: [{ text: "r" }], type: "nova_grounding_result" } },
            { toolUse: { toolUseId: "a", name: "look", input: { b: 1, a: 2 }, type: "tool_use" } },
            { toolUse: { toolUseId: "b", name: "look", input: {} } },
          ],
        },
        {
          role: "user",
          content: [
            {
              toolResult: {
                toolUseId: "a",
                content: [
                  { json: { x: [1, "1"] } },
                  { text: "t" },
                  { image: { format: "png", source: { bytes: "AAAA" } } },
                  { video: { format: "mkv", source: s3 } },
                ],
                status: "error",
              },
            },
            { toolResult: { toolUseId: "b", content: [], status: "success" } },
            { cachePoint: { type: "default" } },
          ],
        },
        { role: "system", content: [{ text: "Be brief." }] },
        { role: "user", content: [{ text: "Go" }] },
      ],
      inferenceConfig: { maxTokens: 4096, temperature: 0.2, topP: 0.9, stopSequences: ["END", "\n"], novel: 1 },
      toolConfig: {
        tools: [
          { toolSpec: { name: "look", description: "d", inputSchema: { json: { properties: {} } }, strict: false, novel: 1 } },
          { cachePoint: { type: "default" } },
          { systemTool: { name: "nova_grounding" } },
          { systemTool: { name: "nova_code_interpreter" } },
        ],
        toolChoice: { tool: { name: "look" } },
      },
      outputConfig: {
        textFormat: { type: "json_schema", structure: { jsonSchema: { schema: '{"type":"object"}', name: "n", description: "d" } } },
        effort: "low",
      },
      additionalModelRequestFields: {
        ...{ thinking: { type: "enabled", budget_tokens: 2000 }, top_k: 3, anthropic_beta: ["x"] },
        tool_choice: { type: "tool", name: "look", disable_parallel_tool_use: true },
      },
      additionalModelResponseFieldPaths: ["/stop_sequence"],
      guardrailConfig: { guardrailIdentifier: "g", guardrailVersion: "1", trace: "enabled", streamProcessingMode: "async" },
      performanceConfig: { latency: "optimized" },
      promptVariables: { v: { text: "x" } },
      requestMetadata: { team: "ü" },
      serviceTier: { type: "reserved" },
      novel: { deep: [1] },
    };
    const losses = new Losses();
    const again = bedrockConverse.writeRequest(read(body), { provider: "aws", model: claude, midSystem: true }, losses);
    expect(again).toEqual(body);
    expect(losses.list).toEqual([]);
  });

  test("controls are read in the words of each family", () => {
    const control = (additionalModelRequestFields: unknown) => read({ ...base, additionalModelRequestFields });
    expect(control({ thinking: { type: "adaptive", display: "omitted" }, output_config: { effort: "max" } }).reasoning).toEqual({
      ...{ effort: "max", mode: "adaptive", summary: "omitted" },
    });
    expect(control({ reasoning_config: { type: "enabled", budget_tokens: 1024 } }).reasoning).toEqual({
      mode: "enabled",
      budgetTokens: 1024,
    });
    expect(control({ reasoning_config: "high" }).reasoning).toEqual({ effort: "high" });
    expect(control({ reasoning_effort: "low" }).reasoning).toEqual({ effort: "low" });
    expect(control({ reasoningConfig: { type: "enabled", maxReasoningEffort: "medium" } }).reasoning).toEqual({
      mode: "enabled",
      effort: "medium",
    });
    expect(control({ inferenceConfig: { topK: 7 } })).toMatchObject({ topK: 7 });
    expect(control({ inferenceConfig: { topK: 7 } }).extra).toBeUndefined();
    expect(control({ thinking: { type: "novel" }, inferenceConfig: { topK: 7, x: 1 } }).extra?.fields).toEqual({
      additionalModelRequestFields: { thinking: { type: "novel" }, inferenceConfig: { x: 1 } },
    });
  });

  test("text that a rule has changed is not undone by the block as it came", () => {
    const masked = (fields: Record<string, unknown>): Part => ({
      type: "text",
      text: "masked",
      extra: { dialect: "bedrock-converse", fields },
    });
    const document = { name: "d", source: { text: "secret" } };
    const items: Item[] = [
      { type: "call", callId: "a", name: "f", arguments: "{}" },
      { type: "result", callId: "a", parts: [masked({ json: { secret: 1 } })] },
      {
        type: "message",
        role: "user",
        parts: [
          masked({ citationsContent: { content: [{ text: "secret" }] } }),
          { type: "document", source: { kind: "text", text: "masked" }, extra: { dialect: "bedrock-converse", fields: document } },
        ],
      },
    ];
    const body = bedrockConverse.writeRequest({ ...read(base), items }, { provider: "aws", model: claude }, new Losses());
    expect(JSON.stringify(body.messages)).not.toContain("secret");
    expect(JSON.stringify(body.messages).match(/masked|bWFza2Vk/g)).toHaveLength(3);
  });

  test("only the thoughts that another provider sealed are taken out of bodies that pass", () => {
    const target = { provider: "aws", model: claude };
    expect(bedrockConverse.editRequest(scan(base), target)).toEqual([]);
    const foreign = { reasoningContent: { reasoningText: { text: "t", signature: "sluice.openai-responses.encrypted.rs_1.gAAA" } } };
    const text = { text: "x" };
    const losses = new Losses();
    const messages = [...base.messages, { role: "assistant", content: [foreign, text] }, { role: "assistant", content: [foreign] }];
    expect(bedrockConverse.editRequest(scan({ messages }), target, losses)).toEqual([
      { name: "messages", json: JSON.stringify([...base.messages, { role: "assistant", content: [text] }]) },
    ]);
    expect(losses.list).toHaveLength(2);
  });
});
