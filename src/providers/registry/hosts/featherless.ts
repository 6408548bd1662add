import type { Provider } from "../../provider.ts";

export const featherless: Provider = {
  id: "featherless",
  title: "Featherless",
  docs: "https://featherless.ai/docs",
  baseUrl: "https://api.featherless.ai/v1",
  surfaces: { "openai-chat": "/chat/completions", "openai-completions": "/completions", "openai-models": "/models" },
  credential: "bearer",
  env: { apiKey: ["FEATHERLESS_API_KEY"] },
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false }),
};
