import type { Provider } from "../../provider.ts";

export const nebius: Provider = {
  id: "nebius",
  title: "Nebius Token Factory",
  docs: "https://docs.tokenfactory.nebius.com/api-reference/inference/create-chat-completion",
  baseUrl: "https://api.tokenfactory.nebius.com/v1",
  regions: { "us-central1": "https://api.tokenfactory.us-central1.nebius.com/v1" },
  surfaces: {
    "openai-chat": "/chat/completions",
    "openai-completions": "/completions",
    "openai-embeddings": "/embeddings",
    "openai-images": "/images/generations",
    "openai-models": "/models",
  },
  credential: "bearer",
  env: { apiKey: ["NEBIUS_API_KEY"] },
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false, efforts: ["low", "medium", "high"] }),
};
