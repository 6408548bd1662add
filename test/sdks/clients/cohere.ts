import { type Cohere, CohereClientV2, CohereError } from "cohere-ai";
import { type Asks, clientOf, type Told, type ToldError } from "../client.ts";
import { prompts } from "../prompts.ts";

/** The SDK tries by itself what it is not told to leave. */
interface Sdk {
  readonly client: CohereClientV2;
  readonly options: { readonly maxRetries?: number };
}

const { name, description, parameters } = prompts.tool;
const tools: Cohere.ToolV2[] = [{ type: "function", function: { name, description, parameters } }];
const thinking = { type: "enabled" as const, tokenBudget: 2048 };
const jsonSchema = {
  type: "object",
  properties: { city: { type: "string" }, degrees: { type: "number" } },
  required: ["city", "degrees"],
};

type Turns = Cohere.ChatMessageV2[];
const weather: Turns = [{ role: "user", content: prompts.weather }];
const question: Turns = [
  { role: "system", content: prompts.system },
  { role: "user", content: prompts.question },
];

function tell({ message, finishReason, usage }: Cohere.V2ChatResponse): Told {
  return { ...tellMessage(message), finish: finishReason, ...usageOf(usage) };
}

function tellMessage({ content = [], toolCalls = [] }: Cohere.AssistantMessageResponse) {
  return {
    text: content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join(""),
    reasoning: content.flatMap((part) => (part.type === "thinking" ? [part.thinking] : [])).join(""),
    calls: toolCalls.map(({ function: call }) => ({ name: call?.name ?? "", arguments: JSON.parse(call?.arguments ?? "{}") as unknown })),
  };
}

function usageOf(usage: Cohere.Usage | undefined): Told {
  if (!usage) return {};
  const { inputTokens = -1, outputTokens = -1 } = usage.tokens ?? {};
  return { usage: { input: inputTokens, cached: usage.cachedTokens ?? 0, output: outputTokens } };
}

function answered(message: Cohere.AssistantMessageResponse): Turns {
  const results = (message.toolCalls ?? []).map(({ id }, index) => ({
    role: "tool" as const,
    toolCallId: id,
    content: prompts.results[index]!,
  }));
  return [...weather, message, ...results];
}

type Event = Cohere.V2ChatStreamResponse;

/** The SDK hands out events; applications put the message together. `counted` are the events that are pieces. */
async function join(events: AsyncIterable<Event>, counted: (event: Event) => boolean) {
  let text = "";
  let thought = "";
  let told: Told = {};
  let pieces = 0;
  const calls: { id: string; type: "function"; function: { name: string; arguments: string } }[] = [];
  for await (const event of events) {
    if (counted(event)) pieces++;
    if (event.type === "content-delta") {
      text += event.delta?.message?.content?.text ?? "";
      thought += event.delta?.message?.content?.thinking ?? "";
    } else if (event.type === "tool-call-start") {
      const call = event.delta?.message?.toolCalls;
      calls.push({ id: call?.id ?? "", type: "function", function: { name: call?.function?.name ?? "", arguments: "" } });
    } else if (event.type === "tool-call-delta") {
      calls.at(-1)!.function.arguments += event.delta?.message?.toolCalls?.function?.arguments ?? "";
    } else if (event.type === "message-end") {
      if (event.delta?.error) throw new Error(event.delta.error);
      told = { finish: event.delta?.finishReason ?? null, ...usageOf(event.delta?.usage) };
    }
  }
  const message: Cohere.AssistantMessageResponse = {
    role: "assistant",
    content: [...(thought ? [{ type: "thinking" as const, thinking: thought }] : []), ...(text ? [{ type: "text" as const, text }] : [])],
    ...(calls.length > 0 && { toolCalls: calls }),
  };
  return { message, told: { ...told, ...tellMessage(message), pieces } };
}

const isText = (event: Event) => event.type === "content-delta" && Boolean(event.delta?.message?.content?.text);

