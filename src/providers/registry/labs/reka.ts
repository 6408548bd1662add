import type { Provider } from "../../provider.ts";

export const reka: Provider = {
  id: "reka",
  title: "Reka",
  docs: "https://developer.reka.ai/reference",
  baseUrl: "https://api.reka.ai/v1",
  surfaces: { "openai-chat": "/chat/completions", "openai-models": "/models" },
  credential: "bearer",
  env: { apiKey: ["REKA_API_KEY"] },
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false }),
};
