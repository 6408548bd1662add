import OpenAI from "openai";
import { type Agent, type Form, hardArguments, largeSchema, png, type Session, type ToldTurn } from "../../agents/agent.ts";
import { showsImage } from "../../agents/conversation.ts";
import { type PlayedCall, playOf, resultOf } from "../../agents/play.ts";

type Input = OpenAI.Responses.ResponseInputItem[];
type Output = OpenAI.Responses.ResponseOutputItem[];
type Tools = OpenAI.Responses.Tool[];

const instructions = "You are a coding agent that works in a terminal. Read before you write, and run the tests.";
const grammar = 'start: begin hunk+ end\nbegin: "*** Begin Patch" LF\nend: "*** End Patch" LF?\nhunk: /(?s).+/\n%import common.LF\n';

const tools: Tools = [
  functionTool("exec_command", { cmd: { type: "string", description: "The command." }, yield_time_ms: { type: "number" } }),
  functionTool("write_stdin", { session_id: { type: "number" }, chars: { type: "string" } }),
  functionTool("update_plan", { plan: { type: "array", items: { type: "object", properties: { step: { type: "string" } } } } }),
  functionTool("view_image", { path: { type: "string" } }),
  {
    type: "custom",
    name: "apply_patch",
    description: "Edits files. The input is a patch, not JSON.",
    format: { type: "grammar", syntax: "lark", definition: grammar },
  },
  // What is asked of OpenAI's own index only, nobody else has.
  { type: "web_search", external_web_access: false } as Tools[number],
  {
    type: "namespace",
    name: "mcp__tracker",
    description: "The tools of a server.",
    tools: Array.from({ length: 20 }, (_, place) => ({
      type: "function" as const,
      name: `list_things_${place}`,
      description: "Lists things.",
      strict: false,
      parameters: largeSchema(place),
    })),
  },
];

function functionTool(name: string, properties: Record<string, unknown>): Tools[number] {
  const parameters = { type: "object", properties, required: Object.keys(properties).slice(0, 1), additionalProperties: false };
  return { type: "function", name, description: `${name} does what it says.`, strict: false, parameters };
}

const patch = (turn: number) =>
  `*** Begin Patch\n*** Update File: src/größe.ts\n@@\n-const a = "x\\t${turn}";\n+const a = \`\${b}\`;\n*** End Patch\n`;

const names = tools.map((tool) => ("name" in tool ? tool.name : tool.type));
const plainTools = tools.flatMap((tool): string[] => {
  if (tool.type === "namespace") return tool.tools.map(({ name }) => `${tool.name}__${name}`);
  return "name" in tool ? [tool.name] : [];
});

const play = playOf({ system: instructions, tools: names, plainTools }, (turn, place) => {
  if (turn === 2 && place === 0) return { name: "view_image", input: { path: "/src/größe.png" } };
  if (place === 1) return { name: `list_things_${turn % 20}`, namespace: "mcp__tracker", input: hardArguments(turn, place) };
  if (turn % 4 === 1) return { name: "apply_patch", input: patch(turn) };
  return { name: "exec_command", input: { cmd: `rg -n "größe" src | head -${turn}`, yield_time_ms: 1000 + place } };
});

class Codex implements Session {
  readonly #sdk: OpenAI;
  readonly #model: string;
  readonly #form: Form;
  readonly #input: Input = [
    { type: "message", role: "developer", content: [{ type: "input_text", text: "<permissions>The sandbox is read-only.</permissions>" }] },
    {
      type: "message",
      role: "user",
      content: [{ type: "input_text", text: "<environment_context>\n  <cwd>/src</cwd>\n</environment_context>" }],
    },
  ];

  constructor(sdk: OpenAI, model: string, form: Form) {
    this.#sdk = sdk;
    this.#model = model;
    this.#form = form;
  }

  async turn(words: string | undefined): Promise<ToldTurn> {
    if (words !== undefined) this.#input.push({ type: "message", role: "user", content: [{ type: "input_text", text: words }] });
    const { output, usage } = await this.#ask();
    // Without state at the provider, items go back without their ids.
    for (const item of output) {
      const { id: _id, status: _status, ...kept } = item as Output[number] & { status?: string };
      this.#input.push(kept as Input[number]);
    }
    const calls = output.flatMap((item): (PlayedCall & { id: string })[] => {
      if (item.type === "function_call")
        return [{ id: item.call_id, ...namesOf(item), input: JSON.parse(item.arguments) as Record<string, unknown> }];
      return item.type === "custom_tool_call" ? [{ id: item.call_id, ...namesOf(item), input: item.input }] : [];
    });
    this.#input.push(...calls.map(resultItem));
    return {
      text: output
        .flatMap((item) => (item.type === "message" ? item.content.map((part) => (part.type === "output_text" ? part.text : "")) : []))
        .join(""),
      thought: output
        .flatMap((item) => (item.type === "reasoning" ? [...item.summary, ...(item.content ?? [])].map(({ text }) => text) : []))
        .join(""),
      calls: calls.map(({ id: _id, ...call }) => call),
      usage: { input: usage.input_tokens, cacheRead: usage.input_tokens_details.cached_tokens, output: usage.output_tokens },
    };
  }

  async #ask(): Promise<{ readonly output: Output; readonly usage: OpenAI.Responses.ResponseUsage }> {
    const body = {
      model: this.#model,
      instructions,
      input: this.#input,
      tools,
      tool_choice: "auto" as const,
      parallel_tool_calls: true,
      reasoning: { effort: "medium" as const, summary: this.#form === "stream" ? ("auto" as const) : ("detailed" as const) },
      store: false,
      include: ["reasoning.encrypted_content" as const],
      prompt_cache_key: "0199f1c2-7d3e-7c41-9a5b-3f2e1d0c9b8a",
    };
    if (this.#form === "whole") {
      const response = await this.#sdk.responses.create(body);
      return { output: response.output, usage: response.usage! };
    }
    const output: Output = [];
    for await (const event of await this.#sdk.responses.create({ ...body, stream: true })) {
      if (event.type === "response.output_item.done") output.push(event.item);
      if (event.type === "response.failed") throw new Error(event.response.error?.message);
      if (event.type === "response.completed") return { output, usage: event.response.usage! };
    }
    throw new Error("The stream ended before the response was complete.");
  }
}

function namesOf({ name, namespace }: { name: string; namespace?: string }): Pick<PlayedCall, "name" | "namespace"> {
  return { name, ...(namespace !== undefined && { namespace }) };
}

function resultItem({ id: call_id, name, input }: PlayedCall & { readonly id: string }): Input[number] {
  const { text } = resultOf({ name, input });
  if (typeof input === "string") return { type: "custom_tool_call_output", call_id, output: text };
  if (!showsImage(input)) return { type: "function_call_output", call_id, output: text };
  const image = { type: "input_image" as const, detail: "auto" as const, image_url: `data:image/png;base64,${png}` };
  return { type: "function_call_output", call_id, output: [{ type: "input_text", text }, image] };
}

export const codex: Agent = {
  name: "Codex",
  caller: "openai-responses",
  play,
  keepsThoughts: true,
  passes: {},
  open: ({ url, key }, model, form) => new Codex(new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 }), model, form),
};
