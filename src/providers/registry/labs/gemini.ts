import type { Provider } from "../../provider.ts";

/** Google's own OpenAI-compatible surface: no thoughts in answers, so none in histories. */
export const gemini: Provider = {
  id: "gemini",
  title: "Google Gemini",
  docs: "https://ai.google.dev/gemini-api/docs/openai",
  baseUrl: "https://generativelanguage.googleapis.com/v1beta/openai",
  surfaces: { "openai-chat": "/chat/completions", "openai-embeddings": "/embeddings", "openai-models": "/models" },
  credential: "bearer",
  env: { apiKey: ["GEMINI_API_KEY", "GOOGLE_API_KEY"] },
  traits: () => ({
    outputLimitField: "max_tokens",
    developerRole: false,
    reasoningField: "none",
    efforts: ["none", "minimal", "low", "medium", "high"],
  }),
};
