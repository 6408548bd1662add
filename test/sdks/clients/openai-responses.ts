import type OpenAI from "openai";
import { zodTextFormat } from "openai/helpers/zod";
import { z } from "zod";
import { type Asks, clientOf, type Told } from "../client.ts";
import { prompts } from "../prompts.ts";
import { openAzure, openOpenai, tellOpenaiError } from "./openai-sdk.ts";

const tools = [{ type: "function" as const, strict: true, ...prompts.tool }];
/** Nothing is kept anywhere: reasoning travels sealed in the history. */
const stateless = { store: false, include: ["reasoning.encrypted_content" as const] };
const reasoning = { effort: "low" as const, summary: "auto" as const };

type Response = OpenAI.Responses.Response;
type Input = OpenAI.Responses.ResponseInput;

function tell(response: Response): Told {
  const { usage } = response;
  return {
    text: response.output_text,
    finish: response.status ?? "",
    calls: response.output.flatMap((item) =>
      item.type === "function_call" ? [{ name: item.name, arguments: JSON.parse(item.arguments) as unknown }] : [],
    ),
    reasoning: response.output.flatMap((item) => (item.type === "reasoning" ? item.summary.map(({ text }) => text) : [])).join(""),
    ...(usage && { usage: { input: usage.input_tokens, cached: usage.input_tokens_details.cached_tokens, output: usage.output_tokens } }),
  };
}

function answered(first: Response): Input {
  const calls = first.output.filter((item) => item.type === "function_call");
  const results = calls.map(({ call_id }, index) => ({ type: "function_call_output" as const, call_id, output: prompts.results[index]! }));
  return [{ role: "user", content: prompts.weather }, ...first.output, ...results] as Input;
}

const asks: Asks<OpenAI> = {
  async whole(sdk, model) {
    const response = await sdk.responses.create({ model, instructions: prompts.system, input: prompts.question, max_output_tokens: 500 });
    return { ...tell(response), requestId: response._request_id ?? null };
  },
  async stream(sdk, model) {
    let told: Told = { text: "", pieces: 0 };
    const input: Input = [
      { role: "developer", content: prompts.system },
      { role: "user", content: [{ type: "input_text", text: prompts.question }] },
    ];
    for await (const event of await sdk.responses.create({ model, input, store: false, stream: true })) {
      if (event.type === "response.output_text.delta") told = { ...told, text: told.text + event.delta, pieces: told.pieces! + 1 };
      if (event.type === "error") throw new Error(event.message);
      if (event.type === "response.failed") throw new Error(event.response.error?.message);
      if (event.type === "response.completed") {
        const { usage, finish } = tell(event.response);
        told = { ...told, ...(usage && { usage }), finish: finish ?? null };
      }
    }
    return told;
  },
  async tools(sdk, model) {
    const first = await sdk.responses.create({ model, input: prompts.weather, tools, parallel_tool_calls: true });
    const second = await sdk.responses.create({ model, input: answered(first), tools });
    return { ...tell(second), calls: tell(first).calls ?? [] };
  },
  async toolsStream(sdk, model) {
    let pieces = 0;
    const stream = sdk.responses
      .stream({ model, input: prompts.weather, tools })
      .on("response.function_call_arguments.delta", () => pieces++);
    return { ...tell((await stream.finalResponse()) as Response), pieces };
  },
  async schema(sdk, model) {
    const format = zodTextFormat(z.object({ city: z.string(), degrees: z.number() }), "weather");
    return { parsed: (await sdk.responses.parse({ model, input: prompts.schema, text: { format } })).output_parsed };
  },
  async image(sdk, model) {
    const content = [
      { type: "input_text" as const, text: prompts.look },
      { type: "input_image" as const, detail: "auto" as const, image_url: `data:image/png;base64,${prompts.png}` },
    ];
    return tell(await sdk.responses.create({ model, input: [{ role: "user", content }] }));
  },
  async pdf(sdk, model) {
    const content = [
      { type: "input_text" as const, text: prompts.look },
      { type: "input_file" as const, filename: prompts.pdfName, file_data: `data:application/pdf;base64,${prompts.pdf}` },
    ];
    return tell(await sdk.responses.create({ model, input: [{ role: "user", content }] }));
  },
  async reasoning(sdk, model) {
    const first = await sdk.responses.create({ model, input: prompts.weather, tools, reasoning, ...stateless });
    const second = await sdk.responses.create({ model, input: answered(first), tools, reasoning, ...stateless });
    return { ...tell(second), reasoning: tell(first).reasoning ?? "" };
  },
  async reasoningStream(sdk, model) {
    let pieces = 0;
    const stream = sdk.responses
      .stream({ model, input: prompts.weather, tools, reasoning, ...stateless })
      .on("response.reasoning_summary_text.delta", () => pieces++);
    const first = (await stream.finalResponse()) as Response;
    const second = sdk.responses.stream({ model, input: answered(first), tools, reasoning, ...stateless });
    return { ...tell((await second.finalResponse()) as Response), reasoning: tell(first).reasoning ?? "", pieces };
  },
  async abort(sdk, model) {
    const leaving = new AbortController();
    let pieces = 0;
    const request = { model, input: prompts.question, stream: true as const };
    for await (const event of await sdk.responses.create(request, { signal: leaving.signal })) {
      if (event.type === "response.output_text.delta" && ++pieces === 3) leaving.abort();
    }
    return { aborted: true, pieces };
  },
};

const facts = {
  caller: "openai-responses",
  words: { stop: "completed", call: "completed" },
  keepsReasoning: true,
  showsReasoning: true,
  heedsShouldRetry: true,
  tellError: tellOpenaiError,
  asks,
} as const;

export const openaiResponses = clientOf({ ...facts, name: "openai (npm), responses", open: openOpenai });
export const azureResponses = clientOf({ ...facts, name: "openai (npm), responses of AzureOpenAI", open: openAzure });
