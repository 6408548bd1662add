import type { Provider } from "../../provider.ts";

export const vllm: Provider = {
  id: "vllm",
  title: "vLLM",
  docs: "https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html",
  baseUrl: "http://127.0.0.1:8000/v1",
  surfaces: {
    "openai-chat": "/chat/completions",
    "openai-completions": "/completions",
    "openai-embeddings": "/embeddings",
    "jina-rerank": "/rerank",
    "openai-transcriptions": "/audio/transcriptions",
    "openai-translations": "/audio/translations",
    "openai-models": "/models",
  },
  optionalSurfaces: {
    "openai-responses": "/responses",
    "anthropic-messages": "/messages",
    "anthropic-count-tokens": "/messages/count_tokens",
  },
  credential: "bearer",
  env: { apiKey: ["VLLM_API_KEY"], baseUrl: ["VLLM_BASE_URL"] },
  local: true,
  traits: () => ({ reasoningField: "reasoning" }),
};
