import type { Provider } from "../../provider.ts";

export const novita: Provider = {
  id: "novita",
  title: "Novita AI",
  docs: "https://novita.ai/docs/api-reference/model-apis-llm-create-chat-completion",
  baseUrl: "https://api.novita.ai/openai/v1",
  surfaces: {
    "openai-chat": "/chat/completions",
    "openai-completions": "/completions",
    "openai-embeddings": "/embeddings",
    "jina-rerank": "/rerank",
    "openai-models": "/models",
  },
  optionalSurfaces: { "anthropic-messages": "/../../anthropic/v1/messages" },
  credential: "bearer",
  env: { apiKey: ["NOVITA_API_KEY"] },
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false }),
};
