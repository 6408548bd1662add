import type { Provider } from "../../provider.ts";

export const cerebras: Provider = {
  id: "cerebras",
  title: "Cerebras",
  docs: "https://inference-docs.cerebras.ai",
  baseUrl: "https://api.cerebras.ai/v1",
  surfaces: { "openai-chat": "/chat/completions", "openai-completions": "/completions", "openai-models": "/models" },
  credential: "bearer",
  env: { apiKey: ["CEREBRAS_API_KEY"] },
  traits: () => ({ reasoningField: "reasoning", developerRole: false }),
};
