import type { ScriptedDialect } from "../upstreams/scripted-dialect.ts";

export const dialects: readonly ScriptedDialect[] = ["openai-chat", "openai-responses", "anthropic-messages"];

/** A provider for each dialect that the gateway can be made to speak upstream, all at one address. */
export const providerFor: Readonly<Record<ScriptedDialect, string>> = {
  "openai-chat": "chat",
  "openai-responses": "responses",
  "anthropic-messages": "messages",
};

/** The pairs of caller and upstream that differ and that a config can bring about with these providers. */
export const crossPairs: readonly (readonly [ScriptedDialect, ScriptedDialect])[] = [
  ["openai-chat", "anthropic-messages"],
  ["openai-responses", "anthropic-messages"],
  ["openai-responses", "openai-chat"],
  ["anthropic-messages", "openai-chat"],
  ["anthropic-messages", "openai-responses"],
];

export interface UpstreamOptions {
  readonly timeouts?: Readonly<Record<string, number>>;
  readonly retries?: number;
}

/** `providers` of a config that knows this upstream in every dialect; each request is tried once unless told otherwise. */
export function providersAt(url: string, { timeouts = {}, retries = 0 }: UpstreamOptions = {}): Record<string, unknown> {
  const common = { apiKey: "upstream-key-of-the-suites", timeouts, retries };
  return {
    chat: { type: "openai-compatible", baseUrl: `${url}/v1`, ...common },
    responses: { type: "openai-compatible", baseUrl: `${url}/v1`, dialects: ["openai-responses"], ...common },
    messages: { type: "anthropic", baseUrl: url, ...common },
  };
}
