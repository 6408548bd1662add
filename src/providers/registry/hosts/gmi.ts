import type { Provider } from "../../provider.ts";

export const gmi: Provider = {
  id: "gmi",
  title: "GMI Cloud",
  docs: "https://docs.gmicloud.ai/inference-engine/api-reference/llm-api-reference",
  baseUrl: "https://api.gmi-serving.com/v1",
  surfaces: { "openai-chat": "/chat/completions", "openai-models": "/models" },
  optionalSurfaces: { "anthropic-messages": "/messages" },
  credential: "bearer",
  env: { apiKey: ["GMI_API_KEY", "GMICLOUD_API_KEY"] },
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false }),
};
