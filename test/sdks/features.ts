import { type Bench, dialectsBehind, listedModel, type UpstreamName, upstreamKey } from "./bench.ts";
import type { Ask, ClientFacts, Told, ToldError } from "./client.ts";
import { counts, nameOfMedia } from "./dialects/asked.ts";
import { differ, expectError, requestId } from "./expected-errors.ts";
import { prompts } from "./prompts.ts";
import { type Scenario, vectors } from "./upstream.ts";

/** What came out when a client did what it was asked. */
export interface Outcome {
  readonly told: Told | undefined;
  readonly error: ToldError | undefined;
}

export interface Situation {
  readonly client: ClientFacts;
  readonly upstream: UpstreamName;
  readonly bench: Bench;
  /** The model's name as the upstream knows it. */
  readonly model: string;
}

/** One row of the matrix. */
export interface Feature {
  readonly title: string;
  readonly ask: Ask;
  readonly scenario: Scenario;
  readonly wrongKey?: boolean;
  /** `/v1` twice. */
  readonly wrongAddress?: boolean;
  /** Without tries of the SDK's own; otherwise it does as it does by itself. */
  readonly once?: boolean;
  applies?(client: ClientFacts, upstream: UpstreamName): boolean;
  /** What is wrong; nothing where all is well. */
  check(outcome: Outcome, situation: Situation): Promise<readonly string[]> | readonly string[];
}

const usage = { input: counts.fresh + counts.cached, cached: counts.cached, output: counts.output };
const thought = "First I look at the question. Then I answer.";
const patienceMs = 5000;

const scripted = (_: ClientFacts, upstream: UpstreamName) => upstream !== "demo";

const embedders: readonly UpstreamName[] = ["chat", "gemini", "cohere", "ollama", "mistral", "demo"];

const textOnly: readonly UpstreamName[] = ["cohere", "ollama"];

/** To callers of Chat Completions Mistral's answers pass as they are, and its thoughts have a form that their SDKs do not know. */
function thinks({ caller }: ClientFacts, upstream: UpstreamName): boolean {
  return upstream !== "demo" && !(upstream === "mistral" && caller === "openai-chat");
}

