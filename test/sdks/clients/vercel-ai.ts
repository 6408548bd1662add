import {
  APICallError,
  type EmbeddingModel,
  embedMany,
  generateText,
  isStepCount,
  jsonSchema,
  type LanguageModel,
  Output,
  RetryError,
  streamText,
  tool,
} from "ai";
import { z } from "zod";
import { type Address, type Ask, type Asks, type Client, type ClientFacts, clientOf, type Told, type ToldError } from "../client.ts";
import { prompts } from "../prompts.ts";

/** One of the toolkit's models, and how often it tries again. */
interface Sdk {
  model(name: string): LanguageModel;
  readonly embedder?: (name: string) => EmbeddingModel;
  readonly retries: { readonly maxRetries?: number };
}

type ProviderOptions = NonNullable<Parameters<typeof generateText>[0]["providerOptions"]>;

function weatherTool() {
  const results = [...prompts.results];
  return tool({
    description: prompts.tool.description,
    inputSchema: jsonSchema<{ city: string; unit: string }>(prompts.tool.parameters as Parameters<typeof jsonSchema>[0]),
    execute: ({ city }) => Promise.resolve(city === "Berlin" ? results[0]! : results.at(city === "demo" ? 0 : 1)!),
  });
}

interface Counts {
  readonly inputTokens: number | undefined;
  readonly outputTokens: number | undefined;
  readonly inputTokenDetails: { readonly cacheReadTokens: number | undefined };
}

function usageOf(usage: Counts): Told["usage"] & object {
  return { input: usage.inputTokens ?? -1, cached: usage.inputTokenDetails.cacheReadTokens ?? 0, output: usage.outputTokens ?? -1 };
}

function askAbout(sdk: Sdk, name: string, mediaType: string, data: string, filename?: string) {
  const file = { type: "file" as const, mediaType, data, ...(filename !== undefined && { filename }) };
  return generateText({
    model: sdk.model(name),
    ...sdk.retries,
    messages: [{ role: "user", content: [{ type: "text", text: prompts.look }, file] }],
  });
}

/** `thinking` asks the provider's model to reason, `plain` stands beside every question with tools. */
function asksOf(thinking: ProviderOptions, plain: ProviderOptions): Asks<Sdk> {
  return {
    async whole(sdk, name) {
      const model = sdk.model(name);
      const { text, usage, finishReason, response } = await generateText({
        model,
        ...sdk.retries,
        instructions: prompts.system,
        prompt: prompts.question,
        maxOutputTokens: 500,
      });
      return { text, usage: usageOf(usage), finish: finishReason, requestId: requestIdIn(response.headers) };
    },
    async stream(sdk, name) {
      const told = { text: "", pieces: 0 };
      const result = streamText({
        model: sdk.model(name),
        ...sdk.retries,
        instructions: prompts.system,
        prompt: prompts.question,
        onError: () => undefined,
      });
      for await (const part of result.fullStream) {
        if (part.type === "error") throw part.error;
        if (part.type !== "text-delta") continue;
        told.text += part.text;
        told.pieces++;
      }
      return { ...told, usage: usageOf(await result.usage), finish: await result.finishReason };
    },
    async tools(sdk, name) {
      const tools = { [prompts.tool.name]: weatherTool() };
      const { steps, text, usage } = await generateText({
        model: sdk.model(name),
        ...sdk.retries,
        prompt: prompts.weather,
        tools,
        stopWhen: isStepCount(2),
        providerOptions: plain,
      });
      const first = steps[0]!;
      const calls = first.toolCalls.map(({ toolName, input }) => ({ name: toolName, arguments: input }));
      return { text, calls, finish: first.finishReason, usage: usageOf(usage) };
    },
    async toolsStream(sdk, name) {
      const tools = { [prompts.tool.name]: weatherTool() };
      const result = streamText({ model: sdk.model(name), ...sdk.retries, prompt: prompts.weather, tools, onError: () => undefined });
      let pieces = 0;
      for await (const part of result.fullStream) {
        if (part.type === "error") throw part.error;
        if (part.type === "tool-input-delta") pieces++;
      }
      const calls = (await result.toolCalls).map(({ toolName, input }) => ({ name: toolName, arguments: input }));
      return { calls, pieces, finish: await result.finishReason, usage: usageOf(await result.usage) };
    },
    async schema(sdk, name) {
      const output = Output.object({ schema: z.object({ city: z.string(), degrees: z.number() }) });
      return { parsed: (await generateText({ model: sdk.model(name), ...sdk.retries, prompt: prompts.schema, output })).output };
    },
    async image(sdk, name) {
      return { text: (await askAbout(sdk, name, "image/png", prompts.png)).text };
    },
    async pdf(sdk, name) {
      return { text: (await askAbout(sdk, name, "application/pdf", prompts.pdf, prompts.pdfName)).text };
    },
    async reasoning(sdk, name) {
      const { steps, text } = await generateText({
        model: sdk.model(name),
        ...sdk.retries,
        prompt: prompts.weather,
        tools: { [prompts.tool.name]: weatherTool() },
        stopWhen: isStepCount(2),
        providerOptions: thinking,
      });
      return { text, reasoning: steps[0]!.reasoningText ?? "" };
    },
    async reasoningStream(sdk, name) {
      let pieces = 0;
      const result = streamText({
        model: sdk.model(name),
        ...sdk.retries,
        prompt: prompts.weather,
        tools: { [prompts.tool.name]: weatherTool() },
        stopWhen: isStepCount(2),
        providerOptions: thinking,
        onError: () => undefined,
      });
      for await (const part of result.fullStream) {
        if (part.type === "error") throw part.error;
        if (part.type === "reasoning-delta") pieces++;
      }
      const [first, second] = await result.steps;
      return { text: second?.text ?? "", reasoning: first?.reasoningText ?? "", pieces };
    },
    async embeddings(sdk, name) {
      const { embeddings } = await embedMany({ model: sdk.embedder!(name), values: prompts.embed, ...sdk.retries });
      return { vectors: embeddings };
    },
    async abort(sdk, name) {
      const leaving = new AbortController();
      let pieces = 0;
      let aborted = false;
      const result = streamText({ model: sdk.model(name), ...sdk.retries, prompt: prompts.question, abortSignal: leaving.signal });
      for await (const part of result.fullStream) {
        if (part.type === "text-delta" && ++pieces === 3) leaving.abort();
        aborted ||= part.type === "abort";
      }
      return { aborted, pieces };
    },
  };
}

