import type { Provider } from "../../provider.ts";

export const lmstudio: Provider = {
  id: "lmstudio",
  title: "LM Studio",
  docs: "https://lmstudio.ai/docs/developer/openai-compat",
  baseUrl: "http://127.0.0.1:1234/v1",
  surfaces: {
    "openai-chat": "/chat/completions",
    "openai-completions": "/completions",
    "openai-embeddings": "/embeddings",
    "openai-models": "/models",
  },
  optionalSurfaces: { "openai-responses": "/responses", "anthropic-messages": "/messages" },
  credential: "bearer",
  env: { apiKey: ["LM_API_TOKEN"], baseUrl: ["LMSTUDIO_BASE_URL"] },
  local: true,
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false, reasoningField: "reasoning_content" }),
};
