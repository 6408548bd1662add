import { type Config, defaultConfig } from "../../src/config/index.ts";
import type { DialectId } from "../../src/exchange/index.ts";
import { type OpenedGateway, openGateway } from "../../src/gateway/index.ts";
import { providers } from "../../src/providers/index.ts";
import { Secret } from "../../src/secrets/index.ts";
import { listen } from "../../src/server/listen.ts";
import type { Front } from "../../src/server/listener.ts";
import { type ScriptedUpstream, startScriptedUpstream } from "./upstream.ts";

/** Upstreams that speak one dialect each, and the gateway's own. */
export const upstreamNames = ["chat", "responses", "messages", "gemini", "converse", "cohere", "ollama", "mistral", "demo"] as const;
export type UpstreamName = (typeof upstreamNames)[number];

/** The dialect that each speaks, as a provider of the type has it; Mistral's form of Chat Completions is its own. */
const surfaces = {
  chat: { "openai-chat": "/chat/completions", "openai-embeddings": "/embeddings" },
  responses: { "openai-responses": "/responses" },
  messages: { "anthropic-messages": "/messages" },
  gemini: { "gemini-generate": "/models/{model}:{verb}", "gemini-batch-embed": "/models/{model}:batchEmbedContents" },
  converse: { "bedrock-converse": "/model/{model}/{verb}" },
  cohere: { "cohere-chat": "/v2/chat", "cohere-embed": "/v2/embed" },
  ollama: { "ollama-chat": "/api/chat", "ollama-embed": "/api/embed" },
  mistral: {
    "openai-chat": "/mistral/chat/completions",
    "mistral-chat": "/mistral/chat/completions",
    "openai-embeddings": "/embeddings",
    "mistral-embed": "/mistral/embeddings",
  },
} as const;

/** The type of provider, and a family of its models that reasons. */
const kinds = {
  chat: ["openai", "claude-sonnet-4-5"],
  responses: ["openai", "claude-sonnet-4-5"],
  messages: ["anthropic", "claude-sonnet-4-5"],
  gemini: ["gemini", "gemini-3-pro"],
  converse: ["bedrock", "anthropic.claude-sonnet-4-5"],
  cohere: ["cohere", "command-a-reasoning"],
  ollama: ["ollama", "qwen3"],
  mistral: ["mistral", "mistral-small"],
} as const;

/** How the models of each are called. */
export const families = Object.fromEntries(upstreamNames.map((name) => [name, name === "demo" ? "chat" : kinds[name][1]])) as Readonly<
  Record<UpstreamName, string>
>;

/** The dialect that each speaks. */
export const dialectsBehind: Readonly<Record<UpstreamName, DialectId>> = {
  chat: "openai-chat",
  responses: "openai-responses",
  messages: "anthropic-messages",
  gemini: "gemini-generate",
  converse: "bedrock-converse",
  cohere: "cohere-chat",
  ollama: "ollama-chat",
  mistral: "openai-chat",
  demo: "openai-chat",
};

export const callerKey = "sk-sluice-sdks-0123456789abcdefghijklmnopqrstuvwxyz";
export const upstreamKey = "upstream-key-that-no-caller-may-see";
/** A model that `GET /v1/models` lists for every provider. */
export const listedModel = "listed";

/** A gateway that listens, and the upstream behind it. */
export interface Bench {
  readonly url: string;
  readonly upstream: ScriptedUpstream;
  close(): Promise<void>;
}

/** A gateway without the operators' endpoints. */
function frontOf(gateway: OpenedGateway["gateway"]): Front {
  return { answer: (http) => gateway.answer(http), refuse: (http, fault) => gateway.refuse(http, fault), isForPages: () => true };
}

export async function openBench(): Promise<Bench> {
  const upstream = await startScriptedUpstream();
  const { providers: _none, ...rest } = defaultConfig({});
  const config: Config = { ...rest, providers: upstreamNames.map((name) => providerOf(name, upstream.url)), keys: [key] };
  const opened = await openGateway({ config });
  const listener = await listen({
    gateway: frontOf(opened.gateway),
    host: "127.0.0.1",
    port: 0,
    rules: () => config.edge,
  });
  return {
    url: `http://127.0.0.1:${listener.port}`,
    upstream,
    async close() {
      await listener.close();
      await opened.close();
      await upstream.close();
    },
  };
}

const key = { name: "sdks", team: undefined, value: new Secret(callerKey), models: undefined, scopes: [], expiresAt: undefined };

function providerOf(name: UpstreamName, url: string): Config["providers"][number] {
  const settings = { name, region: undefined, surfaces: [], headers: {}, timeouts: {}, privateAllowed: undefined, models: [listedModel] };
  // No tries of the gateway's own, so that every request of a client is one request upstream.
  const retries = 0;
  if (name === "demo") return { ...settings, provider: providers.get("demo")!, baseUrl: undefined, apiKey: undefined, retries };
  const { completeBaseUrl: _complete, modelsOf: _models, forms: _forms, ...provider } = providers.get(kinds[name][0])!;
  return {
    ...settings,
    provider: { ...provider, surfaces: surfaces[name] },
    baseUrl: `${url}/v1`,
    apiKey: new Secret(upstreamKey),
    retries,
  };
}