/** The toolkit hands the headers out as they came: each dialect has its own name for it. */
function requestIdIn(headers: Readonly<Record<string, string>> | undefined): string | null {
  return headers?.["x-request-id"] ?? headers?.["request-id"] ?? headers?.["x-amzn-requestid"] ?? null;
}

function tellError(thrown: unknown): ToldError {
  const error = RetryError.isInstance(thrown) ? thrown.lastError : thrown;
  if (!APICallError.isInstance(error))
    return { kind: error instanceof Error ? error.constructor.name : typeof error, message: wordsOf(error) };
  const { type, code } = namesIn(error);
  return {
    kind: error.constructor.name,
    message: error.message,
    status: error.statusCode ?? null,
    type,
    code,
    requestId: requestIdIn(error.responseHeaders),
    retryAfter: error.responseHeaders?.["retry-after"] ?? null,
    shouldRetry: error.responseHeaders?.["x-should-retry"] ?? null,
  };
}

/** Where each dialect names its errors. */
function namesIn({ responseBody, responseHeaders }: APICallError): { type: string | null; code: string | null } {
  const body = responseBody?.startsWith("{") ? (JSON.parse(responseBody) as ErrorBody) : {};
  const { type, status, code, details } = body.error ?? {};
  const reason = details?.find((detail) => detail.reason !== undefined)?.reason;
  return { type: type ?? status ?? responseHeaders?.["x-amzn-errortype"] ?? body.type ?? null, code: reason ?? code ?? body.code ?? null };
}

interface ErrorBody {
  readonly type?: string;
  readonly code?: string;
  readonly error?: { readonly type?: string; readonly status?: string; readonly code?: string; readonly details?: { reason?: string }[] };
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : JSON.stringify(error);
}

export interface Model extends Pick<ClientFacts, "name" | "caller" | "keepsReasoning" | "showsReasoning" | "lacks"> {
  readonly thinking: ProviderOptions;
  readonly plain?: ProviderOptions;
  readonly without?: readonly Ask[];
  open(address: Address): Omit<Sdk, "retries">;
}

export function vercelAi({ name, thinking, plain = {}, without = [], open, ...facts }: Model): Client {
  const asked = Object.entries(asksOf(thinking, plain)).filter(([ask]) => !without.includes(ask as Ask));
  return clientOf({
    ...facts,
    name: `ai + ${name}`,
    words: { stop: "stop", call: "tool-calls" },
    heedsShouldRetry: false,
    open: (address) => ({ ...open(address), retries: address.retries === undefined ? {} : { maxRetries: address.retries } }),
    tellError,
    asks: Object.fromEntries(asked),
  });
}
