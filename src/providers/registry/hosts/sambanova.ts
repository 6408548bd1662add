import type { Provider } from "../../provider.ts";

export const sambanova: Provider = {
  id: "sambanova",
  title: "SambaNova",
  docs: "https://docs.sambanova.ai/docs/en/features/openai-compatibility",
  baseUrl: "https://api.sambanova.ai/v1",
  surfaces: {
    "openai-chat": "/chat/completions",
    "openai-embeddings": "/embeddings",
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
  env: { apiKey: ["SAMBANOVA_API_KEY"] },
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false }),
};
