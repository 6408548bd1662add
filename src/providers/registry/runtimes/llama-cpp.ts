import type { Provider } from "../../provider.ts";

export const llamaCpp: Provider = {
  id: "llama-cpp",
  title: "llama.cpp",
  docs: "https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md",
  baseUrl: "http://127.0.0.1:8080/v1",
  surfaces: {
    "openai-chat": "/chat/completions",
    "openai-completions": "/completions",
    "openai-embeddings": "/embeddings",
    "jina-rerank": "/rerank",
    "openai-models": "/models",
  },
  optionalSurfaces: {
    "openai-responses": "/responses",
    "anthropic-messages": "/messages",
    "anthropic-count-tokens": "/messages/count_tokens",
  },
  credential: "bearer",
  env: { apiKey: ["LLAMA_API_KEY"] },
  local: true,
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false }),
};
