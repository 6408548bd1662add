import type { Provider } from "../../provider.ts";

export const sglang: Provider = {
  id: "sglang",
  title: "SGLang",
  docs: "https://docs.sglang.io/docs/basic_usage/openai_api",
  baseUrl: "http://127.0.0.1:30000/v1",
  surfaces: {
    "openai-chat": "/chat/completions",
    "openai-completions": "/completions",
    "openai-embeddings": "/embeddings",
    "openai-models": "/models",
  },
  optionalSurfaces: { "anthropic-messages": "/messages" },
  credential: "bearer",
  env: { apiKey: ["SGLANG_API_KEY"] },
  local: true,
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false }),
};
