import type { Provider } from "../../provider.ts";

export const perplexity: Provider = {
  id: "perplexity",
  title: "Perplexity",
  docs: "https://docs.perplexity.ai/api-reference",
  baseUrl: "https://api.perplexity.ai",
  surfaces: { "openai-chat": "/chat/completions" },
  credential: "bearer",
  env: { apiKey: ["PERPLEXITY_API_KEY", "PPLX_API_KEY"] },
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false, streamUsage: "always" }),
};
