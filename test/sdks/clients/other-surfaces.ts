import { GoogleGenAI } from "@google/genai";
import { Ollama } from "ollama";
import OpenAI from "openai";
import type { Address } from "../client.ts";
import type { Trial } from "../other-surfaces.ts";
import { prompts } from "../prompts.ts";

const { system, question, weather, tool } = prompts;

const openai = ({ url, key }: Address) => new OpenAI({ apiKey: key, baseURL: `${url}/v1` });
const ollama = ({ url, key }: Address) => new Ollama({ host: url, headers: { authorization: `Bearer ${key}` } });
const google = ({ url, key }: Address) => new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: url } });

/** What the npm packages say of the surfaces that are no chat's, each asked the question of all clients. */
export const trials: readonly Trial[] = [
  {
    name: "openai: completions.create",
    system: false,
    async tell(address, model) {
      const answer = await openai(address).completions.create({ model, prompt: question, max_tokens: 500 });
      return { text: answer.choices[0]?.text ?? "", output: answer.usage?.completion_tokens };
    },
  },
  {
    name: "openai: completions.create, streamed",
    system: false,
    async tell(address, model) {
      const body = { model, prompt: question, stream: true, stream_options: { include_usage: true } } as const;
      let text = "";
      let output: number | undefined;
      let pieces = 0;
      for await (const chunk of await openai(address).completions.create(body)) {
        text += chunk.choices[0]?.text ?? "";
        if (chunk.choices[0]?.text) pieces++;
        output = chunk.usage?.completion_tokens ?? output;
      }
      return { text, output, pieces };
    },
  },
  {
    name: "ollama: generate",
    system: true,
    async tell(address, model) {
      const answer = await ollama(address).generate({ model, prompt: question, system });
      return { text: answer.response ?? "", output: answer.eval_count };
    },
  },
  {
    name: "ollama: generate, streamed",
    system: true,
    async tell(address, model) {
      let text = "";
      let output: number | undefined;
      let pieces = 0;
      for await (const line of await ollama(address).generate({ model, prompt: question, system, stream: true })) {
        text += line.response;
        if (line.response) pieces++;
        if (line.done) output = line.eval_count;
      }
      return { text, output, pieces };
    },
  },
  {
    name: "@google/genai: interactions.create",
    system: true,
    async tell(address, model) {
      const answer = await google(address).interactions.create({ model, input: question, system_instruction: system, store: false });
      return { text: answer.output_text ?? "", output: answer.usage && outputOf(answer.usage) };
    },
  },
  {
    name: "@google/genai: interactions.create, streamed",
    system: true,
    async tell(address, model) {
      const body = { model, input: question, system_instruction: system, store: false, stream: true } as const;
      let text = "";
      let output: number | undefined;
      let pieces = 0;
      for await (const event of await google(address).interactions.create(body)) {
        if (event.event_type === "step.delta" && event.delta.type === "text") {
          text += event.delta.text;
          pieces++;
        }
        if (event.event_type === "interaction.completed" && event.interaction.usage) output = outputOf(event.interaction.usage);
      }
      return { text, output, pieces };
    },
  },
  {
    name: "@google/genai: interactions.create, tools and their results",
    system: false,
    tools: true,
    async tell(address, model) {
      const { interactions } = google(address);
      const tools = [{ type: "function" as const, name: tool.name, description: tool.description, parameters: tool.parameters }];
      const asked = { type: "user_input" as const, content: [{ type: "text" as const, text: weather }] };
      const first = await interactions.create({ model, input: [asked], tools, store: false });
      const calls = (first.steps ?? []).flatMap((step) => (step.type === "function_call" ? [step] : []));
      const results = calls.map(({ id, name }, index) => ({
        type: "function_result" as const,
        call_id: id,
        name,
        result: prompts.results[index] ?? "",
      }));
      const second = await interactions.create({ model, input: [asked, ...(first.steps ?? []), ...results], tools, store: false });
      return { text: second.output_text ?? "", output: second.usage && outputOf(second.usage) };
    },
  },
];

function outputOf(usage: { total_output_tokens?: number | undefined; total_thought_tokens?: number | undefined }): number {
  return (usage.total_output_tokens ?? 0) + (usage.total_thought_tokens ?? 0);
}
