import { type UpstreamName, upstreamNames } from "./bench.ts";
import type { Client } from "./client.ts";
import { features } from "./features.ts";

/** What became of one feature of one client with one upstream. */
export interface Cell {
  readonly client: string;
  readonly upstream: UpstreamName;
  readonly feature: string;
  readonly problems: readonly string[];
}

export interface Matrix {
  readonly clients: readonly Client[];
  readonly cells: readonly Cell[];
  /** What was looked at once. */
  readonly checks: readonly { readonly name: string; readonly problems: readonly string[] }[];
  /** Clients that could not run, and why. */
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
}

export function printMatrix({ clients, cells, checks, skipped }: Matrix): string {
  const width = Math.max(...features.map(({ title }) => title.length));
  const lines = clients.flatMap(({ name }) => [
    "",
    `${name.padEnd(width)}  ${upstreamNames.join("  ")}`,
    ...features
      .map(({ title }) => ({ title, marks: upstreamNames.map((upstream) => markOf(cells, name, upstream, title)) }))
      .filter(({ marks }) => marks.some((mark) => mark !== ""))
      .map(({ title, marks }) =>
        `${title.padEnd(width)}  ${marks.map((mark, at) => (mark || "·").padEnd(upstreamNames[at]!.length + 2)).join("")}`.trimEnd(),
      ),
  ]);
  const all = [
    ...cells.map(({ client, upstream, feature, problems }) => ({ name: `${client} × ${upstream}: ${feature}`, problems })),
    ...checks,
  ];
  const failures = all.filter(({ problems }) => problems.length > 0);
  return [
    ...lines,
    "",
    ...failures.map(({ name, problems }) => `failed: ${name}: ${problems.join("; ")}`),
    ...skipped.map(({ name, reason }) => `skipped: ${name}: ${reason}`),
    `${all.length - failures.length} passed, ${failures.length} failed, ${skipped.length} skipped`,
    "",
  ].join("\n");
}

function markOf(cells: readonly Cell[], client: string, upstream: UpstreamName, feature: string): string {
  const found = cells.find((cell) => cell.client === client && cell.upstream === upstream && cell.feature === feature);
  return found === undefined ? "" : found.problems.length === 0 ? "✓" : "✗";
}

/** `docs/sdks.md`. */
export function matrixPage({ clients, cells }: Pick<Matrix, "clients" | "cells">, versions: readonly string[]): string {
  const tables = clients.flatMap(({ name }) => [
    `## ${name}`,
    "",
    `| | ${upstreamNames.join(" | ")} |`,
    `|---|${upstreamNames.map(() => ":-:|").join("")}`,
    ...features
      .map(({ title }) => ({ title, marks: upstreamNames.map((upstream) => markOf(cells, name, upstream, title)) }))
      .filter(({ marks }) => marks.some((mark) => mark !== ""))
      .map(({ title, marks }) => `| ${title} | ${marks.map((mark) => mark || "·").join(" | ")} |`),
    "",
  ]);
  const passed = cells.filter(({ problems }) => problems.length === 0).length;
  return [
    "# Official SDKs",
    "",
    "<!-- Written by `bun test/sdks/run.ts --write`; the suite compares it with what it saw. -->",
    "",
    ...introduction,
    "",
    versions.join(" · "),
    "",
    `${passed} of ${cells.length} cells hold.`,
    "",
    ...tables,
  ].join("\n");
}

const introduction: readonly string[] = [
  "The SDKs as they come from their registries, with nothing changed but the base URL and the key. Each row is a way in which applications use them; each column an upstream that speaks one dialect only, as its provider does (`chat`: Chat Completions, `responses`: Responses, `messages`: Anthropic Messages, `gemini`: generateContent, `converse`: Bedrock's Converse, `cohere`: Cohere v2, `ollama`: Ollama's own, `mistral`: Mistral's form of Chat Completions) or the gateway's own `demo`. The upstreams answer from what they understood of the request, and refuse what their provider would refuse, so a tick means that what was asked arrived and that what was answered came back. `·` stands for what the dialect or the upstream does not have.",
  "",
  "What to know:",
  "",
  "- Base URLs: OpenAI's SDKs, what is built on them (LangChain, LiteLLM, Pydantic AI) and most providers of `ai` want `/v1` at the end (`@ai-sdk/google` `/v1beta`, `@ai-sdk/cohere` `/v2`, `@ai-sdk/amazon-bedrock` nothing), the SDKs of Anthropic, Google, AWS, Cohere, Mistral and Ollama do not. `AzureOpenAI` takes the gateway's address as its endpoint, and names of models as deployments.",
  "- AWS's SDK for JavaScript asks Bedrock over HTTP/2, without TLS too, and the gateway speaks HTTP/1.1: give the client `requestHandler: new NodeHttpHandler()` of `@smithy/node-http-handler`. Without it every call ends in `Protocol error`.",
  "- `boto3` takes the key from `AWS_BEARER_TOKEN_BEDROCK` and gives it to nobody without TLS: the gateway must stand behind a load balancer that speaks it. It reads no `x-should-retry`.",
  "- An upstream's 5xx reaches the client as 502, 503 or 504 with `x-should-retry: false`, for the gateway has tried already. The SDKs of OpenAI and Anthropic heed it, and so does Pydantic AI, which is built on them; `ai`, `cohere-ai`, LangChain and LiteLLM do not read it and try again by themselves. Give them `maxRetries: 0` where that matters.",
  "- An upstream's 429 keeps its `Retry-After`, and every SDK that tries again by itself waits for it (`boto3` for `x-amz-retry-after`, which stands beside it). Google's and Ollama's SDKs do not try again unless they are told to.",
  "- Mistral's clients ask at OpenAI's path for another form of answer: thoughts as chunks of the content, calls with their names in every piece, usage unasked. The gateway knows `@mistralai/mistralai` and PyPI `mistralai` by their `user-agent`; `@ai-sdk/mistral` says nothing of itself and wants `/mistral/v1` as its base URL, which does for all of them.",
  "- To OpenAI's clients Mistral's answers pass as they are: calls come whole, usage comes unasked, and thoughts, where they are asked for, as chunks of the content that OpenAI's types do not know. All other clients get them in their own form.",
  "- `@ai-sdk/openai`'s Responses model wants `store: false` for turns with tools, else it refers to thoughts that would be stored: the gateway keeps no conversations.",
  "- Cohere and Ollama take no PDF: the request is refused with the reason, never sent without it.",
  "- OpenAI's types do not know `reasoning_content`, the field of Chat Completions in which most providers show reasoning. It is in the objects all the same.",
  "- Reasoning goes back to the upstream that sealed it, in the SDK's history or, where that drops it and caller and upstream speak different dialects, by what the gateway keeps for the key. Where both speak Chat Completions the bytes pass, and the chat models of `@ai-sdk/openai` and `@langchain/openai` drop it on their side.",
  "- `@langchain/anthropic` takes the count of what went in from a stream's first event only. Other dialects tell it at the end, so it shows nought then; the gateway's own records have it.",
  "- LiteLLM tells errors of OpenAI's form apart by OpenAI's words as well as by status: a wrong key is said as `Incorrect API key provided`. A wrong base URL is a `BadRequestError` there, as it is with OpenAI. It needs `mcp` beside it for tools, and `LITELLM_LOCAL_MODEL_COST_MAP` where it shall fetch nothing.",
];
