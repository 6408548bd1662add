import type { Provider } from "../../provider.ts";

export const siliconflow: Provider = {
  id: "siliconflow",
  title: "SiliconFlow",
  docs: "https://docs.siliconflow.com/en/api-reference/chat-completions/chat-completions",
  baseUrl: "https://api.siliconflow.com/v1",
  regions: { cn: "https://api.siliconflow.cn/v1" },
  surfaces: {
    "openai-chat": "/chat/completions",
    "openai-embeddings": "/embeddings",
    "jina-rerank": "/rerank",
    "openai-transcriptions": "/audio/transcriptions",
    "openai-speech": "/audio/speech",
    "openai-models": "/models",
  },
  optionalSurfaces: { "anthropic-messages": "/messages" },
  credential: "bearer",
  env: { apiKey: ["SILICONFLOW_API_KEY"] },
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false }),
};
