import { ChatAnthropic } from "@langchain/anthropic";
import {
  type AIMessage,
  AIMessageChunk,
  type BaseMessage,
  type ContentBlock,
  HumanMessage,
  SystemMessage,
  ToolMessage,
} from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI, OpenAIEmbeddings } from "@langchain/openai";
import { z } from "zod";
import { type Address, type Ask, type Asks, type Client, type ClientFacts, clientOf, type Told, type ToldError } from "../client.ts";
import { prompts } from "../prompts.ts";

type Model = ChatOpenAI | ChatAnthropic;

/** One of the toolkit's models, plain and such that it reasons. */
interface Sdk {
  model(name: string): Model;
  thinking(name: string): Model;
  readonly embedder?: (name: string) => OpenAIEmbeddings;
}

const weatherTool = tool(() => "", {
  name: prompts.tool.name,
  description: prompts.tool.description,
  schema: prompts.tool.parameters as Parameters<typeof tool>[1]["schema"],
});
const weather = [new HumanMessage(prompts.weather)];
const question = [new SystemMessage(prompts.system), new HumanMessage(prompts.question)];

function tell(message: AIMessage | AIMessageChunk): Told {
  const { usage_metadata: usage, response_metadata: metadata } = message;
  return {
    text: message.text,
    reasoning: reasoningIn(message),
    calls: (message.tool_calls ?? []).map(({ name, args }) => ({ name, arguments: args as unknown })),
    finish: String(metadata.finish_reason ?? metadata.stop_reason ?? message.additional_kwargs.stop_reason ?? metadata.status),
    ...(usage && {
      usage: { input: usage.input_tokens, cached: usage.input_token_details?.cache_read ?? 0, output: usage.output_tokens },
    }),
  };
}

/** As blocks where the toolkit knows them; Chat Completions' field rides along. */
function reasoningIn(message: AIMessage | AIMessageChunk): string {
  const blocks = message.contentBlocks.flatMap((block) => (block.type === "reasoning" ? [String(block.reasoning)] : []));
  return blocks.join("") || String(message.additional_kwargs.reasoning_content ?? "");
}

function answered(message: AIMessage | AIMessageChunk): BaseMessage[] {
  const results = (message.tool_calls ?? []).map(
    ({ id = "" }, index) => new ToolMessage({ tool_call_id: id, content: prompts.results[index]! }),
  );
  return [...weather, message, ...results];
}

/** The toolkit's pieces add up. `counted` are those that are told. */
async function join(stream: AsyncIterable<AIMessageChunk>, counted: (piece: AIMessageChunk) => boolean) {
  let message = new AIMessageChunk("");
  let pieces = 0;
  for await (const piece of stream) {
    message = message.concat(piece);
    if (counted(piece)) pieces++;
  }
  return { message, told: { ...tell(message), pieces } };
}

const look = (block: ContentBlock.Standard) => [new HumanMessage({ contentBlocks: [{ type: "text", text: prompts.look }, block] })];

const asks: Asks<Sdk> = {
  async whole(sdk, name) {
    return tell(await sdk.model(name).invoke(question));
  },
  async stream(sdk, name) {
    return (await join(await sdk.model(name).stream(question), ({ text }) => text !== "")).told;
  },
  async tools(sdk, name) {
    const model = sdk.model(name).bindTools([weatherTool]);
    const first = await model.invoke(weather);
    const { calls, finish } = tell(first);
    return { ...tell(await model.invoke(answered(first))), calls: calls ?? [], finish: finish ?? null };
  },
  async toolsStream(sdk, name) {
    const stream = await sdk.model(name).bindTools([weatherTool]).stream(weather);
    return (await join(stream, ({ tool_call_chunks }) => Boolean(tool_call_chunks?.some(({ args }) => args)))).told;
  },
  async schema(sdk, name) {
    const schema = z.object({ city: z.string(), degrees: z.number() });
    const asking = sdk.model(name).withStructuredOutput(schema, { name: "weather", method: "jsonSchema" });
    return { parsed: await asking.invoke(prompts.schema) };
  },
  async image(sdk, name) {
    return tell(await sdk.model(name).invoke(look({ type: "image", mimeType: "image/png", data: prompts.png })));
  },
  async pdf(sdk, name) {
    const metadata = { filename: prompts.pdfName };
    return tell(await sdk.model(name).invoke(look({ type: "file", mimeType: "application/pdf", data: prompts.pdf, metadata })));
  },
  async reasoning(sdk, name) {
    const model = sdk.thinking(name).bindTools([weatherTool]);
    const first = await model.invoke(weather);
    return { ...tell(await model.invoke(answered(first))), reasoning: tell(first).reasoning ?? "" };
  },
  async reasoningStream(sdk, name) {
    const model = sdk.thinking(name).bindTools([weatherTool]);
    const first = await join(await model.stream(weather), (piece) => reasoningIn(piece) !== "");
    const second = await join(await model.stream(answered(first.message)), () => false);
    return { ...second.told, reasoning: first.told.reasoning ?? "", pieces: first.told.pieces };
  },
  async embeddings(sdk, name) {
    return { vectors: await sdk.embedder!(name).embedDocuments([...prompts.embed]) };
  },
  async abort(sdk, name) {
    const leaving = new AbortController();
    let pieces = 0;
    for await (const { text } of await sdk.model(name).stream(question, { signal: leaving.signal })) {
      if (text !== "" && ++pieces === 3) leaving.abort();
    }
    return { aborted: true, pieces };
  },
};

