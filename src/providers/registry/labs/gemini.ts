import type { Provider } from "../../provider.ts";
import { geminiTraits } from "../gemini-traits.ts";

/**
 * Its own surface for those who speak it, and for everybody since Gemini 3: that refuses calls without the signatures that it gave
 * them, which the OpenAI-compatible surface hides in fields that clients drop. Before, the compatible one for the others.
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
  credential: "x-goog-api-key",
  credentialOf: { "openai-chat": "bearer", "openai-embeddings": "bearer", "openai-models": "bearer" },
  env: { apiKey: ["GEMINI_API_KEY", "GOOGLE_API_KEY"] },
  traits: () => geminiTraits,
};
