import { Mistral } from "@mistralai/mistralai";
import type {
  AssistantMessage,
  ChatCompletionRequestMessage,
  ChatCompletionResponse,
  CompletionEvent,
  ContentChunk,
  ToolCall,
  UsageInfo,
} from "@mistralai/mistralai/models/components";
import { MistralError } from "@mistralai/mistralai/models/errors";
import { z } from "zod";
import { type Asks, clientOf, sameClass, type Told, type ToldError } from "../client.ts";
import { prompts } from "../prompts.ts";

const tools = [{ type: "function" as const, function: prompts.tool }];
const thinking = { reasoningEffort: "high" as const };

type Messages = ChatCompletionRequestMessage[];
const weather: Messages = [{ role: "user", content: prompts.weather }];
const question: Messages = [
  { role: "system", content: prompts.system },
  { role: "user", content: prompts.question },
];

type Content = AssistantMessage["content"];

function chunksOf(content: Content): readonly ContentChunk[] {
  if (typeof content !== "string") return content ?? [];
  return content === "" ? [] : [{ type: "text", text: content }];
}

function tellMessage({ content, toolCalls }: AssistantMessage) {
  const chunks = chunksOf(content);
  return {
    text: chunks.map((chunk) => (chunk.type === "text" ? chunk.text : "")).join(""),
    reasoning: chunks.map((chunk) => (chunk.type === "thinking" ? wordsOf(chunk.thinking) : "")).join(""),
    calls: (toolCalls ?? []).map(({ function: call }) => ({ name: call.name, arguments: JSON.parse(String(call.arguments)) as unknown })),
  };
}

function wordsOf(thoughts: readonly object[]): string {
  return thoughts.map((thought) => ("text" in thought ? String(thought.text) : "")).join("");
}

function usageOf(usage: UsageInfo | undefined): Told {
  if (!usage) return {};
  const details = usage.prompt_tokens_details as { cached_tokens?: number } | undefined;
  return { usage: { input: usage.promptTokens ?? -1, cached: details?.cached_tokens ?? 0, output: usage.completionTokens ?? -1 } };
}

function tell({ choices, usage }: ChatCompletionResponse): Told {
  const [choice] = choices;
  return { ...tellMessage(choice!.message!), finish: choice!.finishReason, ...usageOf(usage) };
}

function answered(message: AssistantMessage): Messages {
  const results = (message.toolCalls ?? []).map(({ id }, index) => ({
    role: "tool" as const,
    toolCallId: id,
    content: prompts.results[index]!,
  }));
  return [...weather, { ...message, role: "assistant" }, ...results];
}

/** The SDK hands out events; applications put the message together. `counted` are the deltas that are pieces. */
async function join(
  events: AsyncIterable<CompletionEvent>,
  counted: (chunks: readonly ContentChunk[], calls: readonly ToolCall[]) => boolean,
) {
  const content: ContentChunk[] = [];
  const toolCalls: ToolCall[] = [];
  let told: Told = {};
  let pieces = 0;
  for await (const { data } of events) {
    const [choice] = data.choices;
    const chunks = chunksOf(choice?.delta.content);
    const calls = choice?.delta.toolCalls ?? [];
    if (counted(chunks, calls)) pieces++;
    content.push(...chunks);
    toolCalls.push(...calls);
    if (choice?.finishReason) told = { finish: choice.finishReason };
    told = { ...told, ...usageOf(data.usage) };
  }
  const message: AssistantMessage = { role: "assistant", content, toolCalls };
  return { message, told: { ...told, ...tellMessage(message), pieces } };
}

const isText = (chunks: readonly ContentChunk[]) => chunks.some(({ type }) => type === "text");

function askAbout(sdk: Mistral, model: string, chunk: ContentChunk) {
  const content: ContentChunk[] = [{ type: "text", text: prompts.look }, chunk];
  return sdk.chat.complete({ model, messages: [{ role: "user", content }] });
}

