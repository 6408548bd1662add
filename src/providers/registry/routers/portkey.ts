import type { Provider } from "../../provider.ts";

export const portkey: Provider = {
  id: "portkey",
  title: "Portkey",
  docs: "https://portkey.ai/docs",
  baseUrl: "https://api.portkey.ai/v1",
  surfaces: { "openai-chat": "/chat/completions", "openai-models": "/models" },
  optionalSurfaces: { "anthropic-messages": "/messages" },
  credential: "x-portkey-api-key",
  env: { apiKey: ["PORTKEY_API_KEY"] },
  traits: () => ({ outputLimitField: "max_tokens", developerRole: false }),
};
