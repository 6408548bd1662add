import type { Provider } from "../../provider.ts";

export const deepseek: Provider = {
  id: "deepseek",
  title: "DeepSeek",
  docs: "https://api-docs.deepseek.com",
  baseUrl: "https://api.deepseek.com",
  surfaces: {
    "openai-chat": "/chat/completions",
    "openai-completions": "/beta/completions",
    "anthropic-messages": "/anthropic/v1/messages",
    "openai-models": "/models",
  },
  optionalSurfaces: { "openai-responses": "/responses" },
  credential: "bearer",
  env: { apiKey: ["DEEPSEEK_API_KEY"] },
  traits: () => ({
    outputLimitField: "max_tokens",
    developerRole: false,
    jsonSchema: false,
    reasoningField: "reasoning_content",
    wantsThoughts: true,
  }),
};
