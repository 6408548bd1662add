import type { Provider } from "../../provider.ts";

/** Anything that speaks Chat Completions; `dialects` in the config switches on what else it serves. */
export const openaiCompatible: Provider = {
  id: "openai-compatible",
  title: "OpenAI-compatible",
  docs: "https://platform.openai.com/docs/api-reference/chat",
  surfaces: {
    "openai-chat": "/chat/completions",
    "openai-embeddings": "/embeddings",
    "openai-transcriptions": "/audio/transcriptions",
    "openai-translations": "/audio/translations",
    "openai-speech": "/audio/speech",
    "openai-images": "/images/generations",
    "openai-image-edits": "/images/edits",
    "openai-image-variations": "/images/variations",
    "openai-models": "/models",
  },
  optionalSurfaces: { "openai-completions": "/completions", "openai-responses": "/responses", "anthropic-messages": "/messages" },
  credential: "bearer",
  env: {},
  traits: () => ({ developerRole: false, outputLimitField: "max_tokens" }),
};
