import type { Provider } from "../../provider.ts";

export const crusoe: Provider = {
  id: "crusoe",
  title: "Crusoe",
  docs: "https://docs.crusoecloud.com/managed-inference/overview",
  baseUrl: "https://api.inference.crusoecloud.com/v1",
  surfaces: { "openai-chat": "/chat/completions", "openai-models": "/models" },
  credential: "bearer",
  env: { apiKey: ["CRUSOE_API_KEY"] },
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false, reasoningField: "reasoning" }),
};
