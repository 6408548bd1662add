import { dialectIds } from "../../../src/exchange/index.ts";
import { type Provider, providers } from "../../../src/providers/index.ts";

// Loaded before the gateway: real providers that are left one surface each, so that every dialect is met as an upstream's.

const typeOf: Readonly<Record<(typeof dialectIds)[number], string>> = {
  "openai-chat": "deepseek",
  "openai-responses": "openai",
  "anthropic-messages": "anthropic",
  "gemini-generate": "gemini",
  "gemini-interactions": "gemini",
  "bedrock-converse": "bedrock",
  "cohere-chat": "cohere",
  "ollama-chat": "ollama",
};

for (const dialect of dialectIds) {
  const base = providers.get(typeOf[dialect]);
  if (!base || !(providers instanceof Map)) throw new Error(`There is no provider ${typeOf[dialect]}.`);
  const { surfaces, optionalSurfaces: _optional, ...rest } = base;
  const counting = surfaces["anthropic-count-tokens"];
  const provider: Provider = {
    ...rest,
    id: `only-${dialect}`,
    surfaces: { [dialect]: surfaces[dialect], ...(dialect === "anthropic-messages" && { "anthropic-count-tokens": counting }) },
  };
  providers.set(provider.id, provider);
}
