import type { Provider } from "../../provider.ts";

export const voyage: Provider = {
  id: "voyage",
  title: "Voyage AI",
  docs: "https://docs.voyageai.com/reference/embeddings-api",
  baseUrl: "https://api.voyageai.com/v1",
  surfaces: { "openai-embeddings": "/embeddings" },
  credential: "bearer",
  env: { apiKey: ["VOYAGE_API_KEY"] },
};
