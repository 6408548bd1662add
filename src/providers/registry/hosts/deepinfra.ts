import type { Provider } from "../../provider.ts";

export const deepinfra: Provider = {
  id: "deepinfra",
  title: "DeepInfra",
  docs: "https://docs.deepinfra.com/api-reference/chat-completions/openai-chat-completions",
  baseUrl: "https://api.deepinfra.com/v1/openai",
  surfaces: {
    "openai-chat": "/chat/completions",
    "openai-completions": "/completions",
    "openai-embeddings": "/embeddings",
    "deepinfra-rerank": "/../inference/{model/}",
    "openai-transcriptions": "/audio/transcriptions",
    "openai-speech": "/audio/speech",
    "openai-images": "/images/generations",
    "openai-image-edits": "/images/edits",
    "openai-models": "/models",
  },
  optionalSurfaces: { "anthropic-messages": "/../../anthropic/v1/messages" },
  credential: "bearer",
  env: { apiKey: ["DEEPINFRA_API_KEY"] },
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false, efforts: ["none", "low", "medium", "high", "xhigh"] }),
};
