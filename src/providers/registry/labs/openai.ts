import type { Provider } from "../../provider.ts";

export const openai: Provider = {
  id: "openai",
  title: "OpenAI",
  docs: "https://platform.openai.com/docs/api-reference",
  baseUrl: "https://api.openai.com/v1",
  regions: { eu: "https://eu.api.openai.com/v1", us: "https://us.api.openai.com/v1" },
  surfaces: {
    "openai-chat": "/chat/completions",
    "openai-responses": "/responses",
    "openai-input-tokens": "/responses/input_tokens",
    "openai-completions": "/completions",
    "openai-embeddings": "/embeddings",
    "openai-moderations": "/moderations",
    "openai-transcriptions": "/audio/transcriptions",
    "openai-translations": "/audio/translations",
    "openai-speech": "/audio/speech",
    "openai-images": "/images/generations",
    "openai-image-edits": "/images/edits",
    "openai-image-variations": "/images/variations",
    "openai-models": "/models",
  },
  modelsOf: { "openai-completions": /^(ft:)?(gpt-3\.5-turbo-instruct|davinci-002|babbage-002)\b/ },
  credential: "bearer",
  env: { apiKey: ["OPENAI_API_KEY"], baseUrl: ["OPENAI_BASE_URL"] },
  passHeaders: ["openai-beta"],
  traits: () => ({ freeTextTools: true }),
};
