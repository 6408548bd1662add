import type { Provider } from "../../provider.ts";

export const fireworks: Provider = {
  id: "fireworks",
  title: "Fireworks AI",
  docs: "https://docs.fireworks.ai/api-reference",
  baseUrl: "https://api.fireworks.ai/inference/v1",
  surfaces: {
    "openai-chat": "/chat/completions",
    "openai-completions": "/completions",
    "openai-embeddings": "/embeddings",
    "jina-rerank": "/rerank",
    "openai-models": "/models",
  },
  optionalSurfaces: { "openai-responses": "/responses", "anthropic-messages": "/messages" },
  credential: "bearer",
  env: { apiKey: ["FIREWORKS_API_KEY"] },
  traits: () => ({ outputLimitField: "max_tokens", reasoningField: "reasoning_content" }),
};
