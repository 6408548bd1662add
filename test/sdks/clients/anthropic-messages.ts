import Anthropic, { APIError } from "@anthropic-ai/sdk";
import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";
import { z } from "zod";
import { type Asks, clientOf, type Told, type ToldError } from "../client.ts";
import { prompts } from "../prompts.ts";

const tools: Anthropic.Tool[] = [
  {
    name: prompts.tool.name,
    description: prompts.tool.description,
    input_schema: { ...prompts.tool.parameters, type: "object" },
  },
];
const thinking = { type: "enabled" as const, budget_tokens: 2048 };
const max_tokens = 4096;

type Turns = Anthropic.MessageParam[];

function tell(message: Anthropic.Message): Told {
  const { usage } = message;
  const cached = usage.cache_read_input_tokens ?? 0;
  return {
    text: message.content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join(""),
    reasoning: message.content.flatMap((block) => (block.type === "thinking" ? [block.thinking] : [])).join(""),
    calls: message.content.flatMap((block) => (block.type === "tool_use" ? [{ name: block.name, arguments: block.input }] : [])),
    finish: message.stop_reason ?? "",
    usage: { input: usage.input_tokens + cached + (usage.cache_creation_input_tokens ?? 0), cached, output: usage.output_tokens },
  };
}

const weather: Turns = [{ role: "user", content: prompts.weather }];

function answered(first: Anthropic.Message): Turns {
  const calls = first.content.filter((block) => block.type === "tool_use");
  const content = calls.map(({ id }, index) => ({ type: "tool_result" as const, tool_use_id: id, content: prompts.results[index]! }));
  return [...weather, { role: "assistant", content: first.content }, { role: "user", content }];
}

function ask(sdk: Anthropic, model: string, content: Anthropic.ContentBlockParam[]): Promise<Anthropic.Message> {
  return sdk.messages.create({ model, max_tokens, messages: [{ role: "user", content }] });
}

const asks: Asks<Anthropic> = {
  async whole(sdk, model) {
    const messages: Turns = [{ role: "user", content: prompts.question }];
    const message = await sdk.messages.create({ model, max_tokens, system: prompts.system, messages });
    return { ...tell(message), requestId: message._request_id ?? null };
  },
  async stream(sdk, model) {
    const messages: Turns = [{ role: "user", content: [{ type: "text", text: prompts.question }] }];
    let pieces = 0;
    const stream = sdk.messages
      .stream({ model, max_tokens, system: [{ type: "text", text: prompts.system }], messages })
      .on("text", () => pieces++);
    const message = await stream.finalMessage();
    return { ...tell(message), pieces, requestId: stream.request_id ?? null };
  },
  async tools(sdk, model) {
    const first = await sdk.messages.create({ model, max_tokens, messages: weather, tools });
    const second = await sdk.messages.create({ model, max_tokens, messages: answered(first), tools });
    return { ...tell(second), calls: tell(first).calls ?? [], finish: first.stop_reason ?? "" };
  },
  async toolsStream(sdk, model) {
    let pieces = 0;
    const stream = sdk.messages.stream({ model, max_tokens, messages: weather, tools }).on("inputJson", () => pieces++);
    return { ...tell(await stream.finalMessage()), pieces };
  },
  async schema(sdk, model) {
    const format = zodOutputFormat(z.object({ city: z.string(), degrees: z.number() }));
    const messages: Turns = [{ role: "user", content: prompts.schema }];
    return { parsed: (await sdk.messages.parse({ model, max_tokens, messages, output_config: { format } })).parsed_output };
  },
  async image(sdk, model) {
    const source = { type: "base64" as const, media_type: "image/png" as const, data: prompts.png };
    return tell(
      await ask(sdk, model, [
        { type: "image", source },
        { type: "text", text: prompts.look },
      ]),
    );
  },
  async pdf(sdk, model) {
    const source = { type: "base64" as const, media_type: "application/pdf" as const, data: prompts.pdf };
    return tell(
      await ask(sdk, model, [
        { type: "document", source, title: prompts.pdfName },
        { type: "text", text: prompts.look },
      ]),
    );
  },
  async reasoning(sdk, model) {
    const first = await sdk.messages.create({ model, max_tokens, thinking, messages: weather, tools });
    const second = await sdk.messages.create({ model, max_tokens, thinking, messages: answered(first), tools });
    return { ...tell(second), reasoning: tell(first).reasoning ?? "" };
  },
  async reasoningStream(sdk, model) {
    let pieces = 0;
    const stream = sdk.messages.stream({ model, max_tokens, thinking, messages: weather, tools }).on("thinking", () => pieces++);
    const first = await stream.finalMessage();
    const second = sdk.messages.stream({ model, max_tokens, thinking, messages: answered(first), tools });
    return { ...tell(await second.finalMessage()), reasoning: tell(first).reasoning ?? "", pieces };
  },
  async models(sdk) {
    const models: string[] = [];
    for await (const { id } of sdk.models.list()) models.push(id);
    return { models };
  },
  async abort(sdk, model) {
    let pieces = 0;
    const messages: Turns = [{ role: "user", content: prompts.question }];
    const stream = await sdk.messages.create({ model, max_tokens, messages, stream: true });
    for await (const event of stream) {
      if (event.type === "content_block_delta" && ++pieces === 3) stream.controller.abort();
    }
    return { aborted: true, pieces };
  },
};

function tellError(error: unknown): ToldError {
  if (!(error instanceof APIError)) return { kind: error instanceof Error ? error.constructor.name : typeof error, message: String(error) };
  return {
    kind: error.constructor.name,
    message: error.message,
    status: error.status ?? null,
    type: error.type,
    code: error.errorCode,
    requestId: error.requestID ?? null,
    retryAfter: error.headers?.get("retry-after") ?? null,
    shouldRetry: error.headers?.get("x-should-retry") ?? null,
  };
}

export const anthropicMessages = clientOf({
  name: "@anthropic-ai/sdk (npm)",
  caller: "anthropic-messages",
  words: { stop: "end_turn", call: "tool_use" },
  keepsReasoning: true,
  showsReasoning: true,
  heedsShouldRetry: true,
  open: ({ url, key, retries }) => new Anthropic({ baseURL: url, apiKey: key, ...(retries !== undefined && { maxRetries: retries }) }),
  tellError,
  asks,
});
