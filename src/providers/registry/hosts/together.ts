import type { Provider } from "../../provider.ts";

export const together: Provider = {
  id: "together",
  title: "Together AI",
  docs: "https://docs.together.ai/reference",
  baseUrl: "https://api.together.xyz/v1",
  surfaces: {
    "openai-chat": "/chat/completions",
    "openai-completions": "/completions",
    "openai-embeddings": "/embeddings",
    "jina-rerank": "/rerank",
    "openai-transcriptions": "/audio/transcriptions",
    "openai-translations": "/audio/translations",
    "openai-speech": "/audio/speech",
    "openai-models": "/models",
  },
  credential: "bearer",
  env: { apiKey: ["TOGETHER_API_KEY", "TOGETHER_AI_API_KEY"] },
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false }),
};
