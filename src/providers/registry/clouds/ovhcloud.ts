import type { Provider } from "../../provider.ts";

export const ovhcloud: Provider = {
  id: "ovhcloud",
  title: "OVHcloud AI Endpoints",
  docs: "https://www.ovhcloud.com/en/public-cloud/ai-endpoints/catalog",
  baseUrl: "https://oai.endpoints.kepler.ai.cloud.ovh.net/v1",
  surfaces: { "openai-chat": "/chat/completions", "openai-embeddings": "/embeddings", "openai-models": "/models" },
  optionalSurfaces: { "openai-responses": "/responses" },
  credential: "bearer",
  env: { apiKey: ["OVH_AI_ENDPOINTS_ACCESS_TOKEN", "OVHCLOUD_API_KEY"] },
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false }),
};
