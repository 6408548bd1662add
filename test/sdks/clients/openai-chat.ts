import type OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";
import { type Asks, clientOf, type Told } from "../client.ts";
import { prompts } from "../prompts.ts";
import { openAzure, openOpenai, tellOpenaiError } from "./openai-sdk.ts";

const tools = [{ type: "function" as const, function: prompts.tool }];

type Completion = OpenAI.Chat.ChatCompletion;
type Messages = OpenAI.Chat.ChatCompletionMessageParam[];

function tell(completion: Completion): Told {
  const choice = completion.choices[0]!;
  return {
    text: choice.message.content ?? "",
    finish: choice.finish_reason,
    calls: (choice.message.tool_calls ?? []).flatMap((call) =>
      call.type === "function" ? [{ name: call.function.name, arguments: JSON.parse(call.function.arguments) as unknown }] : [],
    ),
    ...usageOf(completion.usage),
  };
}

function usageOf(usage: OpenAI.CompletionUsage | null | undefined): Told {
  if (!usage) return {};
  const cached = usage.prompt_tokens_details?.cached_tokens ?? 0;
  return { usage: { input: usage.prompt_tokens, cached, output: usage.completion_tokens } };
}

/** Providers' field, which OpenAI's types do not know. */
function reasoningIn(message: object): string {
  return "reasoning_content" in message && typeof message.reasoning_content === "string" ? message.reasoning_content : "";
}

const answered = (completion: Completion): Messages => [
  { role: "user", content: prompts.weather },
  completion.choices[0]!.message,
  ...(completion.choices[0]!.message.tool_calls ?? []).map(({ id }, index) => ({
    role: "tool" as const,
    tool_call_id: id,
    content: prompts.results[index]!,
  })),
];

const asks: Asks<OpenAI> = {
  async whole(sdk, model) {
    const messages: Messages = [
      { role: "system", content: prompts.system },
      { role: "user", content: prompts.question },
    ];
    const completion = await sdk.chat.completions.create({ model, messages, temperature: 0.5, max_completion_tokens: 500 });
    return { ...tell(completion), requestId: completion._request_id ?? null };
  },
  async stream(sdk, model) {
    const stream = await sdk.chat.completions.create({
      model,
      messages: [
        { role: "developer", content: prompts.system },
        { role: "user", content: prompts.question },
      ],
      stream: true,
      stream_options: { include_usage: true },
    });
    let told: Told = { text: "", pieces: 0 };
    for await (const { choices, usage } of stream) {
      const [choice] = choices;
      if (choice?.delta.content) told = { ...told, text: told.text + choice.delta.content, pieces: told.pieces! + 1 };
      if (choice?.finish_reason) told = { ...told, finish: choice.finish_reason };
      told = { ...told, ...usageOf(usage) };
    }
    return told;
  },
  async tools(sdk, model) {
    const messages: Messages = [{ role: "user", content: prompts.weather }];
    const first = await sdk.chat.completions.create({ model, messages, tools, parallel_tool_calls: true });
    const second = await sdk.chat.completions.create({ model, messages: answered(first), tools });
    return { ...tell(second), calls: tell(first).calls ?? [], finish: first.choices[0]!.finish_reason };
  },
  async toolsStream(sdk, model) {
    let pieces = 0;
    const stream = sdk.chat.completions
      .stream({ model, messages: [{ role: "user", content: prompts.weather }], tools, stream_options: { include_usage: true } })
      .on("tool_calls.function.arguments.delta", () => pieces++);
    return { ...tell(await stream.finalChatCompletion()), pieces };
  },
  async schema(sdk, model) {
    const format = zodResponseFormat(z.object({ city: z.string(), degrees: z.number() }), "weather");
    const messages: Messages = [{ role: "user", content: prompts.schema }];
    const completion = await sdk.chat.completions.parse({ model, messages, response_format: format });
    return { parsed: completion.choices[0]!.message.parsed };
  },
  async image(sdk, model) {
    const url = `data:image/png;base64,${prompts.png}`;
    const content = [
      { type: "text" as const, text: prompts.look },
      { type: "image_url" as const, image_url: { url } },
    ];
    return tell(await sdk.chat.completions.create({ model, messages: [{ role: "user", content }] }));
  },
  async pdf(sdk, model) {
    const file = { filename: prompts.pdfName, file_data: `data:application/pdf;base64,${prompts.pdf}` };
    const content = [
      { type: "text" as const, text: prompts.look },
      { type: "file" as const, file },
    ];
    return tell(await sdk.chat.completions.create({ model, messages: [{ role: "user", content }] }));
  },
  async reasoning(sdk, model) {
    const messages: Messages = [{ role: "user", content: prompts.weather }];
    const first = await sdk.chat.completions.create({ model, messages, tools, reasoning_effort: "low" });
    const second = await sdk.chat.completions.create({ model, messages: answered(first), tools, reasoning_effort: "low" });
    return { ...tell(second), reasoning: reasoningIn(first.choices[0]!.message) };
  },
  async reasoningStream(sdk, model) {
    const messages: Messages = [{ role: "user", content: prompts.question }];
    let told: Told = { text: "", reasoning: "", pieces: 0 };
    for await (const { choices } of await sdk.chat.completions.create({ model, messages, reasoning_effort: "low", stream: true })) {
      const delta = choices[0]?.delta ?? {};
      const thought = reasoningIn(delta);
      told = { text: told.text + (delta.content ?? ""), reasoning: told.reasoning + thought, pieces: told.pieces! + (thought ? 1 : 0) };
    }
    return told;
  },
  async streamOptions(sdk, model) {
    const messages: Messages = [{ role: "user", content: prompts.question }];
    const usageChunks: number[] = [];
    for (const more of [{}, { stream_options: { include_usage: true } }]) {
      let chunks = 0;
      for await (const { usage } of await sdk.chat.completions.create({ model, messages, stream: true, ...more })) if (usage) chunks++;
      usageChunks.push(chunks);
    }
    return { usageChunks };
  },
  async embeddings(sdk, model) {
    const { data } = await sdk.embeddings.create({ model, input: prompts.embed });
    return { vectors: data.map(({ embedding }) => embedding) };
  },
  async models(sdk) {
    const models: string[] = [];
    for await (const { id } of sdk.models.list()) models.push(id);
    return { models };
  },
  async abort(sdk, model) {
    const leaving = new AbortController();
    let pieces = 0;
    const messages: Messages = [{ role: "user", content: prompts.question }];
    for await (const _ of await sdk.chat.completions.create({ model, messages, stream: true }, { signal: leaving.signal })) {
      if (++pieces === 3) leaving.abort();
    }
    return { aborted: true, pieces };
  },
};

const facts = {
  caller: "openai-chat",
  words: { stop: "stop", call: "tool_calls" },
  keepsReasoning: true,
  showsReasoning: true,
  heedsShouldRetry: true,
  tellError: tellOpenaiError,
  asks,
} as const;

export const openaiChat = clientOf({ ...facts, name: "openai (npm), chat", open: openOpenai });
export const azureChat = clientOf({ ...facts, name: "openai (npm), chat of AzureOpenAI", open: openAzure });