export const features: readonly Feature[] = [
  {
    title: "whole answer, system prompt, usage, request id",
    ask: "whole",
    scenario: "ok",
    check: good((told, { client, upstream }) => [
      ...sayings(told, upstream),
      ...differ("finish", told.finish, client.words.stop),
      ...(upstream === "demo" ? demoUsage(told) : usageOf(told, client, upstream)),
      ...(client.lacks?.includes("request id") || requestId.test(told.requestId ?? "") ? [] : [`request id ${told.requestId}`]),
    ]),
  },
  {
    title: "stream, usage at its end",
    ask: "stream",
    scenario: "ok",
    check: good((told, { client, upstream }) => [
      ...sayings(told, upstream),
      ...several(told),
      ...differ("finish", told.finish, client.words.stop),
      ...(upstream === "demo" && !client.lacks?.includes("usage of streams") ? demoUsage(told) : streamUsageOf(told, client, upstream)),
    ]),
  },
  {
    title: "parallel tool calls and their results",
    ask: "tools",
    scenario: "ok",
    check: good((told, { client, upstream }) => [
      ...callsOf(told, upstream),
      ...differ("finish", told.finish, client.words.call),
      ...contains(
        told.text,
        upstream === "demo" ? `The tool answered: ${prompts.results[0]}` : `The tools said: ${prompts.results.join(" and ")}.`,
      ),
    ]),
  },
  {
    title: "tool calls, streamed",
    ask: "toolsStream",
    scenario: "ok",
    check: good((told, { client, upstream }) => [
      ...callsOf(told, upstream),
      // Mistral sends calls whole.
      ...(client.lacks?.includes("pieces of arguments") || upstream === "mistral" ? [] : several(told)),
      ...differ("finish", told.finish, client.words.call),
      ...(upstream === "demo" ? [] : streamUsageOf(told, client, upstream)),
    ]),
  },
  {
    title: "structured output, parsed",
    ask: "schema",
    scenario: "ok",
    check: good((told, { upstream }) =>
      differ("parsed", told.parsed, upstream === "demo" ? { city: "demo", degrees: 1 } : { city: "Berlin", degrees: 21 }),
    ),
  },
  {
    title: "image",
    ask: "image",
    scenario: "ok",
    check: good((told, { upstream }) => contains(told.text, upstream === "demo" ? "[image_url]" : shown("image/png", prompts.png))),
  },
  {
    title: "PDF",
    ask: "pdf",
    scenario: "ok",
    applies: (_, upstream) => !textOnly.includes(upstream),
    check: good((told, { upstream }) => contains(told.text, upstream === "demo" ? "[file]" : shown("application/pdf", prompts.pdf))),
  },
  {
    title: "PDF for a provider that takes none: refused, with the reason",
    ask: "pdf",
    scenario: "ok",
    applies: (_, upstream) => textOnly.includes(upstream),
    check: bad((error, { client }) => [...expectError(error, client, 400), ...contains(error.message, "documents as plain text")]),
  },
  {
    title: "reasoning over a tool's turn, its seal carried back",
    ask: "reasoning",
    scenario: "ok",
    applies: (client, upstream) => thinks(client, upstream),
    check: good((told, { client, upstream }) => [
      ...(client.showsReasoning ? differ("reasoning", told.reasoning, thought) : []),
      ...afterTools(told, client, upstream),
    ]),
  },
  {
    title: "reasoning, streamed, its seal carried back",
    ask: "reasoningStream",
    scenario: "ok",
    applies: (client, upstream) => thinks(client, upstream) && client.showsReasoning,
    check: good((told, { client, upstream }) => [
      // Not every SDK puts the pieces of a field together that its types do not know; then there is one turn only.
      ...(told.text?.startsWith("The tools") ? afterTools(told, client, upstream) : sayings(told, upstream, "")),
      ...several(told),
      ...differ("reasoning", told.reasoning, thought),
    ]),
  },
  {
    title: "`stream_options`: usage only where asked for",
    ask: "streamOptions",
    scenario: "ok",
    // Mistral tells usage in every stream, and to callers of Chat Completions its streams pass as they are.
    applies: (_, upstream) => upstream !== "mistral",
    check: good((told) => differ("chunks with usage", told.usageChunks, [0, 1])),
  },
  {
    title: "embeddings",
    ask: "embeddings",
    scenario: "ok",
    applies: (_, upstream) => embedders.includes(upstream),
    check: good((told, { upstream }) =>
      upstream === "demo"
        ? differ(
            "dimensions",
            told.vectors?.map(({ length }) => length),
            [256, 256],
          )
        : differ("vectors", told.vectors, vectors),
    ),
  },
  {
    title: "list of models",
    ask: "models",
    scenario: "ok",
    check: good((told, { upstream }) => (told.models?.includes(`${upstream}/${listedModel}`) ? [] : [`models ${told.models?.join(", ")}`])),
  },
  {
    title: "wrong key: 401",
    ask: "whole",
    scenario: "ok",
    wrongKey: true,
    check: bad((error, { client }) => expectError(error, client, 401)),
  },
  {
    title: "wrong key for the list of models: 401",
    ask: "models",
    scenario: "ok",
    wrongKey: true,
    check: bad((error, { client }) => expectError(error, client, 401)),
  },
  {
    title: "wrong base URL: 404 that says which is right",
    ask: "whole",
    scenario: "ok",
    wrongAddress: true,
    check: bad((error, { client }) => [
      ...(client.lacks?.includes("class of a wrong base URL") ? differ("status", error.status, 404) : expectError(error, client, 404)),
      ...contains(error.message, "base URL"),
    ]),
  },
  {
    title: "model that the upstream does not know: 404",
    ask: "whole",
    scenario: "unknown",
    applies: scripted,
    check: bad((error, { client, upstream }) => expectError(error, client, 404, upstream)),
  },
  {
    title: "upstream's 400: its own words",
    ask: "whole",
    scenario: "bad-request",
    applies: scripted,
    check: bad((error, { client, upstream }) => [
      ...expectError(error, client, 400, upstream),
      ...contains(error.message, "scripted failure 400"),
    ]),
  },
  {
    title: "upstream's 429: Retry-After handed on",
    ask: "whole",
    scenario: "rate-limit",
    once: true,
    applies: scripted,
    check: bad((error, { client }) => [
      ...expectError(error, client, 429),
      ...(/^[1-9]\d*$/.test(error.retryAfter ?? "") || error.retryAfter === undefined ? [] : [`Retry-After ${error.retryAfter}`]),
    ]),
  },
  {
    title: "upstream's 429: the SDK waits and tries again",
    ask: "stream",
    scenario: "rate-limit-once",
    applies: (client, upstream) => upstream !== "demo" && !client.lacks?.includes("tries of its own"),
    check: good((told, { upstream, bench, model }) => [
      ...sayings(told, upstream),
      ...(bench.upstream.calls(model) === 2 ? [] : [`${bench.upstream.calls(model)} requests upstream`]),
    ]),
  },
  {
    title: "upstream's 500: the SDK does not try again",
    ask: "whole",
    scenario: "server-error",
    applies: scripted,
    check: bad((error, { client, bench, model }) => [
      ...expectError(error, client, 502),
      ...(client.lacks?.includes("headers of errors") ? [] : differ("x-should-retry", error.shouldRetry, "false")),
      // This SDK reads no x-should-retry; what it does then is its own.
      ...(client.heedsShouldRetry ? differ("requests upstream", bench.upstream.calls(model), 1) : []),
    ]),
  },
  {
    title: "upstream refuses the gateway's key: not the caller's 401",
    ask: "stream",
    scenario: "credentials",
    once: true,
    applies: scripted,
    check: bad((error, { client }) => [
      ...expectError(error, client, 502),
      ...(JSON.stringify(error).includes(upstreamKey) ? ["the upstream's key is told"] : []),
    ]),
  },
  {
    title: "upstream dies in the middle: an error, no end",
    ask: "stream",
    scenario: "dies",
    applies: scripted,
    check: bad((error, { bench, model }) => [
      ...(error.message === "" ? ["an error without words"] : []),
      ...(bench.upstream.calls(model) === 1 ? [] : [`${bench.upstream.calls(model)} requests upstream: ${error.message}`]),
    ]),
  },
  {
    title: "client leaves in the middle: the upstream is let go",
    ask: "abort",
    scenario: "endless",
    check: async ({ told, error }, { upstream, bench, model }) => {
      if (error && !/abort/i.test(`${error.kind} ${error.message}`)) return [`threw ${error.kind}: ${error.message}`];
      if (!error && !told?.aborted) return ["nothing was aborted"];
      if (upstream === "demo") return [];
      return (await bench.upstream.closed(model, patienceMs)) ? [] : ["the upstream's connection stayed open"];
    },
  },
];

