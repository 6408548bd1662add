import type { Provider } from "../../provider.ts";

export const localai: Provider = {
  id: "localai",
  title: "LocalAI",
  docs: "https://localai.io/docs/basics/try",
  baseUrl: "http://127.0.0.1:8080/v1",
  surfaces: {
    "openai-chat": "/chat/completions",
    "openai-completions": "/completions",
    "openai-embeddings": "/embeddings",
    "jina-rerank": "/rerank",
    "openai-transcriptions": "/audio/transcriptions",
    "openai-speech": "/audio/speech",
    "openai-images": "/images/generations",
    "openai-image-edits": "/images/edits",
    "openai-models": "/models",
  },
  credential: "bearer",
  env: { apiKey: ["LOCALAI_API_KEY"], baseUrl: ["LOCALAI_BASE_URL"] },
  local: true,
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false }),
};
