import type { Provider } from "../../provider.ts";

export const hyperbolic: Provider = {
  id: "hyperbolic",
  title: "Hyperbolic",
  docs: "https://docs.hyperbolic.xyz",
  baseUrl: "https://api.hyperbolic.xyz/v1",
  surfaces: { "openai-chat": "/chat/completions", "openai-completions": "/completions", "openai-models": "/models" },
  credential: "bearer",
  env: { apiKey: ["HYPERBOLIC_API_KEY"] },
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false }),
};
