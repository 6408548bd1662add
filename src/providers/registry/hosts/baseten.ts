import type { Provider } from "../../provider.ts";

export const baseten: Provider = {
  id: "baseten",
  title: "Baseten",
  docs: "https://docs.baseten.co/reference/inference-api/chat-completions",
  baseUrl: "https://inference.baseten.co/v1",
  surfaces: { "openai-chat": "/chat/completions", "openai-models": "/models" },
  optionalSurfaces: { "anthropic-messages": "/messages" },
  credential: "bearer",
  env: { apiKey: ["BASETEN_API_KEY"] },
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false }),
};
