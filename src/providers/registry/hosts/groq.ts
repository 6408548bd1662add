import type { Provider } from "../../provider.ts";

export const groq: Provider = {
  id: "groq",
  title: "Groq",
  docs: "https://console.groq.com/docs/api-reference",
  baseUrl: "https://api.groq.com/openai/v1",
  surfaces: {
    "openai-chat": "/chat/completions",
    "openai-transcriptions": "/audio/transcriptions",
    "openai-translations": "/audio/translations",
    "openai-speech": "/audio/speech",
    "openai-models": "/models",
  },
  optionalSurfaces: { "openai-responses": "/responses" },
  credential: "bearer",
  env: { apiKey: ["GROQ_API_KEY"] },
  traits: () => ({ reasoningField: "reasoning" }),
};
