import { type ChatResponse, type Message, Ollama } from "ollama";
import { type Asks, clientOf, sameClass, type Told, type ToldError } from "../client.ts";
import { prompts } from "../prompts.ts";

const tools = [{ type: "function", function: prompts.tool }];
const format = {
  type: "object",
  properties: { city: { type: "string" }, degrees: { type: "number" } },
  required: ["city", "degrees"],
};
const weather: Message = { role: "user", content: prompts.weather };

function tell({ message, done_reason, prompt_eval_count, eval_count }: ChatResponse): Told {
  return { ...tellMessage(message), finish: done_reason, usage: { input: prompt_eval_count, output: eval_count } };
}

function tellMessage({ content, thinking, tool_calls }: Message) {
  const calls = (tool_calls ?? []).map(({ function: call }) => ({ name: call.name, arguments: call.arguments as unknown }));
  return { text: content, reasoning: thinking ?? "", calls };
}

function answered(message: Message): Message[] {
  const results = (message.tool_calls ?? []).map(({ function: { name } }, index) => ({
    role: "tool",
    tool_name: name,
    content: prompts.results[index]!,
  }));
  return [weather, message, ...results];
}

/** The SDK hands out lines; applications put the message together. `counted` are those that come piece by piece. */
async function join(lines: AsyncIterable<ChatResponse>, counted: (message: Message) => boolean): Promise<[Message, Told]> {
  const message: Message & { tool_calls: object[] } = { role: "assistant", content: "", thinking: "", tool_calls: [] };
  let told: Told = {};
  let pieces = 0;
  for await (const line of lines) {
    message.content += line.message.content;
    message.thinking += line.message.thinking ?? "";
    message.tool_calls.push(...(line.message.tool_calls ?? []));
    if (counted(line.message)) pieces++;
    if (line.done) told = tell(line);
  }
  return [message, { ...told, ...tellMessage(message), pieces }];
}

const asks: Asks<Ollama> = {
  async whole(sdk, model) {
    const messages = [
      { role: "system", content: prompts.system },
      { role: "user", content: prompts.question },
    ];
    return tell(await sdk.chat({ model, messages, options: { temperature: 0.5, num_predict: 500 } }));
  },
  async stream(sdk, model) {
    const messages = [
      { role: "system", content: prompts.system },
      { role: "user", content: prompts.question },
    ];
    return (await join(await sdk.chat({ model, messages, stream: true }), ({ content }) => content !== ""))[1];
  },
  async tools(sdk, model) {
    const first = await sdk.chat({ model, messages: [weather], tools });
    const second = await sdk.chat({ model, messages: answered(first.message), tools });
    return { ...tell(second), calls: tellMessage(first.message).calls, finish: first.done_reason };
  },
  async toolsStream(sdk, model) {
    const stream = await sdk.chat({ model, messages: [weather], tools, stream: true });
    return (await join(stream, ({ tool_calls }) => tool_calls !== undefined))[1];
  },
  async schema(sdk, model) {
    const { message } = await sdk.chat({ model, messages: [{ role: "user", content: prompts.schema }], format });
    return { parsed: JSON.parse(message.content) };
  },
  async image(sdk, model) {
    return tell(await sdk.chat({ model, messages: [{ role: "user", content: prompts.look, images: [prompts.png] }] }));
  },
  async reasoning(sdk, model) {
    const first = await sdk.chat({ model, messages: [weather], tools, think: true });
    const second = await sdk.chat({ model, messages: answered(first.message), tools, think: true });
    return { ...tell(second), reasoning: first.message.thinking ?? "" };
  },
  async reasoningStream(sdk, model) {
    const stream = await sdk.chat({ model, messages: [weather], tools, think: true, stream: true });
    const [message, { reasoning, pieces }] = await join(stream, ({ thinking }) => Boolean(thinking));
    const second = await sdk.chat({ model, messages: answered(message), tools, think: true, stream: true });
    return { ...(await join(second, () => false))[1], reasoning: reasoning ?? "", pieces: pieces ?? 0 };
  },
  async embeddings(sdk, model) {
    return { vectors: (await sdk.embed({ model, input: prompts.embed })).embeddings };
  },
  async abort(sdk, model) {
    let pieces = 0;
    const stream = await sdk.chat({ model, messages: [{ role: "user", content: prompts.question }], stream: true });
    for await (const { message } of stream) {
      if (message.content !== "" && ++pieces === 3) stream.abort();
    }
    return { aborted: true, pieces };
  },
};

/** Its class is not exported. */
function tellError(error: unknown): ToldError {
  if (!(error instanceof Error)) return { kind: typeof error, message: String(error) };
  return { kind: error.name, message: error.message, status: "status_code" in error ? Number(error.status_code) : null };
}

export const ollama = clientOf({
  name: "ollama (npm)",
  caller: "ollama-chat",
  words: { stop: "stop", call: "stop" },
  keepsReasoning: true,
  showsReasoning: true,
  heedsShouldRetry: false,
  lacks: ["request id", "headers of errors", "count of cached tokens", "pieces of arguments", "tries of its own"],
  errorClasses: sameClass("ResponseError"),
  open: ({ url, key }) => new Ollama({ host: url, headers: { authorization: `Bearer ${key}` } }),
  tellError,
  asks,
});
