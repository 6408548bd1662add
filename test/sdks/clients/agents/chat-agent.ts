import OpenAI from "openai";
import { type Agent, type Form, hardArguments, largeSchema, type Session, type ToldTurn } from "../../agents/agent.ts";
import { playOf, resultOf } from "../../agents/play.ts";

type Messages = OpenAI.Chat.ChatCompletionMessageParam[];
type Tools = OpenAI.Chat.ChatCompletionFunctionTool[];
type Call = OpenAI.Chat.ChatCompletionMessageFunctionToolCall;

const system = "You are a coding agent that speaks Chat Completions and knows no more of it than its reference tells.";

const tools: Tools = Array.from({ length: 14 }, (_, place) => ({
  type: "function",
  function: { name: `tool_${place}`, description: "Does things.", parameters: largeSchema(place) },
}));

const names = tools.map((tool) => tool.function.name);
const play = playOf({ system, tools: names, plainTools: names }, (turn, place) => ({
  name: `tool_${(turn + place) % 14}`,
  input: turn % 5 === 4 ? {} : hardArguments(turn, place),
}));

interface Answer {
  content: string;
  thought: string;
  readonly calls: Call[];
  usage: OpenAI.CompletionUsage | undefined;
}

class ChatAgent implements Session {
  readonly #sdk: OpenAI;
  readonly #model: string;
  readonly #form: Form;
  readonly #messages: Messages = [{ role: "system", content: system }];

  constructor(sdk: OpenAI, model: string, form: Form) {
    this.#sdk = sdk;
    this.#model = model;
    this.#form = form;
  }

  async turn(words: string | undefined): Promise<ToldTurn> {
    if (words !== undefined) this.#messages.push({ role: "user", content: words });
    const body = { model: this.#model, messages: this.#messages, tools, reasoning_effort: "high" as const };
    const answer = this.#form === "stream" ? await this.#streamed(body) : await this.#whole(body);
    const { content, calls, usage } = answer;
    // Only what the reference knows is kept, as most clients do.
    this.#messages.push({ role: "assistant", content: content === "" ? null : content, ...(calls.length > 0 && { tool_calls: calls }) });
    const told = calls.map((call) => ({ name: call.function.name, input: JSON.parse(call.function.arguments) as Record<string, unknown> }));
    for (const [place, { id }] of calls.entries()) {
      this.#messages.push({ role: "tool", tool_call_id: id, content: resultOf(told[place]!).text });
    }
    return {
      text: content,
      thought: answer.thought,
      calls: told,
      usage: {
        input: usage?.prompt_tokens ?? 0,
        cacheRead: usage?.prompt_tokens_details?.cached_tokens ?? 0,
        output: usage?.completion_tokens ?? 0,
      },
    };
  }

  async #whole(body: OpenAI.Chat.ChatCompletionCreateParamsNonStreaming): Promise<Answer> {
    const { choices, usage } = await this.#sdk.chat.completions.create(body);
    const { message } = choices[0]!;
    const calls = (message.tool_calls ?? []).map((call) => call as Call);
    return {
      content: message.content ?? "",
      thought: thoughtIn(message),
      calls: calls.map(({ id, function: f }) => callOf(id, f.name, f.arguments)),
      usage,
    };
  }

  async #streamed(body: OpenAI.Chat.ChatCompletionCreateParamsNonStreaming): Promise<Answer> {
    const answer: Answer = { content: "", thought: "", calls: [], usage: undefined };
    const stream = await this.#sdk.chat.completions.create({ ...body, stream: true, stream_options: { include_usage: true } });
    for await (const { choices, usage } of stream) {
      answer.usage = usage ?? answer.usage;
      const delta = choices[0]?.delta;
      if (!delta) continue;
      answer.content += delta.content ?? "";
      answer.thought += thoughtIn(delta);
      for (const { index, id, function: piece } of delta.tool_calls ?? []) {
        answer.calls[index] ??= callOf(id ?? "", piece?.name ?? "", "");
        const call = answer.calls[index]!;
        call.function.arguments += piece?.arguments ?? "";
      }
    }
    return answer;
  }
}

function callOf(id: string, name: string, text: string): Call {
  return { id, type: "function", function: { name, arguments: text } };
}

function thoughtIn(message: object): string {
  return "reasoning_content" in message && typeof message.reasoning_content === "string" ? message.reasoning_content : "";
}

export const chatAgent: Agent = {
  name: "Chat Completions, nothing kept",
  caller: "openai-chat",
  play,
  keepsThoughts: false,
  passes: {},
  open: ({ url, key }, model, form) => new ChatAgent(new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 }), model, form),
};
