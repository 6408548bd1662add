import type { Provider } from "../../provider.ts";

export const ai21: Provider = {
  id: "ai21",
  title: "AI21 Labs",
  docs: "https://docs.ai21.com/reference/jamba-15-api-ref",
  baseUrl: "https://api.ai21.com/studio/v1",
  surfaces: { "openai-chat": "/chat/completions" },
  credential: "bearer",
  env: { apiKey: ["AI21_API_KEY"] },
  traits: () => ({
    outputLimitField: "max_tokens",
    developerRole: false,
    streamUsage: "always",
    reasoningEffort: false,
    reasoningField: "none",
    jsonSchema: false,
  }),
};