const asks: Asks<Sdk> = {
  async whole({ client, options }, model) {
    const { data, rawResponse } = await client
      .chat({ model, messages: question, temperature: 0.5, maxTokens: 500 }, options)
      .withRawResponse();
    return { ...tell(data), requestId: rawResponse.headers.get("x-request-id") };
  },
  async stream({ client, options }, model) {
    return (await join(await client.chatStream({ model, messages: question }, options), isText)).told;
  },
  async tools({ client, options }, model) {
    const first = await client.chat({ model, messages: weather, tools }, options);
    const second = await client.chat({ model, messages: answered(first.message), tools }, options);
    return { ...tell(second), calls: tellMessage(first.message).calls, finish: first.finishReason };
  },
  async toolsStream({ client, options }, model) {
    return (await join(await client.chatStream({ model, messages: weather, tools }, options), ({ type }) => type === "tool-call-delta"))
      .told;
  },
  async schema({ client, options }, model) {
    const responseFormat = { type: "json_object" as const, jsonSchema };
    const messages: Turns = [{ role: "user", content: prompts.schema }];
    return { parsed: JSON.parse(tell(await client.chat({ model, messages, responseFormat }, options)).text ?? "") };
  },
  async image({ client, options }, model) {
    const content: Cohere.Content[] = [
      { type: "text", text: prompts.look },
      { type: "image_url", imageUrl: { url: `data:image/png;base64,${prompts.png}` } },
    ];
    return tell(await client.chat({ model, messages: [{ role: "user", content }] }, options));
  },
  async reasoning({ client, options }, model) {
    const first = await client.chat({ model, messages: weather, tools, thinking }, options);
    const second = await client.chat({ model, messages: answered(first.message), tools, thinking }, options);
    return { ...tell(second), reasoning: tellMessage(first.message).reasoning };
  },
  async reasoningStream({ client, options }, model) {
    const isThought = (event: Event) => event.type === "content-delta" && Boolean(event.delta?.message?.content?.thinking);
    const first = await join(await client.chatStream({ model, messages: weather, tools, thinking }, options), isThought);
    const messages = answered(first.message);
    const second = await join(await client.chatStream({ model, messages, tools, thinking }, options), isThought);
    return { ...second.told, reasoning: first.told.reasoning, pieces: first.told.pieces };
  },
  async embeddings({ client, options }, model) {
    const texts = [...prompts.embed];
    const { embeddings } = await client.embed({ model, texts, inputType: "search_document", embeddingTypes: ["float"] }, options);
    return { vectors: embeddings.float ?? [] };
  },
  async abort({ client, options }, model) {
    const leaving = new AbortController();
    let pieces = 0;
    for await (const event of await client.chatStream({ model, messages: question }, { ...options, abortSignal: leaving.signal })) {
      if (isText(event) && ++pieces === 3) leaving.abort();
    }
    return { aborted: true, pieces };
  },
};

function tellError(error: unknown): ToldError {
  if (!(error instanceof CohereError))
    return { kind: error instanceof Error ? error.constructor.name : typeof error, message: String(error) };
  const headers = error.rawResponse?.headers;
  return {
    kind: error.constructor.name,
    message: error.message,
    status: error.statusCode ?? null,
    requestId: headers?.get("x-request-id") ?? null,
    retryAfter: headers?.get("retry-after") ?? null,
    shouldRetry: headers?.get("x-should-retry") ?? null,
  };
}

export const cohere = clientOf({
  name: "cohere-ai (npm)",
  caller: "cohere-chat",
  words: { stop: "COMPLETE", call: "TOOL_CALL" },
  keepsReasoning: true,
  showsReasoning: true,
  heedsShouldRetry: false,
  errorClasses: { 400: "BadRequestError", 401: "UnauthorizedError", 404: "NotFoundError", 429: "TooManyRequestsError", 502: "CohereError" },
  open: ({ url, key, retries }) => ({
    client: new CohereClientV2({ token: key, environment: url }),
    options: retries === undefined ? {} : { maxRetries: retries },
  }),
  tellError,
  asks,
});
