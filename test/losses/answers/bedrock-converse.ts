import type { Features } from "../feature.ts";

const usage = { inputTokens: 100, outputTokens: 10, totalTokens: 110 };
const plain = {
  output: { message: { role: "assistant", content: [{ text: "Hello." }] } },
  stopReason: "end_turn",
  usage,
  metrics: { latencyMs: 1 },
};
const content = (...blocks: readonly object[]) => ({
  output: { message: { role: "assistant", content: [...blocks, { text: "Hello." }] } },
});
const alone = (block: object) => ({ output: { message: { role: "assistant", content: [block] } } });
const cited = (citation: object) => alone({ citationsContent: { content: [{ text: "Hello." }], citations: [citation] } });

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
export const converseAnswers: Features = {
  dialect: "bedrock-converse",
  plain,
  list: [
    { name: "thoughts", members: content({ reasoningContent: { reasoningText: { text: "mark-thought" } } }), marks: ["mark-thought"] },
    {
      name: "sealed thoughts",
      members: content({ reasoningContent: { reasoningText: { text: "Hm.", signature: "mark-seal" } } }),
    },
    { name: "redacted thoughts", members: content({ reasoningContent: { redactedContent: "bWFyaw==" } }) },
    {
      name: "call",
      members: {
        ...alone({ toolUse: { toolUseId: "call_1", name: "get_weather", input: { city: "mark-city" } } }),
        stopReason: "tool_use",
      },
      marks: ["get_weather", "mark-city", "call_1"],
    },
    {
      name: "citation of a page",
      members: cited({ title: "T", location: { web: { url: "https://example.com/mark" } } }),
      marks: ["example.com/mark"],
    },
    {
      name: "citation of a document",
      members: cited({
        title: "T",
        sourceContent: [{ text: "mark-cited" }],
        location: { documentChar: { documentIndex: 0, start: 0, end: 4 } },
      }),
      marks: ["mark-cited"],
    },
    { name: "image", members: content({ image: { format: "png", source: { bytes: "bWFyaw==" } } }), marks: ["bWFyaw=="] },
    { name: "ending by the limit", members: { stopReason: "max_tokens" } },
    {
      name: "ending by a stop string",
      members: { stopReason: "stop_sequence", additionalModelResponseFields: { stop_sequence: "mark-stop" } },
      marks: ["mark-stop"],
    },
    { name: "ending by the size of the context", members: { stopReason: "model_context_window_exceeded" } },
    { name: "ending by a guardrail", members: { stopReason: "guardrail_intervened" } },
    { name: "tier", members: { serviceTier: { type: "priority" } }, marks: ["priority"] },
    { name: "count of cached input", members: { usage: { ...usage, cacheReadInputTokens: 40 } }, marks: ["40"] },
    { name: "count of input written to the cache", members: { usage: { ...usage, cacheWriteInputTokens: 41 } }, marks: ["41"] },
    {
      name: "trace of a guardrail",
      unneeded: "it comes only where it was asked for, which callers of other dialects cannot",
      members: { trace: { guardrail: { actionReason: "mark" } } },
    },
    {
      name: "members of the model's own",
      unneeded: "it comes only where it was asked for, which callers of other dialects cannot",
      members: { additionalModelResponseFields: { mark: 1 } },
    },
  ],
};
