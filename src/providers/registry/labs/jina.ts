import type { Provider } from "../../provider.ts";

export const jina: Provider = {
  id: "jina",
  title: "Jina AI",
  docs: "https://jina.ai/embeddings",
  baseUrl: "https://api.jina.ai/v1",
  surfaces: { "openai-embeddings": "/embeddings" },
  credential: "bearer",
  env: { apiKey: ["JINA_API_KEY"] },
};
