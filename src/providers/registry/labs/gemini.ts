import type { Provider } from "../../provider.ts";

/**
 * Its own surface for those who speak it, and for everybody since Gemini 3: that refuses calls without the signatures that it gave
 * them, which the OpenAI-compatible surface hides in fields that clients drop. Before, the compatible one for the others: no
 * thoughts in answers there, so none in histories.
 */
export const gemini: Provider = {
  id: "gemini",
  title: "Google Gemini",
  docs: "https://ai.google.dev/gemini-api/docs/openai",
  baseUrl: "https://generativelanguage.googleapis.com/v1beta/openai",
  surfaces: {
    "gemini-generate": "/../models/{model}:{verb}",
    "gemini-interactions": "/../interactions",
    "openai-chat": "/chat/completions",
    // Before the compatible ones: they do not say what vectors are for.
    "gemini-batch-embed": "/../models/{model}:batchEmbedContents",
    "openai-embeddings": "/embeddings",
    "gemini-embed": "/../models/{model}:embedContent",
    "gemini-count-tokens": "/../models/{model}:countTokens",
    "gemini-images": "/../models/{model}",
    "gemini-edits": "/../models/{model}",
    "openai-models": "/models",
  },
  modelsOf: { "openai-chat": /^(models\/)?gemini-[12]\b/ },
  credential: "bearer",
  credentialOf: {
    "gemini-generate": "x-goog-api-key",
    "gemini-interactions": "x-goog-api-key",
    "gemini-batch-embed": "x-goog-api-key",
    "gemini-embed": "x-goog-api-key",
    "gemini-count-tokens": "x-goog-api-key",
    "gemini-images": "x-goog-api-key",
    "gemini-edits": "x-goog-api-key",
  },
  env: { apiKey: ["GEMINI_API_KEY", "GOOGLE_API_KEY"] },
  traits: () => ({
    outputLimitField: "max_tokens",
    developerRole: false,
    reasoningField: "none",
    efforts: ["none", "minimal", "low", "medium", "high"],
  }),
};
