import type { Provider } from "../../provider.ts";

export const inception: Provider = {
  id: "inception",
  title: "Inception",
  docs: "https://docs.inceptionlabs.ai/api-reference/chat/create-a-chat-completion",
  baseUrl: "https://api.inceptionlabs.ai/v1",
  surfaces: { "openai-chat": "/chat/completions", "openai-models": "/models" },
  credential: "bearer",
  env: { apiKey: ["INCEPTION_API_KEY"] },
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false, efforts: ["low", "medium", "high"] }),
};
