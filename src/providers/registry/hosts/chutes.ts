import type { Provider } from "../../provider.ts";

export const chutes: Provider = {
  id: "chutes",
  title: "Chutes",
  docs: "https://chutes.ai/docs/guides/reasoning-models",
  baseUrl: "https://llm.chutes.ai/v1",
  surfaces: { "openai-chat": "/chat/completions", "openai-models": "/models" },
  credential: "bearer",
  env: { apiKey: ["CHUTES_API_KEY"] },
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false }),
};