/** The toolkit throws what the SDKs below it throw. */
function tellError(error: unknown): ToldError {
  if (!(error instanceof Error)) return { kind: typeof error, message: String(error) };
  const { status, error: body, headers } = error as { status?: number; error?: Record<string, unknown>; headers?: Headers };
  const told = (body?.error ?? body) as { type?: string; code?: string } | undefined;
  return {
    kind: error.constructor.name,
    message: error.message,
    status: status ?? null,
    type: told?.type ?? null,
    code: told?.code ?? null,
    requestId: headers?.get("x-request-id") ?? headers?.get("request-id") ?? null,
    retryAfter: headers?.get("retry-after") ?? null,
    shouldRetry: headers?.get("x-should-retry") ?? null,
  };
}

interface Parts extends Pick<ClientFacts, "name" | "caller" | "words" | "keepsReasoning" | "lacks"> {
  readonly without?: readonly Ask[];
  open(address: Address): Sdk;
}

function langchain({ without = [], lacks = [], ...parts }: Parts): Client {
  const asked = Object.fromEntries(Object.entries(asks).filter(([ask]) => !without.includes(ask as Ask)));
  return clientOf({ ...parts, showsReasoning: true, heedsShouldRetry: false, lacks: ["request id", ...lacks], tellError, asks: asked });
}

const retriesOf = ({ retries }: Address) => (retries === undefined ? {} : { maxRetries: retries });

function openOpenai(address: Address, more: object, thinking: object): Sdk {
  const fields = { apiKey: address.key, configuration: { baseURL: `${address.url}/v1` }, ...retriesOf(address) };
  return {
    model: (model) => new ChatOpenAI({ model, ...fields, ...more }),
    thinking: (model) => new ChatOpenAI({ model, ...fields, ...more, ...thinking }),
    embedder: (model) => new OpenAIEmbeddings({ model, ...fields }),
  };
}

export const langchainClients: readonly Client[] = [
  langchain({
    name: "@langchain/openai, chat",
    caller: "openai-chat",
    words: { stop: "stop", call: "tool_calls" },
    keepsReasoning: false,
    open: (address) => openOpenai(address, {}, { modelKwargs: { reasoning_effort: "low" } }),
  }),
  langchain({
    name: "@langchain/openai, responses",
    caller: "openai-responses",
    words: { stop: "completed", call: "completed" },
    keepsReasoning: true,
    without: ["embeddings"],
    open: (address) =>
      openOpenai(
        address,
        { useResponsesApi: true, zdrEnabled: true },
        { modelKwargs: { reasoning: { effort: "low", summary: "auto" }, include: ["reasoning.encrypted_content"] } },
      ),
  }),
  langchain({
    name: "@langchain/anthropic",
    caller: "anthropic-messages",
    words: { stop: "end_turn", call: "tool_use" },
    keepsReasoning: true,
    without: ["embeddings"],
    // It takes the counts of what went in from the first event only, and adds up those of what came out.
    lacks: ["usage of streams"],
    open: (address) => {
      const fields = { anthropicApiUrl: address.url, apiKey: address.key, maxTokens: 4096, ...retriesOf(address) };
      return {
        model: (model) => new ChatAnthropic({ model, ...fields }),
        thinking: (model) => new ChatAnthropic({ model, ...fields, thinking: { type: "enabled", budget_tokens: 2048 } }),
      };
    },
  }),
];
