import type { Provider } from "../../provider.ts";

export const scaleway: Provider = {
  id: "scaleway",
  title: "Scaleway",
  docs: "https://www.scaleway.com/en/docs/generative-apis",
  baseUrl: "https://api.scaleway.ai/v1",
  surfaces: { "openai-chat": "/chat/completions", "openai-embeddings": "/embeddings", "openai-models": "/models" },
  credential: "bearer",
  env: { apiKey: ["SCW_SECRET_KEY", "SCALEWAY_API_KEY"] },
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false }),
};
