import type { Cell } from "./cell.ts";
import { turnCount } from "./play.ts";

/** `docs/coding-agents.md`. */
export function agentsPage(cells: readonly Cell[]): string {
  const dialects = [...new Set(cells.map(({ dialect }) => dialect.id))];
  const agents = [...new Set(cells.map(({ agent }) => agent.name))];
  const of = (agent: string, dialect: string) => cells.filter((cell) => cell.agent.name === agent && cell.dialect.id === dialect);
  const marks = (agent: string, dialect: string) =>
    of(agent, dialect)
      .map(({ problems }) => (problems.length === 0 ? "✓" : "✗"))
      .join(" ");
  return [
    "# Coding agents",
    "",
    "<!-- Written by `bun test/sdks/agents/run.ts --write`; the suite compares it with what it saw. -->",
    "",
    ...introduction,
    "",
    `## ${turnCount} turns with tools, streamed and whole`,
    "",
    `| the model's provider speaks | ${agents.join(" | ")} |`,
    `|---|${agents.map(() => ":-:|").join("")}`,
    ...dialects.map((dialect) => `| ${dialect} | ${agents.map((agent) => marks(agent, dialect)).join(" | ")} |`),
    "",
  ].join("\n");
}

const introduction: readonly string[] = [
  "Claude Code and Codex work in front of every provider, with nothing changed but where they ask. Give them a key of the gateway's and a model that it knows: an alias of the config, or `provider/model`.",
  "",
  "```sh",
  "export ANTHROPIC_BASE_URL=http://127.0.0.1:8787 ANTHROPIC_AUTH_TOKEN=sk-sluice-… ANTHROPIC_MODEL=agent",
  "claude",
  "```",
  "",
  "```toml",
  "# ~/.codex/config.toml",
  'model = "agent"',
  'model_provider = "sluice"',
  "",
  "[model_providers.sluice]",
  'name = "Sluice"',
  'base_url = "http://127.0.0.1:8787/v1"',
  'env_key = "SLUICE_KEY"',
  'wire_api = "responses"',
  "```",
  "",
  "What to know:",
  "",
  "- Where agent and provider speak one dialect, the bytes pass, `anthropic-beta` and `anthropic-version` with them. Elsewhere the same conversation is always the same bytes, so that the provider's prompt cache keeps hitting; Claude Code's wandering cache marks do not change them.",
  "- A model's sealed thoughts go back to the provider that sealed them, in the agent's own history, and to no other: a route that falls back leaves them out, and a round of tools whose first thoughts are gone goes on without thinking.",
  "- Agents of Chat Completions have no place for them. What was thought before calls is kept in the gateway's memory for the key, for a day from the last use, and put back where it stood (8 MB a key; a restart forgets it).",
  "- Tools that take free text (Codex's `apply_patch`) are functions with one text where the provider has none, their grammar in words; tools in a namespace bear its name. A search of OpenAI's own index (`external_web_access: false`) is left out elsewhere, for to search the web in its place is what the agent forbade. Other hosted tools that a provider lacks are refused.",
  "- Pictures that a tool shows go on to Anthropic, Bedrock, Gemini, Responses and Ollama; Chat Completions and Cohere take words only from tools.",
  "- What else a translation cannot carry is said in `x-sluice-warning` and in `sluice explain`; [losses.md](reference/losses.md) has the whole table.",
];
