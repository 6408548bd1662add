import type { Provider } from "../../provider.ts";

/** Azure OpenAI's v1 surface: OpenAI's own paths below `/openai/v1`, deployments as model names. */
export const azure: Provider = {
  id: "azure",
  title: "Azure OpenAI",
  docs: "https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle",
  surfaces: {
    "openai-chat": "/chat/completions",
    "openai-responses": "/responses",
    "openai-embeddings": "/embeddings",
    "openai-transcriptions": "/audio/transcriptions",
    "openai-translations": "/audio/translations",
    "openai-speech": "/audio/speech",
    "openai-images": "/images/generations",
    "openai-image-edits": "/images/edits",
    "openai-models": "/models",
  },
  credential: "api-key",
  grants: { by: "entra", resource: "https://cognitiveservices.azure.com" },
  env: { apiKey: ["AZURE_OPENAI_API_KEY"], baseUrl: ["AZURE_OPENAI_ENDPOINT"] },
  completeBaseUrl: (url) => (url === "" || /\/openai\/v1\/?$/.test(url) ? url : `${url.replace(/\/+$/, "")}/openai/v1`),
  traits: () => ({ freeTextTools: true }),
};
