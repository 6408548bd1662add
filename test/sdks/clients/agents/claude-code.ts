import Anthropic from "@anthropic-ai/sdk";
import { type Agent, type Form, hardArguments, largeSchema, png, type Session, type ToldTurn } from "../../agents/agent.ts";
import { showsImage } from "../../agents/conversation.ts";
import { playOf, resultOf } from "../../agents/play.ts";

type Blocks = Anthropic.Beta.BetaContentBlockParam[];
type Turns = { readonly role: "user" | "assistant"; readonly content: Blocks }[];
type Tools = Anthropic.Beta.BetaTool[];
type Body = Omit<Anthropic.Beta.MessageCreateParamsNonStreaming, "messages">;

const system = "You are a coding agent. Keep to the conventions of the repository. Never guess a path.";
const betas = [
  "claude-code-20250219",
  "interleaved-thinking-2025-05-14",
  "fine-grained-tool-streaming-2025-05-14",
  "context-management-2025-06-27",
];
const version = { "anthropic-version": "2023-06-01" };
const ephemeral = { type: "ephemeral" as const };
const builtIn = [
  "Task",
  "Bash",
  "Glob",
  "Grep",
  "Read",
  "Edit",
  "Write",
  "NotebookEdit",
  "WebFetch",
  "TodoWrite",
  "BashOutput",
  "KillShell",
];

function described(name: string, input_schema: Tools[number]["input_schema"], place: number): Tools[number] {
  return { name, description: `${name}. ${`Use it with care, and read what it answers (${place}). `.repeat(12)}`, input_schema };
}

const tools: Tools = [
  ...builtIn.map((name, place) =>
    described(
      name,
      {
        $schema: "http://json-schema.org/draft-07/schema#",
        type: "object",
        properties: { file_path: { type: "string" }, command: { type: "string" }, limit: { type: "number" } },
        additionalProperties: true,
      },
      place,
    ),
  ),
  ...Array.from({ length: 36 }, (_, place) => described(`mcp__tracker__list_things_of_kind_${place}`, largeSchema(place), place)),
];

const names = tools.map(({ name }) => name);
const play = playOf({ system, tools: names, plainTools: names }, (turn, place) => {
  if (turn === 2 && place === 0) return { name: "Read", input: { file_path: "/src/screens/größe.png" } };
  if (place === 1) return { name: `mcp__tracker__list_things_of_kind_${turn}`, input: hardArguments(turn, place) };
  if (turn % 5 === 4) return { name: "BashOutput", input: {} };
  return { name: "Bash", input: { command: `grep -rn "größe\\t" src | head -${turn}`, limit: turn + place } };
});

function bodyOf(model: string, form: Form): Body {
  return {
    model,
    max_tokens: form === "stream" ? 32_000 : 20_000,
    system: [
      { type: "text", text: system, cache_control: ephemeral },
      { type: "text", text: `The working directory is /src. ${"Facts of the place. ".repeat(200)}`, cache_control: ephemeral },
    ],
    tools,
    metadata: {
      user_id: `user_${"5f".repeat(32)}_account_5c2a61f0-0b9c-4b8e-9d5e-6f1d1a2b3c4d_session_0d9b8c7a-6e5f-4a3b-8c2d-1e0f9a8b7c6d`,
    },
    ...(form === "stream"
      ? { thinking: { type: "enabled" as const, budget_tokens: 16_000 } }
      : { thinking: { type: "adaptive" as const }, output_config: { effort: "high" as const } }),
    context_management: { edits: [{ type: "clear_thinking_20251015" as const, keep: "all" as const }] },
    betas,
  };
}

class ClaudeCode implements Session {
  readonly #sdk: Anthropic;
  readonly #form: Form;
  readonly #body: Body;
  readonly #turns: Turns = [];
  #results: Blocks = [];

  constructor(sdk: Anthropic, model: string, form: Form) {
    this.#sdk = sdk;
    this.#form = form;
    this.#body = bodyOf(model, form);
  }

  async count(words: string): Promise<number> {
    const { model, system: told, tools: offered, thinking } = this.#body;
    const messages: Turns = [{ role: "user", content: [{ type: "text", text: words }] }];
    const counted = await this.#sdk.beta.messages.countTokens({
      model,
      messages,
      betas,
      system: told!,
      tools: offered!,
      thinking: thinking!,
    });
    return counted.input_tokens;
  }

  async turn(words: string | undefined): Promise<ToldTurn> {
    const reminder = { type: "text" as const, text: "<system-reminder>\nThe list of todos is empty.\n</system-reminder>" };
    const said: Blocks = words === undefined ? [] : [reminder, { type: "text", text: words }];
    this.#turns.push({ role: "user", content: [...this.#results, ...said] });
    const body = { ...this.#body, messages: marked(this.#turns) };
    const message =
      this.#form === "stream" ? await this.#sdk.beta.messages.stream(body).finalMessage() : await this.#sdk.beta.messages.create(body);
    this.#turns.push({ role: "assistant", content: message.content as Blocks });
    const calls = message.content.flatMap((block) => (block.type === "tool_use" ? [block] : []));
    this.#results = calls.map(({ id, name, input }) => resultBlock(id, name, input as Record<string, unknown>));
    const { usage } = message;
    return {
      text: message.content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join(""),
      thought: message.content.flatMap((block) => (block.type === "thinking" ? [block.thinking] : [])).join(""),
      calls: calls.map(({ name, input }) => ({ name, input: input as Record<string, unknown> })),
      usage: {
        input: usage.input_tokens + (usage.cache_read_input_tokens ?? 0) + (usage.cache_creation_input_tokens ?? 0),
        cacheRead: usage.cache_read_input_tokens ?? 0,
        cacheWrite: usage.cache_creation_input_tokens ?? 0,
        output: usage.output_tokens,
      },
    };
  }
}

function resultBlock(tool_use_id: string, name: string, input: Record<string, unknown>): Blocks[number] {
  const { text, isError } = resultOf({ name, input });
  const image = { type: "image" as const, source: { type: "base64" as const, media_type: "image/png" as const, data: png } };
  const content = showsImage(input) ? [{ type: "text" as const, text }, image] : text;
  return { type: "tool_result", tool_use_id, content, ...(isError && { is_error: true }) };
}

/** The last blocks of the last two messages are marked, so the marks wander with the conversation. */
function marked(turns: Turns): Turns {
  return turns.map((turn, at) => {
    if (at < turns.length - 2) return turn;
    const last = turn.content.findLastIndex(({ type }) => type !== "thinking" && type !== "redacted_thinking");
    return {
      ...turn,
      content: turn.content.map((block, index) => (index === last ? ({ ...block, cache_control: ephemeral } as Blocks[number]) : block)),
    };
  });
}

export const claudeCode: Agent = {
  name: "Claude Code",
  caller: "anthropic-messages",
  play,
  keepsThoughts: true,
  passes: { ...version, "anthropic-beta": betas.join(",") },
  open: ({ url, key }, model, form) =>
    new ClaudeCode(new Anthropic({ baseURL: url, authToken: key, apiKey: null, maxRetries: 0, defaultHeaders: version }), model, form),
};
