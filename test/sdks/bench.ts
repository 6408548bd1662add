import { type Config, defaultConfig } from "../../src/config/index.ts";
import { openGateway } from "../../src/gateway/index.ts";
import { providers } from "../../src/providers/index.ts";
import { listen } from "../../src/server/listen.ts";
import { type ScriptedUpstream, startScriptedUpstream } from "./upstream.ts";

/** Three upstreams that speak one dialect each, and the gateway's own. */
export const upstreamNames = ["chat", "responses", "messages", "demo"] as const;
export type UpstreamName = (typeof upstreamNames)[number];

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

export async function openBench(): Promise<Bench> {
  const upstream = await startScriptedUpstream();
  const { providers: _none, ...rest } = defaultConfig({});
  const config: Config = { ...rest, providers: upstreamNames.map((name) => providerOf(name, upstream.url)), keys: [key] };
  const opened = await openGateway({ config });
  const listener = await listen({
    gateway: opened.gateway,
    host: "127.0.0.1",
    port: 0,
    hosts: () => [],
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

const key = { name: "sdks", team: undefined, value: callerKey, models: undefined, scopes: [], expiresAt: undefined };

function providerOf(name: UpstreamName, url: string): Config["providers"][number] {
  const settings = { name, region: undefined, surfaces: [], headers: {}, timeouts: {}, privateAllowed: undefined, models: [listedModel] };
  // No tries of the gateway's own, so that every request of a client is one request upstream.
  const retries = 0;
  if (name === "demo") return { ...settings, provider: providers.get("demo")!, baseUrl: undefined, apiKey: undefined, retries };
  const base = providers.get(name === "messages" ? "anthropic" : "openai")!;
  const surfaces = {
    chat: { "openai-chat": "/chat/completions", "openai-embeddings": "/embeddings" },
    responses: { "openai-responses": "/responses" },
    messages: { "anthropic-messages": "/messages" },
  }[name];
  const { completeBaseUrl: _complete, ...provider } = base;
  return { ...settings, provider: { ...provider, surfaces }, baseUrl: `${url}/v1`, apiKey: upstreamKey, retries };
}
