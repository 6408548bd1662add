import type { ConversationDialect, Json } from "./exchange.ts";
import { writeMessage } from "./readers/aws-messages.ts";

/** The dialects that one provider has for itself. */
export type NativeDialect = Exclude<ConversationDialect, "openai-chat" | "openai-responses" | "anthropic-messages">;

export function isNative(dialect: string): dialect is NativeDialect {
  return dialect in wholeNative;
}

/** The least request of such a dialect, with tools of these names. */
export function nativeRequest(dialect: NativeDialect, model: string, stream: boolean, names: readonly string[]): Json {
  const schema = { type: "object", properties: {} };
  const text = "Please answer.";
  switch (dialect) {
    case "gemini-generate": {
      const functionDeclarations = names.map((name) => ({ name, description: "A tool.", parametersJsonSchema: schema }));
      return {
        model,
        contents: [{ role: "user", parts: [{ text }] }],
        ...(names.length === 0 ? {} : { tools: [{ functionDeclarations }] }),
      };
    }
    case "gemini-interactions": {
      const tools = names.map((name) => ({ type: "function", name, description: "A tool.", parameters: schema }));
      return { model, input: text, store: false, ...(names.length === 0 ? {} : { tools }), stream };
    }
    case "bedrock-converse": {
      const tools = names.map((name) => ({ toolSpec: { name, description: "A tool.", inputSchema: { json: schema } } }));
      return { model, messages: [{ role: "user", content: [{ text }] }], ...(names.length === 0 ? {} : { toolConfig: { tools } }) };
    }
    case "cohere-chat":
    case "ollama-chat": {
      const tools = names.map((name) => ({ type: "function", function: { name, description: "A tool.", parameters: schema } }));
      return { model, messages: [{ role: "user", content: text }], ...(names.length === 0 ? {} : { tools }), stream };
    }
  }
}

const usageMetadata = { promptTokenCount: 3, candidatesTokenCount: 1, totalTokenCount: 4 };
const converseUsage = { inputTokens: 3, outputTokens: 1, totalTokens: 4 };
const cohereUsage = { billed_units: { input_tokens: 3, output_tokens: 1 }, tokens: { input_tokens: 3, output_tokens: 1 } };
const ollamaEnd = { done: true, done_reason: "stop", total_duration: 1, prompt_eval_count: 3, eval_count: 1 };
const ollamaHead = { model: "canned", created_at: "2025-01-01T00:00:00Z" };
const candidate = { content: { role: "model", parts: [{ text: "OK" }] }, finishReason: "STOP", index: 0 };

const interactionUsage = { total_tokens: 4, total_input_tokens: 3, total_output_tokens: 1, total_thought_tokens: 0 };
const interaction = { id: "", object: "interaction", model: "canned", usage: interactionUsage };

/** A short good answer of each. */
export const wholeNative: Readonly<Record<NativeDialect, Json>> = {
  "gemini-generate": { candidates: [candidate], usageMetadata, modelVersion: "canned", responseId: "r1" },
  "gemini-interactions": {
    ...interaction,
    status: "completed",
    steps: [{ type: "model_output", content: [{ type: "text", text: "OK" }] }],
  },
  "bedrock-converse": {
    output: { message: { role: "assistant", content: [{ text: "OK" }] } },
    stopReason: "end_turn",
    usage: converseUsage,
    metrics: { latencyMs: 1 },
  },
  "cohere-chat": {
    id: "c1",
    message: { role: "assistant", content: [{ type: "text", text: "OK" }] },
    finish_reason: "COMPLETE",
    usage: cohereUsage,
  },
  "ollama-chat": { ...ollamaHead, message: { role: "assistant", content: "OK" }, ...ollamaEnd },
};

export const streamedNative: Readonly<Record<NativeDialect, () => Uint8Array>> = {
  "gemini-generate": () => Buffer.from(`data: ${JSON.stringify(wholeNative["gemini-generate"])}\r\n\r\n`),
  "gemini-interactions": () => {
    const events = [
      { interaction: { ...interaction, status: "in_progress" }, event_type: "interaction.created" },
      { index: 0, step: { type: "model_output" }, event_type: "step.start" },
      { index: 0, delta: { text: "OK", type: "text" }, event_type: "step.delta" },
      { index: 0, event_type: "step.stop" },
      { interaction: { ...interaction, status: "completed" }, event_type: "interaction.completed" },
    ];
    const frames = events.map((event) => `event: ${event.event_type}\ndata: ${JSON.stringify(event)}\n\n`);
    return Buffer.from(`${frames.join("")}event: done\ndata: [DONE]\n\n`);
  },
  "bedrock-converse": () =>
    Buffer.concat([
      writeMessage("messageStart", '{"role":"assistant"}'),
      writeMessage("contentBlockDelta", '{"contentBlockIndex":0,"delta":{"text":"OK"}}'),
      writeMessage("contentBlockStop", '{"contentBlockIndex":0}'),
      writeMessage("messageStop", '{"stopReason":"end_turn"}'),
      writeMessage("metadata", JSON.stringify({ usage: converseUsage, metrics: { latencyMs: 1 } })),
    ]),
  "cohere-chat": () => {
    const events = [
      {
        type: "message-start",
        id: "c1",
        delta: { message: { role: "assistant", content: [], tool_plan: "", tool_calls: [], citations: [] } },
      },
      { type: "content-start", index: 0, delta: { message: { content: { type: "text", text: "" } } } },
      { type: "content-delta", index: 0, delta: { message: { content: { text: "OK" } } } },
      { type: "content-end", index: 0 },
      { type: "message-end", delta: { finish_reason: "COMPLETE", usage: cohereUsage } },
    ];
    return Buffer.from(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(""));
  },
  "ollama-chat": () =>
    Buffer.from(
      [
        { ...ollamaHead, message: { role: "assistant", content: "OK" }, done: false },
        { ...ollamaHead, message: { role: "assistant", content: "" }, ...ollamaEnd },
      ]
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(""),
    ),
};
