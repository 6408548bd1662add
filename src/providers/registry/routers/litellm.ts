import type { Provider } from "../../provider.ts";

export const litellm: Provider = {
  id: "litellm",
  title: "LiteLLM proxy",
  docs: "https://docs.litellm.ai/docs/providers/litellm_proxy",
  surfaces: {
    "openai-chat": "/chat/completions",
    "openai-completions": "/completions",
    "openai-embeddings": "/embeddings",
    "openai-transcriptions": "/audio/transcriptions",
    "openai-translations": "/audio/translations",
    "openai-speech": "/audio/speech",
    "openai-images": "/images/generations",
    "openai-image-edits": "/images/edits",
    "openai-models": "/models",
  },
  optionalSurfaces: { "openai-responses": "/responses", "anthropic-messages": "/messages" },
  credential: "bearer",
  env: { apiKey: ["LITELLM_PROXY_API_KEY"], baseUrl: ["LITELLM_PROXY_API_BASE"] },
  completeBaseUrl: (url) => (/\/v1\/?$/.test(url) ? url : `${url.replace(/\/+$/, "")}/v1`),
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false }),
};
