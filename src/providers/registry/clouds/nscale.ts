import type { Provider } from "../../provider.ts";

export const nscale: Provider = {
  id: "nscale",
  title: "Nscale",
  docs: "https://docs.nscale.com/docs/use-cases/chat",
  baseUrl: "https://inference.api.nscale.com/v1",
  surfaces: { "openai-chat": "/chat/completions", "openai-models": "/models" },
  credential: "bearer",
  env: { apiKey: ["NSCALE_API_KEY"] },
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false }),
};
