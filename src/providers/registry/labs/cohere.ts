import type { Provider } from "../../provider.ts";

export const cohere: Provider = {
  id: "cohere",
  title: "Cohere",
  docs: "https://docs.cohere.com/reference/chat",
  baseUrl: "https://api.cohere.com",
  surfaces: { "cohere-chat": "/v2/chat", "cohere-embed": "/v2/embed", "cohere-rerank": "/v2/rerank", "openai-models": "/v1/models" },
  credential: "bearer",
  env: { apiKey: ["CO_API_KEY", "COHERE_API_KEY"], baseUrl: ["CO_API_URL"] },
};
