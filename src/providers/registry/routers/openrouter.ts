import type { Provider } from "../../provider.ts";

export const openrouter: Provider = {
  id: "openrouter",
  title: "OpenRouter",
  docs: "https://openrouter.ai/docs/api-reference",
  baseUrl: "https://openrouter.ai/api/v1",
  surfaces: {
    "openai-chat": "/chat/completions",
    "openai-completions": "/completions",
    "openai-embeddings": "/embeddings",
    "jina-rerank": "/rerank",
    "openai-models": "/models",
  },
  optionalSurfaces: { "openai-responses": "/responses", "anthropic-messages": "/messages" },
  credential: "bearer",
  env: { apiKey: ["OPENROUTER_API_KEY"] },
  traits: () => ({ reasoningField: "reasoning", wantsThoughts: true, outputLimitField: "max_tokens" }),
};