type Check = Feature["check"];

function good(check: (told: Told, situation: Situation) => readonly string[]): Check {
  return ({ told, error }, situation) =>
    told ? check(told, situation) : [`threw ${error?.kind} ${error?.status ?? ""}: ${error?.message}`];
}

function bad(check: (error: ToldError, situation: Situation) => readonly string[]): Check {
  return ({ told, error }, situation) => (error ? check(error, situation) : [`threw nothing: ${JSON.stringify(told)}`]);
}

function contains(text: string | undefined, part: string): string[] {
  return text?.includes(part) ? [] : [`text ${JSON.stringify(text)} without ${JSON.stringify(part)}`];
}

function afterTools(told: Told, client: ClientFacts, upstream: UpstreamName): string[] {
  const kept = client.keepsReasoning || client.caller !== dialectsBehind[upstream];
  return differ("text", told.text, `The tools said: ${prompts.results.join(" and ")}.${kept ? " My thoughts came back." : ""}`);
}

function several({ pieces }: Told): string[] {
  return (pieces ?? 0) > 1 ? [] : [`${pieces} pieces`];
}

function sayings(told: Told, upstream: UpstreamName, system: string = prompts.system): string[] {
  if (upstream === "demo") return contains(told.text, `You said: ${prompts.question}`);
  return differ("text", told.text, `You asked: ${prompts.question} I was told: ${system}`);
}

function usageOf({ usage: told }: Told, client: ClientFacts, upstream: UpstreamName): string[] {
  // Ollama tells of no cache, and Cohere bills cached tokens as all others: only its own SDK is told of them.
  const uncounted = upstream === "ollama" || (upstream === "cohere" && client.caller !== "cohere-chat");
  if (uncounted && told) return differ("usage", { cached: 0, ...told }, { ...usage, cached: 0 });
  if (!client.lacks?.includes("count of cached tokens")) return differ("usage", told, usage);
  return differ("usage", told && { input: told.input, output: told.output }, { input: usage.input, output: usage.output });
}

function streamUsageOf(told: Told, client: ClientFacts, upstream: UpstreamName): string[] {
  if (!client.lacks?.includes("usage of streams")) return usageOf(told, client, upstream);
  return (told.usage?.output ?? 0) >= usage.output ? [] : [`usage ${JSON.stringify(told.usage)}`];
}

/** The demo counts roughly; that it counts is enough. */
function demoUsage({ usage: told }: Told): string[] {
  return told && told.input > 0 && told.output > 0 ? [] : [`usage ${JSON.stringify(told)}`];
}

function callsOf({ calls }: Told, upstream: UpstreamName): string[] {
  const call = (city: string) => ({ name: prompts.tool.name, arguments: { city, unit: "celsius" } });
  return differ("calls", calls, upstream === "demo" ? [call("demo")] : [call("Berlin"), call("Oslo \u{1F1F3}\u{1F1F4}")]);
}

function shown(type: string, base64: string): string {
  return `I was shown ${nameOfMedia({ type, bytes: Buffer.from(base64, "base64") })}.`;
}