const asks: Asks<Mistral> = {
  async whole(sdk, model) {
    return tell(await sdk.chat.complete({ model, messages: question, temperature: 0.5, maxTokens: 500 }));
  },
  async stream(sdk, model) {
    return (await join(await sdk.chat.stream({ model, messages: question }), isText)).told;
  },
  async tools(sdk, model) {
    const first = await sdk.chat.complete({ model, messages: weather, tools, toolChoice: "any" });
    const second = await sdk.chat.complete({ model, messages: answered(first.choices[0]!.message!), tools });
    const { calls, finish } = tell(first);
    return { ...tell(second), calls: calls ?? [], finish: finish ?? null };
  },
  async toolsStream(sdk, model) {
    return (await join(await sdk.chat.stream({ model, messages: weather, tools }), (_, calls) => calls.length > 0)).told;
  },
  async schema(sdk, model) {
    const responseFormat = z.object({ city: z.string(), degrees: z.number() });
    const messages: Messages = [{ role: "user", content: prompts.schema }];
    return { parsed: (await sdk.chat.parse({ model, messages, responseFormat: responseFormat as never })).choices?.[0]?.message?.parsed };
  },
  async image(sdk, model) {
    return tell(await askAbout(sdk, model, { type: "image_url", imageUrl: `data:image/png;base64,${prompts.png}` }));
  },
  async pdf(sdk, model) {
    const documentUrl = `data:application/pdf;base64,${prompts.pdf}`;
    return tell(await askAbout(sdk, model, { type: "document_url", documentUrl, documentName: prompts.pdfName }));
  },
  async reasoning(sdk, model) {
    const first = await sdk.chat.complete({ model, messages: weather, tools, ...thinking });
    const second = await sdk.chat.complete({ model, messages: answered(first.choices[0]!.message!), tools, ...thinking });
    return { ...tell(second), reasoning: tell(first).reasoning ?? "" };
  },
  async reasoningStream(sdk, model) {
    const isThought = (chunks: readonly ContentChunk[]) => chunks.some((chunk) => chunk.type === "thinking" && chunk.thinking.length > 0);
    const first = await join(await sdk.chat.stream({ model, messages: weather, tools, ...thinking }), isThought);
    const messages = answered(first.message);
    const second = await join(await sdk.chat.stream({ model, messages, tools, ...thinking }), () => false);
    return { ...second.told, reasoning: first.told.reasoning, pieces: first.told.pieces };
  },
  async embeddings(sdk, model) {
    const { data } = await sdk.embeddings.create({ model, inputs: prompts.embed });
    return { vectors: data.map(({ embedding }) => embedding ?? []) };
  },
  async models(sdk) {
    return { models: ((await sdk.models.list()).data ?? []).map((model) => ("id" in model ? String(model.id) : "")) };
  },
  async abort(sdk, model) {
    let pieces = 0;
    for await (const { data } of await sdk.chat.stream({ model, messages: question })) {
      if (isText(chunksOf(data.choices[0]?.delta.content)) && ++pieces === 3) break;
    }
    return { aborted: true, pieces };
  },
};

function tellError(error: unknown): ToldError {
  if (!(error instanceof MistralError)) {
    return { kind: error instanceof Error ? error.constructor.name : typeof error, message: String(error) };
  }
  const body = error.body.startsWith("{") ? (JSON.parse(error.body) as { message?: string; type?: string; code?: string }) : {};
  return {
    kind: error.constructor.name,
    message: error.message,
    status: error.statusCode,
    type: body.type ?? null,
    code: body.code ?? null,
    requestId: error.headers.get("x-request-id"),
    retryAfter: error.headers.get("retry-after"),
    shouldRetry: error.headers.get("x-should-retry"),
  };
}

export const mistral = clientOf({
  name: "@mistralai/mistralai (npm)",
  caller: "mistral-chat",
  words: { stop: "stop", call: "tool_calls" },
  keepsReasoning: true,
  showsReasoning: true,
  heedsShouldRetry: false,
  lacks: ["request id", "pieces of arguments", "tries of its own"],
  errorClasses: sameClass("SDKError"),
  open: ({ url, key }) => new Mistral({ serverURL: url, apiKey: key }),
  tellError,
  asks,
});
