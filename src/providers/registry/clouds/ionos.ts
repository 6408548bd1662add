import type { Provider } from "../../provider.ts";

export const ionos: Provider = {
  id: "ionos",
  title: "IONOS AI Model Hub",
  docs: "https://docs.ionos.com/cloud/ai/ai-model-hub",
  baseUrl: "https://openai.inference.de-txl.ionos.com/v1",
  surfaces: { "openai-chat": "/chat/completions", "openai-embeddings": "/embeddings", "openai-models": "/models" },
  credential: "bearer",
  env: { apiKey: ["IONOS_API_TOKEN"] },
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false }),
};
